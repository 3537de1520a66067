"""Cost reports: read once in a child, laid under a mapping as often as needed, recorded whole or not at all."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from watchfloor.exchange.cost_records import CostCheck, CostFileRecord, CostMappingRecord, CostOptions, KindSum
from watchfloor.exchange.formats.errors import RowError
from watchfloor.exchange.formats.sheet import cost_rows
from watchfloor.exchange.formats.sheet.cells import BadCell
from watchfloor.exchange.formats.sheet.cost_rows import CostMapping, CostRow, ParsedCosts
from watchfloor.exchange.formats.sheet.raw import RawTable, table_from_json, table_to_json
from watchfloor.exchange.models import CostFile, CostMappingRow
from watchfloor.exchange.tables import given_table
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound, WatchfloorError
from watchfloor.kit.viewer import Viewer
from watchfloor.plans.cost_records import Control, CostLine, CostsRefused
from watchfloor.plans.costing import LEFT_OUT_SHOWN, reconcile
from watchfloor.plans.operations import post_costs
from watchfloor.portfolio import queries as portfolio

MAX_OPEN = 50  # reports waiting for a mapping, per project


def open_cost_file(
    viewer: Viewer,
    file: Path | IO[bytes],
    *,
    project_id: int | None,
    source_name: str,
    sheet: str = "",
    now: datetime,
) -> CostFileRecord:
    """Take a report in: its cells are kept until it is recorded or thrown away. Without a project, rows name theirs.

    Raises:
        UnreadableFile: it is no table, or holds too much.
        NotFound, NotAllowed: not the viewer's project, or not their costs to record.
    """
    _may_record(viewer, project_id)
    table, digest = given_table(file, source_name=source_name, sheet=sheet)
    with transaction.atomic():
        if _of(project_id).filter(state="open").count() >= MAX_OPEN:
            raise Conflict(
                _("%(limit)d reports wait for their mapping already.") % {"limit": MAX_OPEN},
                remedy=_("Record or discard some of them first."),
            )
        row = CostFile.objects.create(
            project_id=project_id,
            source_name=Path(source_name.replace("\\", "/")).name[-260:] or "costs",
            digest=digest,
            uploaded_by_id=viewer.user_id,
            uploaded_by_name=viewer.name[:150],
            created_at=now,
            table=zlib.compress(table_to_json(table).encode()),
        )
    return _record(row, table)


def cost_file(viewer: Viewer, file_id: int) -> CostFileRecord:
    """One report: to those who record costs where it belongs."""
    row = _row(viewer, file_id)
    return _record(row, _table(row) if row.table else None)


def cost_files(viewer: Viewer, project_id: int, *, limit: int = 20) -> tuple[CostFileRecord, ...]:
    """Reports of a project, newest first, without their cells."""
    _may_record(viewer, project_id)
    rows = _of(project_id).defer("table").order_by("-id")[:limit]
    return tuple(_record(row, None) for row in rows)


def cost_mappings(viewer: Viewer) -> tuple[CostMappingRecord, ...]:
    """Mappings the viewer may use: those first used on a project whose costs they record."""
    rows = CostMappingRow.objects.order_by("name", "id")
    allowed = viewer.project_ids("cost.edit")
    if allowed is not None:
        rows = rows.filter(project_id__in=allowed)
    return tuple(_mapping_record(row) for row in rows[:500])


def mapping_for(viewer: Viewer, file_id: int) -> tuple[str, CostMapping]:
    """The name and mapping to begin with: the one remembered for these headings, else a proposal without a name."""
    table = _table(_row(viewer, file_id))
    fitting = CostMappingRow.objects.filter(headings=_headings_digest(table))
    allowed = viewer.project_ids("cost.edit")
    if allowed is not None:
        fitting = fitting.filter(project_id__in=allowed)
    known = fitting.order_by("-used_at").first()
    return (known.name, _mapping(known.mapping)) if known is not None else ("", cost_rows.proposed(table))


def named_mapping(viewer: Viewer, name: str) -> CostMapping:
    """A remembered mapping by its name."""
    found = next((each.mapping for each in cost_mappings(viewer) if each.name == name), None)
    if found is None:
        raise NotFound(_("There is no mapping “%(name)s”.") % {"name": name[:120]})
    return found


def check_costs(
    viewer: Viewer, file_id: int, mapping: CostMapping, options: CostOptions, *, now: datetime
) -> CostCheck:
    """What recording the report with this mapping would do; nothing is stored.

    Raises:
        Invalid: the mapping does not fit the headings.
    """
    row = _row(viewer, file_id)
    return _run(viewer, row, mapping, options, dry_run=True, now=now)


@transaction.atomic
def record_costs(
    viewer: Viewer, file_id: int, mapping: CostMapping, options: CostOptions, *, name: str = "", now: datetime
) -> CostCheck:
    """Record the report, all of it or with errors nothing, and remember the mapping under a name.

    Raises:
        Conflict: a control total does not match and no reason was given, or the report was recorded already.
    """
    row = CostFile.objects.select_for_update().get(pk=_row(viewer, file_id).pk)
    if row.state != "open":
        raise Conflict(_("This report was dealt with already."))
    found = _run(viewer, row, mapping, options, dry_run=False, now=now)
    if found.errors:
        return found
    if name.strip():
        _remember(viewer, row, name.strip()[:120], mapping, now)
    row.state = "recorded" if found.new else "unchanged"
    row.finished_at, row.mapping_name, row.table = now, name.strip()[:120], b""
    row.result = {"batches": dict(found.batches), "new": found.new, "known": found.known, "restated": found.restated}
    row.save()
    return found


def discard_cost_file(viewer: Viewer, file_id: int, *, now: datetime) -> None:
    """Throw a report away that was not recorded."""
    row = _row(viewer, file_id)
    if row.state != "open":
        raise Conflict(_("This report was dealt with already."))
    row.state, row.finished_at, row.table = "discarded", now, b""
    row.save()


def mapping_from(said: Mapping[str, Any]) -> CostMapping:
    """A mapping from plain data, as the API and files give it.

    Raises:
        Invalid: an unknown key, or a value that is no text.
    """
    known = set(CostMapping.__dataclass_fields__)
    if unknown := sorted(set(said) - known):
        raise Invalid(_("A mapping has no “%(name)s”.") % {"name": unknown[0][:60]}, place=unknown[0][:60])
    columns = said.get("columns", {})
    if not isinstance(columns, Mapping) or not all(isinstance(each, str) for each in columns.values()):
        raise Invalid(_("Columns map fields to headings."), place="columns")
    return _mapping({**said, "columns": {name: heading.strip().lower() for name, heading in columns.items()}})


def _run(
    viewer: Viewer, row: CostFile, mapping: CostMapping, options: CostOptions, *, dry_run: bool, now: datetime
) -> CostCheck:
    try:
        parsed = cost_rows.read_rows(_table(row), mapping)
    except BadCell as problem:
        raise Invalid(problem.problem, remedy=problem.remedy, place="mapping") from problem
    if parsed.errors:
        return CostCheck(parsed.errors)
    sums = _sums(parsed.rows)
    control = _control(parsed, options)
    if control.differs and not control.accepted_because and not dry_run:
        raise Conflict(
            _("The sum of the report differs from its control total."),
            remedy=_("Find the missing or doubled rows, or say why the difference is accepted."),
            place="totals",
        )
    try:
        with transaction.atomic():
            found = _post(viewer, row, parsed, options, given={} if dry_run else _given(control), now=now)
            if dry_run:
                transaction.set_rollback(True)
    except _Wrong as wrong:
        return CostCheck(wrong.errors, sums, control)
    return replace(found, sums=sums, control=control, batches={} if dry_run else found.batches)


class _Wrong(Exception):
    """Rows that the ledger refuses; rolls the projects before them back."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__()
        self.errors = tuple(errors)


def _post(
    viewer: Viewer, row: CostFile, parsed: ParsedCosts, options: CostOptions, *, given: dict[str, int], now: datetime
) -> CostCheck:
    whole, errors = CostCheck(()), list[RowError]()
    for code, project_id, rows in _by_project(viewer, row, parsed, errors):
        try:
            posted = post_costs(
                viewer,
                project_id,
                [_line(each) for each in rows],
                origin="import",
                source_name=row.source_name,
                digest=row.digest,
                # Of several projects no total is known apart; the sum of all was held against it before.
                totals=given if len({each.project for each in parsed.rows}) <= 1 else None,
                accept_difference=options.accept_difference,
                reason=options.reason,
                restate=options.restate,
                now=now,
            )
        except CostsRefused as refused:
            errors += [
                RowError(sheet="", row=each.line, column=each.field, problem=each.problem, remedy=each.remedy)
                for each in refused.errors
            ]
            continue
        numbers = {**whole.batches, **({code: posted.batch.number} if posted.batch is not None else {})}
        whole = CostCheck(
            (),
            new=whole.new + posted.new,
            known=whole.known + posted.known,
            restated=whole.restated + posted.restated,
            older_rates=whole.older_rates + posted.older_rates,
            batches=numbers,
            left_out=(*whole.left_out, *posted.left_out)[:LEFT_OUT_SHOWN],
            left_out_count=whole.left_out_count + posted.left_out_count,
        )
    if errors:
        raise _Wrong(errors)
    return whole


def _by_project(
    viewer: Viewer, row: CostFile, parsed: ParsedCosts, errors: list[RowError]
) -> list[tuple[str, int, list[CostRow]]]:
    own = None if row.project_id is None else portfolio.project_by_id(viewer, row.project_id)
    grouped: dict[str, list[CostRow]] = {}
    for each in parsed.rows:
        grouped.setdefault(each.project or (own.code if own is not None else ""), []).append(each)
    found = []
    for code, rows in grouped.items():
        try:
            if own is not None and code != own.code:
                raise NotFound(_("“%(code)s” is not this project.") % {"code": code[:40]})
            project = own or portfolio.project(viewer, code)
            if not viewer.may("cost.edit", project.id):
                raise NotAllowed(_("You may see this project, but not record its costs."))
        except WatchfloorError as problem:
            remedy = _("Give the report on its own, or name a project whose costs you record.")
            errors.append(RowError(sheet="", row=rows[0].line, column="project", problem=str(problem), remedy=remedy))
            continue
        found.append((project.code, project.id, rows))
    return found


def _line(row: CostRow) -> CostLine:
    return CostLine(
        row.account, row.kind, row.period, row.amount_minor, row.currency, row.reference, row.note, row.quantity,
        row.planned_price, row.line,
    )  # fmt: skip


def _control(parsed: ParsedCosts, options: CostOptions) -> Control:
    """What was given by a person goes before what the report says itself."""
    totals = dict(options.totals or parsed.totals)
    return reconcile([_line(each) for each in parsed.rows], totals, options.accept_difference)


def _given(control: Control) -> dict[str, int]:
    return {each.currency: each.given_minor for each in control.totals if each.given_minor is not None}


def _sums(rows: Sequence[CostRow]) -> tuple[KindSum, ...]:
    found: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        found.setdefault((row.kind, row.currency), []).append(row.amount_minor)
    order = {kind: at for at, kind in enumerate(cost_rows.KINDS)}
    keys = sorted(found, key=lambda key: (order[key[0]], key[1]))
    return tuple(KindSum(*key, len(found[key]), sum(found[key])) for key in keys)


def _remember(viewer: Viewer, row: CostFile, name: str, mapping: CostMapping, now: datetime) -> None:
    said = {**asdict(mapping), "header_line": 0}  # the next report may have another number of lines above
    where: dict[str, Any] = {"project_id": row.project_id, "name": name}
    CostMappingRow.objects.update_or_create(
        **where,
        defaults={
            "headings": _headings_digest(_table(row)),
            "mapping": said,
            "used_at": now,
            "used_by_name": viewer.name[:150],
        },
    )


def _headings_digest(table: RawTable) -> str:
    names = sorted(name.lower() for name in cost_rows.headings(table).names if name)
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest()


def _may_record(viewer: Viewer, project_id: int | None) -> None:
    if project_id is not None and not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such project."))
    may = (
        viewer.may("cost.edit", project_id)
        if project_id is not None
        else bool(viewer.may("cost.edit") or viewer.project_ids("cost.edit"))
    )
    if not may:
        raise NotAllowed(_("Your role does not record costs here."))


def _of(project_id: int | None) -> QuerySet[CostFile]:
    return CostFile.objects.filter(project=None) if project_id is None else CostFile.objects.filter(project=project_id)


def _row(viewer: Viewer, file_id: int) -> CostFile:
    row = CostFile.objects.filter(pk=file_id).first()
    mine = row is not None and row.project_id is None and row.uploaded_by_id == viewer.user_id
    seen = row is not None and row.project_id is not None and viewer.may("project.view", row.project_id)
    if row is None or not (mine or seen):
        raise NotFound(_("There is no such cost report."))
    _may_record(viewer, row.project_id)
    return row


def _table(row: CostFile) -> RawTable:
    if not row.table:
        raise Conflict(_("This report was dealt with already."))
    return table_from_json(zlib.decompress(bytes(row.table)))


def _record(row: CostFile, table: RawTable | None) -> CostFileRecord:
    found = cost_rows.headings(table) if table is not None else cost_rows.Headings(0, ())
    below = [cells for line, cells in table.rows if line > found.line][:5] if table is not None else []
    return CostFileRecord(
        row.pk,
        row.project_id,
        row.source_name,
        row.uploaded_by_name,
        row.created_at,
        row.state,
        row.mapping_name,
        row.result.get("batches", {}),
        found.names,
        tuple(tuple(cell[2:] if cell.startswith("\x01") else cell for cell in cells) for cells in below),
        table.sheets if table is not None else (),
    )


def _mapping(said: Mapping[str, Any]) -> CostMapping:
    return CostMapping(**said)


def _mapping_record(row: CostMappingRow) -> CostMappingRecord:
    return CostMappingRecord(row.pk, row.name, _mapping(row.mapping), row.used_at, row.used_by_name)
