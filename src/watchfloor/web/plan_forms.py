"""Forms for a plan: what a person types, checked for shape here and for sense by the plan store."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from watchfloor.plans.document import (
    TICKS_PER_HOUR,
    Activity,
    ActivityKind,
    Dependency,
    DependencyKind,
    ScheduleOptions,
)
from watchfloor.plans.earning import OFFERED, earning_of, earning_text
from watchfloor.plans.scheduling_options import SETTABLE, value_text
from watchfloor.web.amounts import major, minor
from watchfloor.web.words import CYCLES, EARNING, KINDS, LINKS, OPTION_VALUES, OPTIONS, STAGES, WEEKDAYS, word

_EDITABLE_KINDS = ("task", "start_milestone", "finish_milestone", "level_of_effort")


class WallClock(forms.Field):
    """A moment on the plan's own clock: no zone is added, none is assumed."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError as problem:
            raise forms.ValidationError(_("Give a date and a time.")) from problem
        return moment.replace(tzinfo=None)


class OptionsForm(forms.Form):
    """How the plan is scheduled; what its source says is what is chosen at first."""

    def __init__(self, *args: Any, options: ScheduleOptions, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SETTABLE:
            value, label = getattr(options, name), word(OPTIONS, name)
            if isinstance(value, bool):
                made: forms.Field = forms.BooleanField(label=label, required=False, initial=value)
            elif isinstance(value, StrEnum):
                choices = [(each.value, word(OPTION_VALUES, each.value)) for each in type(value)]
                made = forms.ChoiceField(label=label, choices=choices, initial=value.value)
            else:
                hours = Decimal(value) / TICKS_PER_HOUR
                made = forms.DecimalField(
                    label=_("Critical up to so many hours of float"), initial=hours.normalize(), decimal_places=2,
                    min_value=-1_000, max_value=10_000,
                )  # fmt: skip
            self.fields[name] = made

    def said(self) -> dict[str, str]:
        """What was chosen, as the plan's edits take it."""
        found = {}
        for name in SETTABLE:
            value = self.cleaned_data[name]
            if isinstance(value, Decimal):
                value = round(value * TICKS_PER_HOUR)
            found[name] = value_text(value)
        return found


class ActivityForm(forms.Form):
    """One activity. Durations are working hours of its calendar."""

    name = forms.CharField(label=_("Name"), max_length=500)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    duration_h = forms.DecimalField(label=_("Duration, working hours"), min_value=0, max_value=200_000, required=False)
    remaining_h = forms.DecimalField(
        label=_("Remaining, working hours"), min_value=0, max_value=200_000, required=False
    )
    percent_complete = forms.DecimalField(label=_("Complete, %"), min_value=0, max_value=100, required=False)
    actual_start = WallClock(label=_("Started"), required=False)
    actual_finish = WallClock(label=_("Finished"), required=False)
    deadline = WallClock(label=_("Deadline"), required=False)
    budget = forms.DecimalField(label=_("Budget"), required=False, min_value=0)
    actual_cost = forms.DecimalField(label=_("Actual cost"), required=False, min_value=0)
    responsible = forms.CharField(label=_("Responsible"), max_length=120, required=False)
    earning = forms.ChoiceField(label=_("Earns value"), required=False)
    is_committed = forms.BooleanField(label=_("Promised to somebody"), required=False)
    reason = forms.CharField(label=_("Why (kept with the revision)"), max_length=300, required=False)

    def __init__(self, *args: Any, kind: str = "task", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = _EDITABLE_KINDS if kind in _EDITABLE_KINDS else (*_EDITABLE_KINDS, kind)
        self.fields["kind"].choices = [(code, KINDS.get(code, code)) for code in kinds]  # type: ignore[attr-defined]
        # What was written in a sheet stays choosable.
        ways = dict.fromkeys((*OFFERED, str(self.initial.get("earning") or self.data.get("earning", ""))))
        self.fields["earning"].choices = [(way, word(EARNING, way)) for way in ways if _can_earn(way)]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, activity: Activity, currency: str) -> ActivityForm:
        """The form filled with an activity as it is."""
        return cls(
            kind=activity.kind.value,
            initial={
                "name": activity.name,
                "kind": activity.kind.value,
                "duration_h": _hours(activity.duration_ticks),
                "remaining_h": _hours(activity.remaining_ticks),
                "percent_complete": f"{activity.percent_complete:g}",
                "actual_start": activity.actual_start,
                "actual_finish": activity.actual_finish,
                "deadline": activity.deadline,
                "budget": major(activity.budget_minor, currency),
                "actual_cost": major(activity.actual_cost_minor, currency),
                "responsible": activity.responsible,
                "earning": earning_text(activity.earning),
                "is_committed": activity.is_committed,
            },
        )

    def changes(self, before: Activity | None, currency: str) -> dict[str, Any]:
        """Fields of the activity that differ from before, in the plan's units."""
        said = self.cleaned_data
        wanted: dict[str, Any] = {
            "name": said["name"],
            "kind": ActivityKind(said["kind"] or (before.kind if before else "task")),
            "duration_ticks": _ticks(said["duration_h"]),
            "remaining_ticks": _ticks(said["remaining_h"]),
            "percent_complete": float(said["percent_complete"] or 0),
            "actual_start": said["actual_start"],
            "actual_finish": said["actual_finish"],
            "deadline": said["deadline"],
            "budget_minor": minor(said["budget"], currency),
            "actual_cost_minor": minor(said["actual_cost"], currency),
            "responsible": said["responsible"],
            "earning": earning_of(said["earning"]),
            "is_committed": said["is_committed"],
        }
        if before is None:
            if said["remaining_h"] is None:
                wanted["remaining_ticks"] = round(wanted["duration_ticks"] * (1 - wanted["percent_complete"] / 100))
            return wanted
        changed = {name: value for name, value in wanted.items() if getattr(before, name) != value}
        follows = {"percent_complete", "duration_ticks"} & changed.keys()
        if follows and "remaining_ticks" not in changed and "actual_finish" not in changed:
            # The rest follows from what was typed, unless it was typed too.
            changed["remaining_ticks"] = round(wanted["duration_ticks"] * (1 - wanted["percent_complete"] / 100))
        if changed.get("actual_finish") is not None:
            changed.update(remaining_ticks=0, percent_complete=100.0)
        return changed


def _can_earn(way: str) -> bool:
    try:
        earning_of(way)
    except ValueError:
        return False
    return True


class LinkForm(forms.Form):
    """One dependency of an activity."""

    other = forms.CharField(label=_("Activity"), max_length=120)
    direction = forms.ChoiceField(
        label=_("It"), choices=[("before", _("comes before this one")), ("after", _("comes after this one"))]
    )
    kind = forms.ChoiceField(label=_("Link"), choices=[(code, LINKS[code]) for code in ("FS", "SS", "FF", "SF")])
    lag_h = forms.DecimalField(label=_("Lag, working hours"), required=False, min_value=-20_000, max_value=20_000)

    def dependency(self, key: str) -> Dependency:
        """The link as typed, seen from the activity ``key``."""
        said = self.cleaned_data
        other = said["other"].strip()
        before, after = (other, key) if said["direction"] == "before" else (key, other)
        return Dependency(
            predecessor=before, successor=after, kind=DependencyKind(said["kind"]), lag_ticks=_ticks(said["lag_h"])
        )


# A pause and an end need a reason, so no project begins with them.
_FIRST_STAGES = [(code, words) for code, words in STAGES.items() if code not in ("on_hold", "cancelled")]


class ProjectForm(forms.Form):
    """A project as a node of the portfolio."""

    programme_code = forms.ChoiceField(label=_("Programme"))
    code = forms.CharField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=200)
    stage = forms.ChoiceField(label=_("Stage of life"), choices=_FIRST_STAGES, initial="active")
    currency = forms.CharField(label=_("Currency"), max_length=3)
    time_zone = forms.CharField(label=_("Time zone"), max_length=60)
    country = forms.CharField(label=_("Country (two letters)"), max_length=2, required=False)
    region = forms.CharField(label=_("Region, or region/site"), max_length=10, required=False)
    committed_finish = forms.DateField(
        label=_("Committed finish"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    cycle = forms.ChoiceField(label=_("Reports"), choices=list(CYCLES.items()), initial="weekly")
    cut_off_weekday = forms.TypedChoiceField(
        label=_("Cut-off on"), choices=list(enumerate(WEEKDAYS)), coerce=int, initial=4
    )


def _hours(ticks: int) -> str:
    return f"{Decimal(ticks) / TICKS_PER_HOUR:f}".rstrip("0").rstrip(".") if ticks else "0"


def _ticks(hours: Decimal | None) -> int:
    return round(hours * TICKS_PER_HOUR) if hours is not None else 0
