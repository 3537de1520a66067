"""The baselines of a project as its page shows them: what holds, what waits, what is on record, and two forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.against_baseline import SHOWN, against_baseline
from watchfloor.forecasts.operations import Amending, AtRevision, InsideFile
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.document import Plan
from watchfloor.plans.operations import Proposal, Scope
from watchfloor.plans.records import BaselineSummary
from watchfloor.portfolio.queries import ProjectRecord

PAGE_ROWS = 100
_REVISIONS_OFFERED = 100


class _Grounds(forms.Form):
    """What every act says beside what it freezes."""

    name = forms.CharField(label=_("Name"), max_length=120)
    reason = forms.CharField(label=_("Why"), max_length=300, required=False)
    authority = forms.CharField(label=_("Decided by"), max_length=200, required=False)
    reference = forms.CharField(label=_("Written down in"), max_length=200, required=False)

    def proposal(self) -> Proposal:
        said = self.cleaned_data
        return Proposal(said["name"], said["reason"], said["authority"], said["reference"])


class ProposeForm(_Grounds):
    """A whole baseline: the plan now, as of a revision, or one that came inside a file."""

    source = forms.ChoiceField(label=_("Freeze"))

    def __init__(self, *args: Any, sources: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = sources  # type: ignore[attr-defined]
        self.order_fields(["name", "source"])

    def wanted(self) -> AtRevision | InsideFile:
        kind, _colon, number = self.cleaned_data["source"].partition(":")
        if kind == "imported":
            return InsideFile(int(number))
        return AtRevision(int(number) if number else None)


class AmendForm(_Grounds):
    """An approved change of a scope. The lists hold what the project has; keys may also be typed."""

    activities = forms.CharField(
        label=_("Activities"),
        required=False,
        max_length=20_000,
        help_text=_("Keys, separated by commas or lines."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    wbs = forms.MultipleChoiceField(label=_("WBS nodes, with all below"), required=False)
    control_accounts = forms.MultipleChoiceField(label=_("Control accounts"), required=False)

    def __init__(
        self, *args: Any, wbs: list[tuple[str, str]], control_accounts: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("wbs", wbs), ("control_accounts", control_accounts)):
            if choices:
                self.fields[name].choices = choices  # type: ignore[attr-defined]
                self.fields[name].widget.attrs["size"] = min(6, len(choices))
            else:
                del self.fields[name]
        for name in ("reason", "authority"):
            self.fields[name].required = True
        self.order_fields(["name", "activities", "wbs", "control_accounts"])

    def wanted(self) -> Amending:
        said = self.cleaned_data
        keys = [key.strip() for key in said["activities"].replace("\n", ",").split(",")]
        return Amending(
            Scope(
                tuple(key for key in keys if key), tuple(said.get("wbs", ())), tuple(said.get("control_accounts", ()))
            )
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """A baseline with what it replaced by name, and its finish beside the original's."""

    row: BaselineSummary
    parent: str
    days: int | None  # of its finish after the original's
    scope: str


def content(viewer: Viewer, project: ProjectRecord) -> dict[str, Any]:
    """Everything the page shows."""
    rows = plans.baselines(viewer, project.id)
    standing = plans.baseline_standing(viewer, project.id)
    names = {each.id: each.name for each in rows}
    may_edit, plan = viewer.may("plan.edit", project.id), plan_of(viewer, project)
    listed = tuple(
        Listed(each, names.get(each.parent_id or 0, ""), _days(each, standing.original), scope_words(each))
        for each in rows
        if each.kind != "proposed"
    )
    record = forecasts.latest_of(viewer, project.id)
    return {
        "tab": "baselines",
        "standing": standing,
        "listed": listed,
        "waiting": tuple(
            Listed(each, names.get(each.parent_id or 0, ""), _days(each, standing.original), scope_words(each))
            for each in standing.proposed
        ),
        "has_plan": plan is not None,
        "forecast": record,
        "original_slip_days": record.value("original_slip_days") if record is not None else None,
        "may_approve": viewer.may("baseline.approve", project.id),
        "propose_form": propose_form(viewer, project) if may_edit and plan else None,
        "amend_form": amend_form(viewer, project) if may_edit and standing.current else None,
    }


def propose_form(viewer: Viewer, project: ProjectRecord, data: Mapping[str, Any] | None = None) -> ProposeForm:
    revisions = plans.revisions(viewer, project.id, _REVISIONS_OFFERED)
    sources = [("now", str(_("the plan as it is now")))]
    sources += [
        (
            f"revision:{each.number}",
            str(_("revision %(n)s, data date %(day)s"))
            % {"n": each.number, "day": each.data_date.date() if each.data_date else "–"},
        )
        for each in revisions
    ]
    sources += [
        (f"imported:{each.id}", str(_("from the file: %(name)s")) % {"name": each.name})
        for each in plans.baselines(viewer, project.id)
        if each.kind == "imported"
    ]
    return ProposeForm(data, sources=sources)


def amend_form(viewer: Viewer, project: ProjectRecord, data: Mapping[str, Any] | None = None) -> AmendForm:
    plan = plan_of(viewer, project)
    accounts = [(each.code, f"{each.code} {each.name}".strip()) for each in plans.control_accounts(viewer, project.id)]
    nodes = [(each.key, f"{each.code or each.key} {each.name}".strip()) for each in plan.wbs] if plan else []
    return AmendForm(data, wbs=nodes[:2000], control_accounts=accounts[:2000])


def plan_of(viewer: Viewer, project: ProjectRecord) -> Plan | None:
    """The plan, or None while there is none."""
    try:
        return plans.plan(viewer, project.id)
    except NotFound:
        return None


def comparison(
    viewer: Viewer, project: ProjectRecord, baseline_id: int, *, show: str, number: int
) -> Mapping[str, Any]:
    """One baseline beside the newest forecast, a page of activities at a time."""
    show = show if show in SHOWN else "all"
    first = (number - 1) * PAGE_ROWS
    found = against_baseline(viewer, project.id, baseline_id, show=show, limit=PAGE_ROWS, offset=first)
    rows = plans.baselines(viewer, project.id)
    names = {each.id: each.name for each in rows}
    return {
        "tab": "baselines",
        "compared": found,
        "each": Listed(found.baseline, names.get(found.baseline.parent_id or 0, ""), None, scope_words(found.baseline)),
        "show": show,
        "shows": SHOWN,
        "first": first + 1 if found.rows else 0,
        "last": first + len(found.rows),
        "previous_page": number - 1 if number > 1 else None,
        "next_page": number + 1 if first + PAGE_ROWS < found.total else None,
        "may_approve": viewer.may("baseline.approve", project.id),
    }


def scope_words(row: BaselineSummary) -> str:
    """What an amendment is about, shortened."""
    scope = row.scope
    if row.act != "amendment":
        return ""
    if not scope:
        return str(_("the whole plan"))
    named = (
        (_("activities"), scope.activities),
        (_("WBS"), scope.wbs),
        (_("control accounts"), scope.control_accounts),
    )
    return "; ".join(f"{words}: {', '.join(keys[:6])}{' …' if len(keys) > 6 else ''}" for words, keys in named if keys)


def _days(row: BaselineSummary, original: BaselineSummary | None) -> int | None:
    if original is None or original.finish is None or row.finish is None or row.id == original.id:
        return None
    return (row.finish.date() - original.finish.date()).days
