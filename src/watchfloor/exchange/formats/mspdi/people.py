"""Resources and assignments of MS Project XML."""

from __future__ import annotations

from watchfloor.exchange.formats.mspdi.elements import Fast, Item
from watchfloor.exchange.formats.mspdi.fields import Definitions
from watchfloor.exchange.formats.mspdi.values import amount, code_number, duration
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.values import MINOR_MAX, WORK_TICKS_MAX, minor_digits, number
from watchfloor.plans.document import Assignment, Resource

_MATERIAL = 0
_UNASSIGNED = "-65535"


def read_resource(item: Item, *, currency: str, definitions: Definitions, remarks: Remarks) -> Resource | None:
    """One resource; None for blank rows and the nameless resource 0 that MS Project writes into every file."""
    row = Fast(item)
    key = row.text("UID")
    if row.flag("IsNull") or not key or (key == "0" and not row.text("Name")):
        return None
    place = f"resource {key}"
    material = code_number(row.text("Type")) == _MATERIAL
    kind = "cost" if row.flag("IsCostResource") else "material" if material else "person"
    calendar = row.text("CalendarUID")
    if len(item.items("Rates", "Rate")) > 1:
        remarks.note(
            "mspdi.rates_over_time", place, "Rate tables and later rates are not kept, only the standard rate."
        )
    about = {
        label: row.text(name)
        for name, label in (("Group", "Group"), ("Code", "Code"), ("Initials", "Initials"))
        if row.text(name)
    }
    capacity = number(row.text("MaxUnits"))
    return Resource(
        key=key,
        name=row.text("Name") or f"Resource {key}",
        kind=kind,
        calendar="" if calendar in {"-1", "0"} else calendar,
        capacity=capacity if capacity is not None and 0 <= capacity < 1e9 else 1.0,
        rate_minor=_rate(row.text("StandardRate"), currency),
        email=row.text("EmailAddress"),
        codes=definitions.read_codes(item, place, remarks),
        fields={**about, **definitions.read_fields(item, place, remarks)},
    )


def read_assignment(item: Item, *, currency: str, definitions: Definitions, remarks: Remarks) -> Assignment | None:
    """One assignment; None for the empty one that MS Project writes for tasks without resources."""
    row = Fast(item)
    if row.text("ResourceUID") in {_UNASSIGNED, ""}:
        return None
    baseline = next((each for each in item.items("Baseline") if each.text("Number") in {"", "0"}), None)
    planned = amount(baseline.text("Cost"), currency) if baseline else None
    cost = amount(row.text("Cost"), currency)
    actual = amount(row.text("ActualCost"), currency)
    remaining = amount(row.text("RemainingCost"), currency)
    priced = any((planned, cost, actual, remaining))
    return Assignment(
        activity=row.text("TaskUID"),
        resource=row.text("ResourceUID"),
        units=number(row.text("Units")) or 0.0,
        work_ticks=_work(row.text("Work")),
        actual_work_ticks=_work(row.text("ActualWork")),
        remaining_work_ticks=_work(row.text("RemainingWork")),
        budget_minor=(planned if planned is not None else cost) if priced else None,
        actual_cost_minor=actual if priced else None,
        remaining_cost_minor=remaining if priced else None,
        fields=definitions.read_fields(item, f"assignment {row.text('UID')}", remarks),
    )


def _work(text: str) -> int:
    return duration(text, bound=WORK_TICKS_MAX) or 0


def _rate(text: str, currency: str) -> int | None:
    value = number(text)
    if not value:
        return None
    scaled = value * 10 ** minor_digits(currency)
    return round(scaled) if abs(scaled) < MINOR_MAX else None
