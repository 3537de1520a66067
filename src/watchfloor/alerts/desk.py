"""Gathering what escalation needs to know: people, roles, duties, policies and silences, a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from watchfloor.accounts import queries as accounts
from watchfloor.accounts.queries import Holders, UserRecord
from watchfloor.alerts.deadlines import OwnerHours, add_working
from watchfloor.alerts.escalation.desk import Desk
from watchfloor.alerts.escalation.policy import Form, Policy, Step, Target
from watchfloor.alerts.escalation.rota import Layer, Night, Override, Rota
from watchfloor.alerts.escalation.silence import Silence
from watchfloor.alerts.models import OverrideRow, PolicyRow, RotaRow, SilenceRow
from watchfloor.portfolio import queries as portfolio

Found = TypeVar("Found")
# Who is told where a step leads to nobody, in this order: there is always an administrator.
_LAST_RESORT = ("portfolio_manager", "administrator")


def desk_for(project_ids: Collection[int], now: datetime) -> Desk:
    """The surroundings of the projects' alerts."""
    people, holders = accounts.active_users(), accounts.holders(project_ids)
    above = portfolio.programmes_above(project_ids)
    duties = list(RotaRow.objects.order_by("id").prefetch_related("overrides"))
    by_programme = {row.programme_id: row.pk for row in reversed(duties)}  # the oldest of each
    policies = list(PolicyRow.objects.order_by("id"))
    own = {row.project_id: row for row in policies if row.project_id is not None}
    wider = {row.programme_id: row for row in policies if row.project_id is None}
    chosen = {pk: own.get(pk) or _nearest(wider, above[pk]) for pk in project_ids}
    managers = accounts.managers_of(project_ids)
    duty = {pk: _nearest(by_programme, above[pk]) for pk in project_ids}
    return Desk(
        zones={pk: user.time_zone for pk, user in people.items()},
        add_working=_Clockwork(people),
        managers={pk: user.id for pk, user in managers.items()},
        roles={(pk, role): ids for pk, held in holders.items() for role, ids in held.nearest.items()},
        reached={pk: held.everybody for pk, held in holders.items()},
        rotas={row.pk: rota_of(row) for row in duties},
        rota_of={pk: rota for pk, rota in duty.items() if rota is not None},
        policy_of={pk: policy_of(row) for pk, row in chosen.items() if row is not None},
        silences=_silences(now),
        last_resort=tuple(dict.fromkeys(pk for role in _LAST_RESORT for pk in _everywhere(holders, role))),
    )


def _silences(now: datetime) -> tuple[Silence, ...]:
    """Those that hold now or will."""
    rows = SilenceRow.objects.filter(ended_at=None, ends__gt=now).order_by("id")
    return tuple(
        Silence(row.pk, row.begins, row.ends, row.project_id, row.programme_id, row.group, row.up_to) for row in rows
    )


def rota_of(row: RotaRow) -> Rota:
    """The stored rota as the pure functions take it."""
    return Rota(
        row.pk,
        row.name,
        tuple(layer_of(each) for each in row.layers),
        tuple(_override_of(each) for each in sorted(row.overrides.all(), key=lambda each: each.pk)),
        Night(_clock(row.night["begins"]), _clock(row.night["ends"])) if row.night else None,
    )


def layer_of(said: Mapping[str, Any]) -> Layer:
    """A layer from what is stored or was sent."""
    return Layer(
        people=tuple(said["people"]),
        starts_on=date.fromisoformat(said["starts_on"]),
        zone=said["zone"],
        change_at=_clock(said.get("change_at") or "09:00"),
        shift_days=int(said.get("shift_days") or 7),
        weekdays=frozenset(said.get("weekdays") or range(7)),
        begins=_clock(said["begins"]) if said.get("begins") else None,
        ends=_clock(said["ends"]) if said.get("ends") else None,
    )


def policy_of(row: PolicyRow) -> Policy:
    """The stored policy as the pure functions take it."""
    return Policy(row.pk, row.name, steps_of(row.steps), row.loops, row.acknowledged_min)


def steps_of(said: Collection[Mapping[str, Any]]) -> tuple[Step, ...]:
    return tuple(
        Step(
            Target(each["target"]),
            str(each.get("name") or ""),
            Form(each.get("form") or Form.FUNCTIONAL),
            each.get("after_min"),
            each.get("release_min"),
        )
        for each in said
    )


class _Clockwork:
    """Working time of people, by id; of somebody unknown Monday to Friday in UTC."""

    def __init__(self, people: Mapping[int, UserRecord]) -> None:
        self._hours = {pk: OwnerHours(user.country, user.region, user.time_zone) for pk, user in people.items()}
        self._else = OwnerHours("", "", "UTC")

    def __call__(self, person: int | None, at: datetime, working: timedelta) -> datetime:
        return add_working(self._hours.get(person or 0, self._else), at, working)


def _override_of(row: OverrideRow) -> Override:
    return Override(row.person_id, row.begins, row.ends, row.instead_of_id)


def _clock(text: str) -> time:
    return time.fromisoformat(text)


def _everywhere(holders: Mapping[int, Holders], role: str) -> list[int]:
    return sorted({pk for held in holders.values() for pk in held.nearest.get(role, ())})


def _nearest(rows: Mapping[int | None, Found], above: Collection[int]) -> Found | None:
    """Of the nearest programme that has one, else of the organisation."""
    return next((rows[pk] for pk in above if pk in rows), rows.get(None))
