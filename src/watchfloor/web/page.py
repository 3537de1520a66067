"""A full page: what every one of them needs beside its own content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from watchfloor.accounts import queries as accounts
from watchfloor.alerts import queries as alerts
from watchfloor.drawing.sheets import BYTE_ORDER_MARK, Cell, csv_parts, csv_text, workbook
from watchfloor.journal.queries import newest
from watchfloor.kit.viewer import Viewer
from watchfloor.web import submissions
from watchfloor.web.middleware import ViewedRequest
from watchfloor.web.past import look_back

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def viewer_of(request: HttpRequest) -> Viewer:
    """Who asks, as the middleware found out."""
    return cast(ViewedRequest, request).viewer


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, section: str = "", status: int = 200
) -> HttpResponse:
    """Render the page in the reader's theme, with the rail; ``version`` is read before the content's own queries ran.

    A page that reads its content first and the version last could miss a change between the two; callers that read a
    lot therefore put what :func:`shell` says into the context themselves, before.
    """
    if "version" not in context:
        context = {**shell(request), **context}
    if section:
        context = {**context, "section": section}
    return render(request, template, context, status=status)


def shell(request: HttpRequest, section: str = "") -> dict[str, Any]:
    """What the frame around a page shows. Call it before the page's own queries."""
    viewer = viewer_of(request)
    user = accounts.user_by_id(viewer.user_id) if viewer.user_id is not None else None
    return {
        "viewer": viewer,
        "version": newest(viewer),
        "section": section,
        "theme": user.theme if user else "system",
        "single_keys": user.single_keys if user else False,
        "user_record": user,
        "unacknowledged": alerts.count(viewer, state="raised"),
        "may_manage_users": viewer.may("user.manage"),
        "may_read_log": viewer.project_ids("journal.view") != frozenset(),
        "past": look_back(request, viewer),
        "may_manage_money": viewer.may("cost.edit"),
        **submissions.asks(viewer),
    }


def sheet(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """Rows as a file to save, CSV or XLSX by the ending of its name."""
    if name.endswith(".xlsx"):
        return saved(name, workbook(name.removesuffix(".xlsx"), header, rows), _XLSX)
    return saved(name, BYTE_ORDER_MARK + csv_text(header, rows), "text/csv; charset=utf-8")


def saved(name: str, content: str | bytes, content_type: str) -> HttpResponse:
    """A file that the browser keeps rather than shows."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


def long_sheet(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> StreamingHttpResponse:
    """Rows as a CSV file to save, sent while they are read."""
    parts = chain((BYTE_ORDER_MARK,), csv_parts(header, rows))
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page only."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") != "full"
