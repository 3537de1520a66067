"""What the cost ledger says to the rooms above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from watchfloor.kit.errors import Invalid
from watchfloor.plans.models import CostBatch, CostEntry, ReserveChange

KINDS = ("budget", "actual", "accrual", "commitment")
BALANCES = frozenset({"accrual", "commitment"})  # stand at the end of their period, and do not add up over periods


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line to record: on which account, of which period, how much of which currency."""

    account: str  # code of a control account, or its cost account where only one has it
    kind: str
    period: date
    amount_minor: int
    currency: str
    reference: str = ""
    note: str = ""
    quantity: Decimal | None = None
    planned_price: Decimal | None = None  # of one unit, in whole units of the currency
    line: int = 0


@dataclass(frozen=True, slots=True)
class LineError:
    """One line that cannot be recorded: where, what is wrong, what to do."""

    line: int
    field: str
    problem: str
    remedy: str


class CostsRefused(Invalid):
    """Some lines cannot be recorded, so none is."""

    code = "costs.lines"

    def __init__(self, errors: tuple[LineError, ...]) -> None:
        first = errors[0]
        super().__init__(first.problem, remedy=first.remedy, place=f"line {first.line}, {first.field}")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class CurrencyControl:
    """A total somebody gave for one currency, held against the sum of the lines."""

    currency: str
    given_minor: int | None  # None: none was given for it
    sum_minor: int

    @property
    def difference_minor(self) -> int:
        return 0 if self.given_minor is None else self.sum_minor - self.given_minor


@dataclass(frozen=True, slots=True)
class Control:
    """How the lines were reconciled to the ledger they come from."""

    totals: tuple[CurrencyControl, ...] = ()
    accepted_because: str = ""

    @property
    def differs(self) -> bool:
        return any(each.difference_minor for each in self.totals)


@dataclass(frozen=True, slots=True)
class CostBatchRecord:
    id: int
    project_id: int
    number: int
    origin: str
    source_name: str
    reason: str
    recorded_at: datetime
    author_name: str
    entry_count: int
    control: Mapping[str, object]
    reverses: int | None  # number of the batch it takes back
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class CostEntryRecord:
    """One line of the ledger. ``value_minor`` is in the project's currency, at the rate beside it."""

    id: int
    batch: int  # its number
    account: str
    account_name: str
    kind: str
    period: date
    amount_minor: int
    currency: str
    value_minor: int
    rate: Decimal
    rate_on: date
    rate_source: str
    reporting_minor: int | None
    reporting_currency: str
    reporting_rate: Decimal | None
    quantity: Decimal | None
    planned_price: Decimal | None
    reference: str
    note: str
    line: int
    is_restatement: bool
    is_reversal: bool

    @property
    def rate_is_older(self) -> bool:
        """Whether the rate is of an earlier day than the period, which had none of its own."""
        return self.rate_on < self.period


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """A page of entries, and the sums over all that match, not only over the page."""

    entries: tuple[CostEntryRecord, ...]
    count: int
    value_minor: int
    by_currency: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LedgerAt:
    """Costs of a project up to the end of one day of its ledger, in the project's currency."""

    on: date
    booked_minor: int
    accrued_minor: int

    @property
    def actual_minor(self) -> int:
        return self.booked_minor + self.accrued_minor


@dataclass(frozen=True, slots=True)
class LedgerState:
    """What forecasts take from the ledger: cost at each of its days, the newest commitments, its version."""

    days: tuple[LedgerAt, ...] = ()
    committed_minor: int | None = None
    committed_on: date | None = None
    undistributed_minor: int = 0
    budgets: Mapping[str, int] = field(default_factory=dict)  # control account → budget in the ledger
    changes_minor: int = 0  # budget that approved changes gave since the baseline was frozen
    version: int = 0  # grows with each batch and each decided reserve change

    @property
    def last(self) -> date | None:
        return self.days[-1].on if self.days else None


@dataclass(frozen=True, slots=True)
class AccountCosts:
    """One control account at a day: what was booked, accrued and ordered, in the project's currency."""

    account: str
    budget_minor: int | None  # by the ledger, without changes; None where it has none
    changes_minor: int  # budget given by approved changes
    booked_minor: int
    accrued_minor: int
    committed_minor: int

    @property
    def actual_minor(self) -> int:
        return self.booked_minor + self.accrued_minor


@dataclass(frozen=True, slots=True)
class SpentSum:
    """Actual cost of one account in one currency, as far as it shares the way its price is known."""

    account: str
    currency: str
    amount_minor: int
    reporting_minor: int | None  # at the rates it was booked with; None where one had none
    planned_amount: Fraction | None = None  # its quantity at the planned price; None where it names none


@dataclass(frozen=True, slots=True)
class ReserveChangeRecord:
    id: int
    project_id: int
    kind: str
    amount_minor: int
    account: str
    reason: str
    reference: str
    state: str
    proposed_at: datetime
    proposed_by_id: int | None
    proposed_by_name: str
    decided_at: datetime | None
    decided_by_name: str
    decision_note: str
    batch: int | None


@dataclass(frozen=True, slots=True)
class ReserveRecord:
    """One reserve: what it began with, what was approved since, what is left."""

    kind: str
    opening_minor: int
    drawn_minor: int  # approved drawdowns, as a positive amount
    added_minor: int
    proposed_minor: int  # waiting for a decision; not in the balance
    changes: tuple[ReserveChangeRecord, ...]  # newest first

    @property
    def balance_minor(self) -> int:
        return self.opening_minor + self.added_minor - self.drawn_minor


def batch_record(row: CostBatch, *, reverses: int | None = None, is_reversed: bool = False) -> CostBatchRecord:
    return CostBatchRecord(
        row.pk,
        row.project_id,
        row.number,
        row.origin,
        row.source_name,
        row.reason,
        row.recorded_at,
        row.author_name,
        row.entry_count,
        row.control,
        reverses,
        is_reversed,
    )


def entry_record(row: CostEntry) -> CostEntryRecord:
    return CostEntryRecord(
        row.pk,
        row.batch.number,
        row.account.code,
        row.account.name,
        row.kind,
        row.period,
        row.amount_minor,
        row.currency,
        row.value_minor,
        row.rate,
        row.rate_on,
        row.rate_source,
        row.reporting_minor,
        row.reporting_currency,
        row.reporting_rate,
        row.quantity,
        row.planned_price,
        row.reference,
        row.note,
        row.line,
        row.is_restatement,
        row.reverses_id is not None,
    )


def change_record(row: ReserveChange) -> ReserveChangeRecord:
    return ReserveChangeRecord(
        row.pk,
        row.project_id,
        row.kind,
        row.amount_minor,
        row.account.code if row.account is not None else "",
        row.reason,
        row.reference,
        row.state,
        row.proposed_at,
        row.proposed_by_id,
        row.proposed_by_name,
        row.decided_at,
        row.decided_by_name,
        row.decision_note,
        row.batch.number if row.batch is not None else None,
    )
