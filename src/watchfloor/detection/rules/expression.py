"""What a rule asks, in CEL over readings: comparisons, arithmetic and logic of numbers, and nothing else.

CEL (cel.dev) cannot loop, read or write. Of it only what works on numbers is let in: no text, list, function or macro,
so that the work of one answer is bound by the length of the question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

import cel
from django.utils.translation import gettext as _

from watchfloor.kit.errors import Invalid

LENGTH_MAX = 300
PREVIOUS = "previous"  # the readings of the status before: ``previous.cpi``

_LET_IN = re.compile(r"[A-Za-z0-9_ .<>=!&|()+\-*/?:]*")
_CALL = re.compile(r"[A-Za-z_]\w*\s*\(")
_WHOLE_NUMBER = re.compile(r"(?<![\w.])(\d+)(?![\w.])")
_OF_PREVIOUS = re.compile(rf"\b{PREVIOUS}\s*\.\s*(\w+)")
# Answers that no rule may fail on: each variable on either side of 1, so that no branch hides a mistake of kind.
_TRIALS = (-1.5, 0.5, 1.5, 100.5)

Values = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Expression:
    """A question about readings. ``names`` are those it asks for, ``earlier`` those of the status before."""

    text: str
    names: frozenset[str]
    earlier: frozenset[str]
    _program: cel.Program

    @property
    def asks_for(self) -> frozenset[str]:
        return self.names | self.earlier

    def holds(self, now: Values, previous: Values) -> bool | None:
        """The answer; None where a reading that it hangs on is not known."""
        said: dict[str, object] = {name: now[name] for name in self.names if now.get(name) is not None}
        said[PREVIOUS] = {name: value for name, value in previous.items() if value is not None}
        try:
            answer = self._program.execute(said)
        except (TypeError, ValueError, RuntimeError, ArithmeticError, KeyError):
            return None  # an operand is not known; whatever else can fail was tried in ``parse``
        return answer if isinstance(answer, bool) else None


@lru_cache(maxsize=512)
def parse(text: str) -> Expression:
    """The question of that text.

    Raises:
        Invalid: it is empty or too long, is not CEL, uses more of it than is let in, or is no yes-or-no question.
    """
    text = text.strip()
    if not text or len(text) > LENGTH_MAX:
        raise Invalid(_("A rule asks in 1 to %(most)d characters.") % {"most": LENGTH_MAX}, place="expression")
    if not _LET_IN.fullmatch(text) or _CALL.search(text):
        raise Invalid(
            _("A rule compares numbers: readings, + - * /, < <= > >= == !=, &&, || and !."),
            place="expression",
            remedy=_("Write for example: cpi < 0.9 && slip_days > 10"),
        )
    try:
        # Readings are fractions, and CEL does not mix them with whole numbers.
        program = cel.compile(_WHOLE_NUMBER.sub(r"\1.0", text))
    except ValueError as error:
        said = re.sub(r"^.*?ERROR: <input>:|\n.*$", "", str(error), flags=re.DOTALL)
        raise Invalid(
            _("That cannot be read: %(problem)s") % {"problem": said[:160]},
            place="expression",
            remedy=_("Write for example: cpi < 0.9 && slip_days > 10"),
        ) from error
    earlier = frozenset(_OF_PREVIOUS.findall(text))
    names = frozenset(program.references()["variables"]) - {PREVIOUS}
    found = Expression(text, names, earlier, program)
    _check_answers(found)
    return found


def check_names(expression: Expression, known: Iterable[str]) -> None:
    """Every reading that is asked for must exist.

    Raises:
        Invalid: naming the one that does not, and those that are written alike.
    """
    known = set(known)
    if not expression.asks_for:
        raise Invalid(_("A rule asks for at least one reading."), place="expression")
    for name in sorted(expression.asks_for - known):
        alike = get_close_matches(name, known, n=3)
        raise Invalid(
            _("No project has a reading “%(name)s”.") % {"name": name},
            place="expression",
            remedy=_("Did you mean %(names)s?") % {"names": ", ".join(alike)} if alike else _("See the list beside."),
        )


def _check_answers(expression: Expression) -> None:
    for now in _TRIALS:
        for before in _TRIALS:
            said = {**dict.fromkeys(expression.names, now), PREVIOUS: dict.fromkeys(expression.earlier, before)}
            try:
                answer = expression._program.execute(said)
            except (TypeError, ValueError, RuntimeError, ArithmeticError, KeyError) as error:
                raise Invalid(
                    _("That cannot be computed: %(problem)s") % {"problem": str(error)[:160]}, place="expression"
                ) from error
            if not isinstance(answer, bool):
                raise Invalid(
                    _("A rule is a question to which the answer is yes or no."),
                    place="expression",
                    remedy=_("Compare with something: cpi < 0.9"),
                )
