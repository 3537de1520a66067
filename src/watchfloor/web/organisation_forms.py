"""Forms for the organisation and its programmes."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class OrganisationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    currency = forms.CharField(label=_("Reporting currency"), max_length=3, min_length=3)
    time_zone = forms.CharField(label=_("Time zone"), max_length=60)
    country = forms.CharField(label=_("Country (two letters)"), max_length=2, required=False)


class ProgrammeForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=120)
