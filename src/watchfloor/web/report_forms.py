"""The form in which a manager reports: what is typed, checked for shape here and for sense by the plan store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from watchfloor.web.amounts import major, minor
from watchfloor.web.words import DIMENSIONS, DISPLAYS, STATUS

_STEPS = [(code, STATUS[code]) for code in DISPLAYS]


class ReportForm(forms.Form):
    """Reported status per dimension, forecast finish and cost, path to green."""

    forecast_finish = forms.DateField(
        label=_("Your finish"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    eac = forms.DecimalField(label=_("Your cost at completion"), required=False, min_value=0, max_digits=18)
    path_to_green = forms.CharField(
        label=_("Path to green"),
        help_text=_("Next steps, who takes them, by when. Needed unless overall is on track."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    explanation = forms.CharField(
        label=_("What the numbers do not show"),
        help_text=_("Needed where you report better than computed."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, title in DIMENSIONS.items():
            self.fields[f"status_{code}"] = forms.ChoiceField(label=str(title), choices=_STEPS, required=False)

    @classmethod
    def of(cls, said: Mapping[str, Any], currency: str) -> ReportForm:
        """The form filled with what would be said."""
        steps = {f"status_{code}": status for code, status in said["reported"].items()}
        return cls(
            initial={
                **steps,
                "forecast_finish": said["forecast_finish"],
                "eac": major(said["eac_minor"], currency),
                "path_to_green": said["path_to_green"],
                "explanation": said["explanation"],
            }
        )

    @property
    def steps(self) -> list[tuple[str, Any]]:
        return list(_STEPS)

    @property
    def dimensions(self) -> list[dict[str, Any]]:
        """The rows of choices as the page draws them."""
        return [
            {
                "code": code,
                "title": title,
                "name": f"status_{code}",
                "chosen": self[f"status_{code}"].value() or "",
                "errors": self[f"status_{code}"].errors,
            }
            for code, title in DIMENSIONS.items()
        ]

    def said(self, currency: str) -> dict[str, Any]:
        """What was typed, as the plan store takes it."""
        typed = self.cleaned_data
        finish: date | None = typed["forecast_finish"]
        return {
            "reported": {code: status for code in DIMENSIONS if (status := typed[f"status_{code}"])},
            "forecast_finish": finish,
            "eac_minor": minor(typed["eac"], currency),
            "path_to_green": typed["path_to_green"],
            "explanation": typed["explanation"],
        }
