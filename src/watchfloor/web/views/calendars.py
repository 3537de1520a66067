"""A country's year: which days are worked, which are not, and why; and the organisation's own days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from babel import Locale
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from watchfloor.calendars import operations, patterns, queries
from watchfloor.kit import clock
from watchfloor.kit.errors import WatchfloorError
from watchfloor.portfolio import checks
from watchfloor.portfolio import queries as portfolio
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.words import DAY_KINDS, OWN_DAYS, WEEKDAYS


class OwnDayForm(forms.Form):
    on = forms.DateField(label=_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    kind = forms.ChoiceField(label=_lazy("Is"), choices=list(OWN_DAYS.items()))
    ends = forms.TimeField(
        label=_lazy("Ends at (of a short day)"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    name = forms.CharField(label=_lazy("What it is"), max_length=120)
    country = forms.CharField(label=_lazy("Country (empty: everywhere)"), max_length=2, required=False)
    region = forms.CharField(label=_lazy("Region, region/site or /site"), max_length=10, required=False)


@require_http_methods(["GET", "POST"])
def calendars(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    chosen = _chosen(request)
    form = OwnDayForm(request.POST or None, initial={"country": chosen["country"], "region": chosen["region"]})
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.add_own_day(viewer, now=clock.now(), **form.cleaned_data)
        except WatchfloorError as problem:
            if problem.status not in (409, 422):
                raise
            form.add_error(problem.place if problem.place in form.fields else None, str(problem))
        else:
            messages.success(request, _("Added."))
            where = {"country": made.country or chosen["country"], "region": made.region, "year": made.on.year}
            return redirect(f"/calendars?{urlencode(where)}")
    context = {
        **shell(request),
        **_year(chosen["country"], chosen["region"], chosen["year"]),
        "names": _names(viewer.language),
        "own": queries.own_days(chosen["country"], chosen["year"]),
        "may_change": viewer.may("project.manage"),
        "form": form,
    }
    return page(request, "calendars/page.html", context, section="settings", status=422 if form.errors else 200)


@require_POST
def remove_own_day(request: HttpRequest, own_day_id: int) -> HttpResponse:
    gone = operations.remove_own_day(viewer_of(request), own_day_id, now=clock.now())
    messages.success(request, _("%(name)s was removed.") % {"name": gone.name})
    where: dict[str, str | int] = {"country": gone.country, "region": gone.region, "year": gone.on.year}
    return redirect(f"/calendars?{urlencode(where)}")


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for; the organisation's country and this year where it asks for nothing that exists."""
    home = portfolio.organisation()
    try:
        country = checks.country(request.GET.get("country", ""))
    except WatchfloorError:
        country = ""
    year = request.GET.get("year", "")
    number = int(year) if year.isdecimal() and len(year) == 4 else 0
    return {
        "country": country or (home.country if home else ""),
        "region": request.GET.get("region", "").strip()[:10],
        "year": number if number in patterns.YEARS else clock.now().year,
    }


def _year(country: str, region: str, year: int) -> Mapping[str, Any]:
    days = patterns.calendar_year(country, region, year)
    off = patterns.weekend(country, date(year, 1, 1))
    per_month = Counter(each.on.month for each in days if each.is_worked)
    return {
        "country": country,
        "region": region,
        "year": year,
        "is_known": patterns.knows(country, region),
        "regions": patterns.regions(country),
        "weekend": [str(WEEKDAYS[day]) for day in sorted(off)],
        "special": [(each, str(WEEKDAYS[each.on.weekday()])) for each in days if _is_special(each)],
        "months": [(date(year, month, 1), per_month[month]) for month in range(1, 13)],
        "working": sum(per_month.values()),
    }


def _is_special(day: patterns.CalendarDay) -> bool:
    return day.kind in DAY_KINDS or day.is_own


def _names(language: str) -> list[tuple[str, str]]:
    """Countries whose holidays are known, by their name in the reader's language."""
    territories = Locale.parse(language, sep="-").territories
    return sorted(((code, territories.get(code, code)) for code in patterns.countries()), key=lambda each: each[1])
