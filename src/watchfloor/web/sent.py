"""What small forms send, as numbers and moments: forms too small for a class of their own."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from watchfloor.drawing.figures import zone_of
from watchfloor.kit.errors import Invalid
from watchfloor.kit.viewer import Viewer

_DIGITS = 15


def number(text: str | None) -> int | None:
    """A number from 0 on; None for anything else. Signs and digits of other scripts that ``int`` takes are none."""
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) <= _DIGITS else None


def version(request: HttpRequest) -> int | None:
    """The version of a record that its sender saw, as forms carry it in ``version``."""
    return number(request.POST.get("version"))


def day(text: str, place: str) -> date | None:
    """A day as a browser sends it; None where the field was left empty.

    Raises:
        Invalid: it is none.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as problem:
        raise Invalid(_("This is no day: %(text)s.") % {"text": text[:40]}, place=place) from problem


def moment(text: str, place: str, viewer: Viewer) -> datetime | None:
    """A moment on the viewer's clock as a browser sends it; None where the field was left empty.

    Raises:
        Invalid: it is none.
    """
    try:
        said = datetime.fromisoformat(text) if text else None
    except ValueError as problem:
        raise Invalid(_("Give a date and a time."), place=place) from problem
    return said.replace(tzinfo=zone_of(viewer.time_zone)) if said is not None and said.tzinfo is None else said
