"""Any past moment can be opened, and tells what was known then: no more, no less."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from small_plans import MONDAY, milestone, plan_of, task

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.models import User
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.alerts import operations as alerts
from watchfloor.alerts import queries as alert_queries
from watchfloor.forecasts.operations import freeze_baseline
from watchfloor.kit import clock
from watchfloor.kit.errors import WatchfloorError
from watchfloor.kit.viewer import SYSTEM
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans import queries as plan_queries
from watchfloor.plans.document import Dependency, Plan
from watchfloor.portfolio import operations as portfolio

NOW = datetime.fromisoformat("2026-03-03T09:00:00+00:00")
CODES = ("HB-01", "HB-02", "MW-01")
FIRST_CUT_OFF = date(2026, 3, 6)


def plan(code: str, days: float, *, second: str = "B", cost: int = 700_000) -> Plan:
    return plan_of(
        task("A", days, budget_minor=500_000),
        task(second, 20, budget_minor=cost, responsible="Crew <1>"),
        milestone("M", is_committed=True, deadline=MONDAY + timedelta(days=70)),
        Dependency("A", second),
        Dependency(second, "M"),
        code=code,
    )


class Story:
    """Three projects over some weeks; each week brings changes drawn by chance, at a moment between two snapshots."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.ids: dict[str, int] = {}
        self.week = 0

    def begin(self) -> None:
        for programme in ("HB", "MW"):
            portfolio.create_programme(SYSTEM, code=programme, name=programme, now=NOW)
        for code in CODES[:2]:
            self.add(code, NOW)
        run_until_idle(lambda: NOW)

    def add(self, code: str, now: datetime) -> None:
        made = portfolio.create_project(
            SYSTEM, programme_code=code[:2], code=code, name=f"Works {code}", country="DE", now=now
        )
        self.ids[code] = made.id
        plans.record_plan(SYSTEM, made.id, plan(code, 20), origin="import", now=now)

    def go_on(self) -> datetime:
        """One week later, with everything that happened meanwhile worked off."""
        self.week += 1
        now = NOW + timedelta(days=7 * self.week)
        if self.week == 2:
            self.add(CODES[2], now)
        for code in tuple(self.ids):
            for action in self.chance.sample((self.slip, self.report, self.edit, self.answer, self.manage), 3):
                try:
                    action(code, now)
                except WatchfloorError:
                    continue  # the state does not allow it: what matters is what did happen
        run_until_idle(lambda: now)
        return now

    def slip(self, code: str, now: datetime) -> None:
        second = self.chance.choice("BC")
        slipped = plan(code, self.chance.choice((20, 35, 60)), second=second, cost=self.chance.choice((7, 9)) * 10**5)
        plans.record_plan(SYSTEM, self.ids[code], slipped, origin="import", now=now)

    def report(self, code: str, now: datetime) -> None:
        cut_off = FIRST_CUT_OFF + timedelta(days=7 * (self.week - self.chance.choice((1, 1, 2))))
        plans.open_periods(self.ids[code], until=cut_off, now=now)
        said = {"overall": self.chance.choice(("on", "watch", "crit"))}
        plans.submit(SYSTEM, self.ids[code], cut_off, reported=said, forecast_finish=date(2026, 6, 1), now=now)

    def edit(self, code: str, now: datetime) -> None:
        change = plans.ChangeActivity("A", {"name": f"Dig {self.week}", "duration_ticks": 4800 * 30})
        plans.edit_plan(SYSTEM, self.ids[code], [change], now=now)

    def answer(self, code: str, now: datetime) -> None:
        for row in alert_queries.alerts(SYSTEM, project_id=self.ids[code]):
            step = self.chance.choice(("acknowledge", "resolve", "reopen"))
            if step == "acknowledge":
                alerts.acknowledge(SYSTEM, row.id, now=now)
            elif step == "resolve":
                alerts.resolve(SYSTEM, row.id, f"Done in week {self.week}", now=now)
            else:
                alerts.reopen(SYSTEM, row.id, now=now)

    def manage(self, code: str, now: datetime) -> None:
        step = self.chance.choice(("baseline", "name", "hold", "resume"))
        if step == "baseline":
            freeze_baseline(SYSTEM, self.ids[code], name=f"B{self.week}", reason="Board", now=now)
        elif step == "name":
            portfolio.change_project(
                SYSTEM, self.ids[code], name=f"Works of week {self.week}", committed_finish=date(2026, 5, 4), now=now
            )
        elif step == "hold":
            portfolio.set_stage(SYSTEM, self.ids[code], "on_hold", reason="Client", review_on=date(2026, 9, 1), now=now)
        else:
            portfolio.set_stage(SYSTEM, self.ids[code], "active", now=now)

    def addresses(self) -> list[str]:
        found = ["/", "/portfolio?stage=all", "/alerts", "/alerts?show=resolved", "/log"]
        for code, project_id in self.ids.items():
            at = f"/projects/{code}"
            found += [at, f"{at}/activities?show=all", f"{at}/activities/A", f"{at}/changes", f"{at}/changes/1"]
            found.append(f"{at}/figures/slip_days")
            newest = plan_queries.head_revision(project_id)
            found.append(f"{at}/changes/{newest.number if newest else 1}")
        return found


def told(client: Client, address: str) -> str:
    """The words and figures of a page, without its frame and without what only leads elsewhere."""
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    text = answer.content.decode()
    for frame in (
        r'<div class="past".*?</nav></div>',
        r'<details class="look-back".*?</details>',
        r'<span class="live".*?</span></span>',
        r'<section class="panel" id="ripple".*?</section>',  # computed of now
        r"<form.*?</form>",
        r"<head>.*?</head>",
        r'<nav class="rail".*?</nav>',
        r'<p class="printed".*?</p>',
        r'<div class="toasts".*?</div>',
        r'<section class="panel" aria-labelledby="chain-title".*?</section>',  # the chain is of today
        r'<a class="chip" href="/log\?after=.*?</a>',  # since the reader's own last visit
    ):
        text = re.sub(frame, "", text, flags=re.DOTALL)
    # Who answered for a project then is not recorded, and left out of the past.
    text = re.sub(r"(<dt>Manager</dt><dd>)[^<]*", r"\1", text)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.django_db
def test_a_past_moment_tells_exactly_what_its_pages_told_then(
    client: Client, people: dict[str, User], seed: int
) -> None:
    story = Story(seed)
    story.begin()
    accounts.grant(SYSTEM, user_id=people["viewer"].id, role="auditor", now=NOW)
    client.force_login(people["viewer"], backend="django.contrib.auth.backends.ModelBackend")
    snapshots: list[tuple[datetime, dict[str, str]]] = []
    for _week in range(4):
        now = story.go_on()
        then = now + timedelta(hours=2)
        with clock.standing_at(then):
            snapshots.append((then, {address: told(client, address) for address in story.addresses()}))
    for then, pages in snapshots[:-1]:
        for address, words in pages.items():
            joined = "&" if "?" in address else "?"
            later = told(client, f"{address}{joined}as_of={then:%Y-%m-%dT%H:%M:%SZ}")
            assert later == words, _first_difference(address, then, words, later)


@pytest.fixture
def story(people: dict[str, User]) -> Story:
    made = Story(3)
    made.begin()
    made.go_on()
    made.go_on()
    return made


def test_links_and_filters_of_a_past_page_keep_its_moment_and_lead_back_to_now(
    story: Story, sign_in: Callable[[str], Client]
) -> None:
    text = sign_in("administrator").get("/portfolio?stage=all&as_of=2026-03-12").content.decode()
    assert 'href="/projects/HB-01?as_of=2026-03-12"' in text
    assert '<input type="hidden" name="as_of" value="2026-03-12">' in text
    assert 'href="?stage=all"' in text
    assert 'href="/imports"' in text  # which knows no past


def test_nothing_of_a_past_page_offers_to_change_anything_and_the_server_refuses_it(
    story: Story, sign_in: Callable[[str], Client]
) -> None:
    client = sign_in("administrator")
    for address in ("/projects/HB-01/activities/A", "/projects/HB-01/changes"):
        assert 'method="post"' in client.get(address).content.decode()
        assert 'method="post"' not in client.get(f"{address}?as_of=2026-03-12").content.decode(), address
    refused = client.post("/projects/HB-01/activities/A/remove?as_of=2026-03-12")
    assert refused.status_code == 403
    assert plan_queries.head_revision(story.ids["HB-01"]).author_name == "watchfloor"  # type: ignore[union-attr]
    assert client.get("/imports?as_of=2026-03-12").status_code == 422


@pytest.mark.parametrize(
    ("said", "status"), [("2026-03-12", 200), ("yesterday", 422), ("2999-01-01", 422), ("2026-13-01", 422), ("", 200)]
)
def test_a_moment_is_a_day_or_a_time_that_has_passed(
    said: str, status: int, story: Story, sign_in: Callable[[str], Client]
) -> None:
    assert sign_in("viewer").get("/portfolio", {"as_of": said}).status_code == status


def test_what_did_not_exist_yet_is_said_to_be_so(story: Story, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("viewer")
    answer = client.get("/projects/MW-01?as_of=2026-03-12")  # made on the 17th
    assert answer.status_code == 404
    assert "did not exist then" in answer.content.decode()
    assert "There was nothing yet" in client.get("/?as_of=2026-03-01").content.decode()
    assert "MW-01" not in client.get("/portfolio?stage=all&as_of=2026-03-12").content.decode()


def test_the_past_is_cut_to_what_the_viewer_may_see_now(story: Story, client: Client) -> None:
    made = accounts.create_user(SYSTEM, username="guest", now=NOW)
    accounts.grant(SYSTEM, user_id=made.id, role="viewer", project_code="HB-01", now=NOW)
    client.force_login(User.objects.get(pk=made.id), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/projects/HB-02?as_of=2026-03-12").status_code == 404
    assert "HB-02" not in client.get("/portfolio?stage=all&as_of=2026-03-12").content.decode()
    assert viewer_by_id(made.id).project_ids() == {story.ids["HB-01"]}


def _first_difference(address: str, then: datetime, words: str, later: str) -> str:
    place = next((index for index, pair in enumerate(zip(words, later, strict=False)) if pair[0] != pair[1]), 0)
    return f"{address} at {then}: {words[place - 60 : place + 90]!r} is now {later[place - 60 : place + 90]!r}"
