"""The watch itself: silences, and who is on duty."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchfloor.accounts import queries as accounts
from watchfloor.alerts import duty, handover, silencing
from watchfloor.alerts.duty import RotaRecord
from watchfloor.alerts.escalation.rota import Layer, Shift
from watchfloor.alerts.measures import WEEKLY_IN_ALL, WEEKLY_PER_PROGRAMME, WEEKS
from watchfloor.alerts.measures import measures as counted
from watchfloor.alerts.silencing import Over
from watchfloor.drawing import figures
from watchfloor.kit import clock
from watchfloor.kit.errors import WatchfloorError
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.web import floor
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.words import CAUSES, SILENCE_KINDS, UP_TO, WEEKDAYS

_DAY = timedelta(days=1)
_SHIFTS_SHOWN = 30


def _moment_field(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


class SilenceForm(forms.Form):
    over = forms.ChoiceField(label=_lazy("Over"))
    group = forms.ChoiceField(label=_lazy("Cause"), required=False, choices=[("", _lazy("any")), *CAUSES.items()])
    up_to = forms.TypedChoiceField(label=_lazy("Still told"), coerce=int, choices=list(UP_TO.items()), initial=3)
    kind = forms.ChoiceField(label=_lazy("Kind"), choices=list(SILENCE_KINDS.items()))
    reason = forms.CharField(label=_lazy("Reason"), max_length=300)
    begins = _moment_field(_lazy("From"))
    ends = _moment_field(_lazy("Until"))

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places: list[tuple[str, Any]] = [("", _("everything"))] if viewer.may("alert.act") else []
        places += [
            (f"programme:{each.code}", f"{each.code} {each.name}")
            for each in portfolio.programmes(viewer)
            if viewer.may_in_programme("alert.act", each.id)
        ]
        places += [
            (f"project:{each.code}", f"{each.code} {each.name}")
            for each in portfolio.projects(viewer)
            if viewer.may("alert.act", each.id)
        ]
        over = self.fields["over"]
        assert isinstance(over, forms.ChoiceField)
        over.choices, over.required = places, False


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_people(self, "people")

    def layer(self) -> Layer:
        said = dict(self.cleaned_data)
        return Layer(**{**said, "people": tuple(said["people"]), "weekdays": frozenset(said["weekdays"] or range(7))})


class OverrideForm(forms.Form):
    person = forms.TypedChoiceField(label=_lazy("On duty"), coerce=int)
    begins = _moment_field(_lazy("From"))
    ends = _moment_field(_lazy("Until"))
    reason = forms.CharField(label=_lazy("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_people(self, "person")


@require_http_methods(["GET", "POST"])
def silences(request: HttpRequest) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    form = SilenceForm(request.POST or None, viewer=viewer, initial={"begins": now, "ends": now + 7 * _DAY, "up_to": 3})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        kind, _colon, code = said["over"].partition(":")
        over = Over(
            code if kind == "project" else "", code if kind == "programme" else "", said["group"], said["up_to"]
        )
        try:
            silencing.silence(viewer, over, said["reason"], said["begins"], said["ends"], kind=said["kind"], now=now)
        except WatchfloorError as problem:
            _put_into(form, problem)
        else:
            messages.success(request, _("Nobody is told of it until then."))
            return redirect("silences")
    context = {
        **shell(request),
        "silences": [
            (each, silencing.may_silence(viewer, each.project_id, each.programme_id))
            for each in silencing.silences(viewer, now=now)
        ],
        "over": silencing.silences(viewer, now=now, over=True)[:20],
        "form": form,
        "may_make": bool(form.fields["over"].choices),  # type: ignore[attr-defined]
    }
    return page(request, "watch/silences.html", context, section="alerts", status=422 if form.errors else 200)


@require_POST
def end_silence(request: HttpRequest, silence_id: int) -> HttpResponse:
    silencing.end_silence(viewer_of(request), silence_id, now=clock.now())
    messages.success(request, _("Ended: what it covered is told now."))
    return redirect("silences")


@require_GET
def measures(request: HttpRequest) -> HttpResponse:
    """How well the watch works, and which rules cry wolf."""
    viewer = viewer_of(request)
    found = counted(viewer, now=clock.now())
    targets = {"programme": WEEKLY_PER_PROGRAMME, "all": WEEKLY_IN_ALL, "weeks": WEEKS}
    context = {**shell(request), "found": found, "targets": targets}
    return page(request, "watch/measures.html", context, section="alerts")


@require_http_methods(["GET", "POST"])
def rotas(request: HttpRequest) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    form = RotaForm(request.POST or None, viewer=viewer, initial={"night": True})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = duty.make_rota(viewer, said["name"], said["programme"], night=said["night"], now=now)
        except WatchfloorError as problem:
            _put_into(form, problem)
        else:
            return redirect("rota", rota_id=made)
    found = duty.rotas(viewer, now=now)
    context = {
        **shell(request),
        "rotas": [_told(each, viewer) for each in found],
        "form": form,
        "may_make": bool(form.fields["programme"].choices),  # type: ignore[attr-defined]
    }
    return page(request, "watch/rotas.html", context, section="alerts", status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def rota(request: HttpRequest, rota_id: int) -> HttpResponse:
    """One duty; a form that is sent adds a layer or an override."""
    viewer, now = viewer_of(request), clock.now()
    found = duty.rota(viewer, rota_id, now=now)
    home = portfolio.organisation()
    which = request.POST.get("add", "")
    layer = LayerForm(
        request.POST if which == "layer" else None,
        initial={"zone": home.time_zone if home else viewer.time_zone, "starts_on": _monday(now, viewer)},
    )
    change = OverrideForm(request.POST if which == "override" else None, initial={"begins": now, "ends": now + _DAY})
    form = layer if which == "layer" else change
    if request.method == "POST" and form.is_valid():
        try:
            if which == "layer":
                duty.add_layer(viewer, rota_id, layer.layer(), now=now)
            else:
                said = change.cleaned_data
                duty.override(
                    viewer, rota_id, said["person"], said["begins"], said["ends"], reason=said["reason"], now=now
                )
        except WatchfloorError as problem:
            _put_into(form, problem)
        else:
            messages.success(request, _("Changed."))
            return redirect("rota", rota_id=rota_id)
    context = {
        **shell(request),
        **_told(found, viewer),
        "layers": [
            (at, each, [found.names.get(pk, "–") for pk in each.people]) for at, each in enumerate(found.rota.layers)
        ],
        "layer_form": layer,
        **_handed_over(viewer, rota_id, now),
        "override_form": change,
    }
    return page(request, "watch/rota.html", context, section="alerts", status=422 if form.errors else 200)


@require_POST
def hand_over(request: HttpRequest, rota_id: int, handover_id: int) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    if request.POST.get("do") == "note":
        handover.note(viewer, handover_id, request.POST.get("note", ""), now=now)
        messages.success(request, _("Left for the next watch."))
    else:
        handover.acknowledge(viewer, handover_id, now=now)
        messages.success(request, _("You have the watch."))
    return redirect("rota", rota_id=rota_id)


def _handed_over(viewer: Viewer, rota_id: int, now: datetime) -> dict[str, Any]:
    brief = handover.newest(viewer, rota_id, now=now)
    if brief is None:
        return {"brief": None}
    lists = (
        (_("Opened"), brief.opened),
        (_("Closed"), brief.closed),
        (_("Nobody has acknowledged"), brief.unanswered),
        (_("Due within a day, or over"), brief.due_next),
    )
    projects = {each.id: each for each in portfolio.projects(viewer)}
    return {
        "brief": brief,
        "brief_lists": [(title, [floor.need(viewer, each, now) for each in rows]) for title, rows in lists],
        "moved": [(projects[each.project_id], each) for each in brief.moved if each.project_id in projects],
    }


@require_POST
def remove_layer(request: HttpRequest, rota_id: int, place: int) -> HttpResponse:
    duty.remove_layer(viewer_of(request), rota_id, place, now=clock.now())
    return redirect("rota", rota_id=rota_id)


@require_POST
def remove_rota(request: HttpRequest, rota_id: int) -> HttpResponse:
    duty.remove_rota(viewer_of(request), rota_id, now=clock.now())
    messages.success(request, _("Removed."))
    return redirect("rotas")


@require_POST
def end_override(request: HttpRequest, override_id: int) -> HttpResponse:
    rota_id = duty.end_override(viewer_of(request), override_id, now=clock.now())
    messages.success(request, _("Taken back."))
    return redirect("rota", rota_id=rota_id)


def _told(found: RotaRecord, viewer: Viewer) -> dict[str, Any]:
    def named(shift: Shift) -> tuple[Shift, str]:
        return shift, found.names.get(shift.person or 0, "")

    return {
        "rota": found,
        "on_duty": found.names.get(found.now or 0, ""),
        "until": found.shifts[0].ends if found.shifts else None,
        "shifts": [named(each) for each in found.shifts[:_SHIFTS_SHOWN]],
        "gaps": found.gaps,
        "may_manage": duty.may_manage(viewer, found.programme_id),
    }


def _monday(now: datetime, viewer: Viewer) -> date:
    today = now.astimezone(figures.zone_of(viewer.time_zone)).date()
    return today - timedelta(days=today.weekday())


def _name_people(form: forms.Form, name: str) -> None:
    people = sorted(accounts.active_users().values(), key=lambda each: each.full_name)
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(each.id, each.full_name) for each in people]


def _put_into(form: forms.Form, problem: WatchfloorError) -> None:
    """A mistake that can be put right stands at its field; anything else is a page of its own."""
    if problem.status not in (409, 422):
        raise problem
    form.add_error(problem.place if problem.place in form.fields else None, str(problem))
