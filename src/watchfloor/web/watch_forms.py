"""Forms of the watch: silences, rotas, rules, incidents, playbooks and escalation policies."""

from __future__ import annotations

from dataclasses import asdict
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from watchfloor.accounts import queries as accounts
from watchfloor.alerts import duty
from watchfloor.alerts.escalation.policy import MAX_LOOPS, Form, Step, Target
from watchfloor.alerts.escalation.rota import Layer
from watchfloor.alerts.incidents.operations import TITLE_MAX
from watchfloor.alerts.playbooks.operations import STEPS_MAX, WHO
from watchfloor.alerts.playbooks.operations import WORDS_MAX as STEP_WORDS_MAX
from watchfloor.alerts.playbooks.operations import Draft as PlaybookDraft
from watchfloor.alerts.playbooks.records import PlaybookRecord, PlaybookStep, StepAction, StepLink
from watchfloor.alerts.policies import Draft, PolicyRecord
from watchfloor.detection.rules.expression import LENGTH_MAX
from watchfloor.detection.rules.firing import STATUSES_MAX
from watchfloor.detection.rules.operations import Draft as RuleDraft
from watchfloor.detection.rules.operations import RuleRecord
from watchfloor.kit.errors import WatchfloorError
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.web.templatetags.wf import step_who
from watchfloor.web.words import (
    ALERT_CODES,
    CAUSES,
    FINDING_CLASSES,
    ROLES,
    SEVERITIES,
    SILENCE_KINDS,
    STEP_DOES,
    STEP_LINKS,
    UP_TO,
    WEEKDAYS,
)

STEPS_SHOWN, SPARE_STEPS = 8, 3


def moment_field(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


class SilenceForm(forms.Form):
    over = forms.ChoiceField(label=_lazy("Over"), required=False)
    group = forms.ChoiceField(label=_lazy("Cause"), required=False, choices=[("", _lazy("any")), *CAUSES.items()])
    up_to = forms.TypedChoiceField(label=_lazy("Still told"), coerce=int, choices=list(UP_TO.items()), initial=3)
    kind = forms.ChoiceField(label=_lazy("Kind"), choices=list(SILENCE_KINDS.items()))
    reason = forms.CharField(label=_lazy("Reason"), max_length=300)
    begins = moment_field(_lazy("From"))
    ends = moment_field(_lazy("Until"))

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_places(self.fields["over"], viewer, "alert.act", _("everything"))


class RotaForm(forms.Form):
    name = forms.CharField(label=_lazy("Name"), max_length=100)
    programme = forms.ChoiceField(label=_lazy("Of"), required=False)
    night = forms.BooleanField(label=_lazy("Nobody is put on duty in their own night (22 to 7)"), required=False)

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places: list[tuple[str, Any]] = [("", _("the organisation"))] if duty.may_manage(viewer, None) else []
        places += [
            (each.code, f"{each.code} {each.name}")
            for each in portfolio.programmes(viewer)
            if duty.may_manage(viewer, each.id)
        ]
        programme = self.fields["programme"]
        assert isinstance(programme, forms.ChoiceField)
        programme.choices = places


class LayerForm(forms.Form):
    people = forms.TypedMultipleChoiceField(label=_lazy("Who takes turns"), coerce=int)
    starts_on = forms.DateField(
        label=_lazy("First turn"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    change_at = forms.TimeField(
        label=_lazy("Handed over at"), initial=time(9), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    shift_days = forms.IntegerField(label=_lazy("Days of a turn"), min_value=1, max_value=90, initial=7)
    zone = forms.CharField(label=_lazy("Time zone"), max_length=60)
    weekdays = forms.TypedMultipleChoiceField(
        label=_lazy("Weekdays"), coerce=int, required=False, choices=[(each, WEEKDAYS[each]) for each in range(7)]
    )
    begins = forms.TimeField(
        label=_lazy("Hours from"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label=_lazy("Hours until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_people(self, "people", viewer)

    def layer(self) -> Layer:
        said = dict(self.cleaned_data)
        return Layer(**{**said, "people": tuple(said["people"]), "weekdays": frozenset(said["weekdays"] or range(7))})


class OverrideForm(forms.Form):
    person = forms.TypedChoiceField(label=_lazy("On duty"), coerce=int)
    begins = moment_field(_lazy("From"))
    ends = moment_field(_lazy("Until"))
    reason = forms.CharField(label=_lazy("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_people(self, "person", viewer)


class RuleForm(forms.Form):
    """Of a rule that exists the place stays what it is."""

    over = forms.ChoiceField(label=_lazy("Over"), required=False)
    name = forms.CharField(label=_lazy("What it says"), max_length=100)
    expression = forms.CharField(
        label=_lazy("When"),
        max_length=LENGTH_MAX,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off", "class": "code"}),
        help_text=_lazy("For example: cpi < 0.9 && slip_days > 10, or: spi_t < previous.spi_t"),
    )
    hold_for = forms.IntegerField(label=_lazy("Speaks after statuses in a row"), min_value=1, max_value=STATUSES_MAX)
    clear_after = forms.IntegerField(
        label=_lazy("Falls silent after statuses without"), min_value=1, max_value=STATUSES_MAX
    )
    finding_class = forms.ChoiceField(label=_lazy("How loudly"), choices=list(FINDING_CLASSES.items()))
    severity = forms.TypedChoiceField(label=_lazy("How bad"), coerce=int, choices=list(SEVERITIES.items()))

    def __init__(self, *args: Any, viewer: Viewer, begun: RuleRecord | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = asdict(begun or RuleDraft("", ""))
        super().__init__(*args, **kwargs)
        if begun is None:
            name_places(self.fields["over"], viewer, "project.manage", _("the organisation"))
        else:
            del self.fields["over"]

    def draft(self) -> RuleDraft:
        return RuleDraft(**{name: said for name, said in self.cleaned_data.items() if name != "over"})


class PolicyForm(forms.Form):
    """The steps are rows of three fields each; a row without a target is left out."""

    over = forms.ChoiceField(label=_lazy("Of"), required=False)
    name = forms.CharField(label=_lazy("Name"), max_length=100)
    loops = forms.IntegerField(label=_lazy("Times the steps are gone through"), min_value=1, max_value=MAX_LOOPS)
    acknowledged_h = forms.IntegerField(
        label=_lazy("Working hours an acknowledgement holds (empty: for ever)"), required=False, min_value=1
    )

    def __init__(self, *args: Any, viewer: Viewer, begun: PolicyRecord, **kwargs: Any) -> None:
        held = begun.acknowledged_min
        kwargs["initial"] = {"name": begun.name, "loops": begun.loops, "acknowledged_h": held and held // 60}
        super().__init__(*args, **kwargs)
        name_places(self.fields["over"], viewer, "project.manage", _("the organisation"))
        targets = [("", "–"), *_targets(viewer)]
        for at in range(STEPS_SHOWN):
            step = begun.steps[at] if at < len(begun.steps) else None
            said = f"{step.target}:{step.name}" if step is not None else ""
            label = _("Step %(number)d") % {"number": at + 1}
            self.fields[f"target_{at}"] = forms.ChoiceField(label=label, choices=targets, required=False, initial=said)
            self.fields[f"after_h_{at}"] = forms.IntegerField(
                label=_("%(step)s: working hours (empty: by severity)") % {"step": label},
                required=False,
                min_value=1,
                initial=step and step.after_min and step.after_min // 60,
            )
            self.fields[f"release_{at}"] = forms.BooleanField(
                label=_("%(step)s: a person releases it") % {"step": label},
                required=False,
                initial=step is not None and step.form == Form.HIERARCHICAL,
            )

    def rows(self) -> list[tuple[int, list[forms.BoundField]]]:
        """The fields of each step, for the page."""
        return [
            (at + 1, [self[f"{name}_{at}"] for name in ("target", "after_h", "release")]) for at in range(STEPS_SHOWN)
        ]

    def draft(self) -> Draft:
        said, steps = self.cleaned_data, []
        for at in range(STEPS_SHOWN):
            target, _colon, name = said[f"target_{at}"].partition(":")
            if target:
                hours = said[f"after_h_{at}"]
                form = Form.HIERARCHICAL if said[f"release_{at}"] else Form.FUNCTIONAL
                steps.append(Step(Target(target), name, form, hours * 60 if hours else None))
        held = said["acknowledged_h"]
        return Draft(said["name"], tuple(steps), said["loops"], held * 60 if held else None)


class IncidentForm(forms.Form):
    project = forms.ChoiceField(label=_lazy("Project"))
    title = forms.CharField(label=_lazy("What is happening"), max_length=TITLE_MAX)
    severity = forms.TypedChoiceField(label=_lazy("How bad"), coerce=int, choices=list(SEVERITIES.items()), initial=2)

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        project = self.fields["project"]
        assert isinstance(project, forms.ChoiceField)
        project.choices = [
            (each.code, f"{each.code} {each.name}")
            for each in portfolio.projects(viewer)
            if viewer.may("alert.act", each.id)
        ]


class PlaybookForm(forms.Form):
    """The steps are rows of four fields; a row without words is left out. One that is there stays where it is."""

    over = forms.ChoiceField(label=_lazy("Of"), required=False)
    name = forms.CharField(label=_lazy("Name"), max_length=100)
    codes = forms.MultipleChoiceField(
        label=_lazy("For alerts of these kinds (none: every kind)"), required=False, choices=list(ALERT_CODES.items())
    )

    def __init__(
        self,
        *args: Any,
        viewer: Viewer,
        begun: PlaybookRecord | PlaybookDraft | None = None,
        is_there: bool = False,
        **kwargs: Any,
    ) -> None:
        if begun is not None:
            kwargs["initial"] = {"name": begun.name, "codes": list(begun.codes)}
        super().__init__(*args, **kwargs)
        if is_there:
            del self.fields["over"]
        else:
            name_places(self.fields["over"], viewer, "project.manage", _("the organisation"))
        steps = begun.steps if begun is not None else ()
        who = [(each, step_who(each)) for each in WHO]
        self.rows_shown = min(STEPS_MAX, max(STEPS_SHOWN, len(steps) + SPARE_STEPS))
        for at in range(self.rows_shown):
            step = steps[at] if at < len(steps) else PlaybookStep("")
            label = _("Step %(number)d") % {"number": at + 1}
            for name, field in (
                ("words", forms.CharField(label=label, max_length=STEP_WORDS_MAX, required=False)),
                ("who", forms.ChoiceField(label=_("%(step)s: who") % {"step": label}, choices=who)),
                (
                    "link",
                    forms.ChoiceField(
                        label=_("%(step)s: leads to") % {"step": label},
                        choices=list(STEP_LINKS.items()),
                        required=False,
                    ),
                ),
                (
                    "does",
                    forms.ChoiceField(
                        label=_("%(step)s: happens by itself") % {"step": label},
                        choices=list(STEP_DOES.items()),
                        required=False,
                    ),
                ),
            ):
                field.initial = str(getattr(step, name))
                self.fields[f"{name}_{at}"] = field

    def rows(self) -> list[tuple[int, list[forms.BoundField]]]:
        """The fields of each step, for the page."""
        return [
            (at + 1, [self[f"{name}_{at}"] for name in ("words", "who", "link", "does")])
            for at in range(self.rows_shown)
        ]

    def draft(self) -> PlaybookDraft:
        said = self.cleaned_data
        steps = tuple(
            PlaybookStep(
                said[f"words_{at}"],
                said[f"who_{at}"],
                StepLink(said[f"link_{at}"] or ""),
                StepAction(said[f"does_{at}"] or ""),
            )
            for at in range(self.rows_shown)
            if said[f"words_{at}"]
        )
        return PlaybookDraft(said["name"], steps, tuple(said["codes"]))


def _targets(viewer: Viewer) -> list[tuple[str, Any]]:
    """Everybody a step can name."""
    return [
        ("owner:", _("the owner")),
        ("manager:", _("the project's manager")),
        ("rota:", _("whoever is on duty")),
        *((f"role:{role}", words_of_role) for role, words_of_role in ROLES.items() if role != "guest"),
        *(
            (f"person:{each.id}", each.full_name)
            for each in sorted(accounts.colleagues(viewer).values(), key=lambda each: each.full_name)
        ),
    ]


def name_places(field: forms.Field, viewer: Viewer, permission: str, everywhere: str) -> None:
    """Everything, programmes and projects on which the viewer has the permission, as choices."""
    places: list[tuple[str, Any]] = [("", everywhere)] if viewer.may(permission) else []
    places += [
        (f"programme:{each.code}", f"{each.code} {each.name}")
        for each in portfolio.programmes(viewer)
        if viewer.may_in_programme(permission, each.id)
    ]
    places += [
        (f"project:{each.code}", f"{each.code} {each.name}")
        for each in portfolio.projects(viewer)
        if viewer.may(permission, each.id)
    ]
    assert isinstance(field, forms.ChoiceField)
    field.choices = places


def place_of(said: str) -> tuple[str, str]:
    """A choice of :func:`name_places` as the codes of a project and a programme, of which at most one is not empty."""
    kind, _colon, code = said.partition(":")
    return (code if kind == "project" else "", code if kind == "programme" else "")


def name_people(form: forms.Form, name: str, viewer: Viewer) -> None:
    """Those whom the viewer works with, as choices."""
    people = sorted(accounts.colleagues(viewer).values(), key=lambda each: each.full_name)
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(each.id, each.full_name) for each in people]


def put_into(form: forms.Form, problem: WatchfloorError) -> None:
    """A mistake that can be put right stands at its field; anything else is a page of its own."""
    if problem.status not in (409, 422):
        raise problem
    form.add_error(problem.place if problem.place in form.fields else None, str(problem))
