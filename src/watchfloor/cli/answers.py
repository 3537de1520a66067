"""What an import asks, on the terminal: told in words, answered by options or by whoever sits there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import click

from watchfloor.exchange.matching import NEW
from watchfloor.exchange.records import ImportRecord, QuestionRecord

_NEW = "new"
_SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to the questions of one import."""

    projects: Mapping[int, str]
    take_older: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """What the options of the command say: for plans by the name they have in their file, and for all others."""

    by_source: Mapping[str, str]
    otherwise: str | None
    take_older: bool

    @classmethod
    def of(cls, mapped: tuple[str, ...], *, take_older: bool) -> Answers:
        by_source, others = {}, []
        for each in mapped:
            source, equals, code = each.rpartition("=")
            if not code:
                raise click.UsageError(f"--map {each}: name the project, or “new”.")
            if equals:
                by_source[source.casefold()] = code
            else:
                others.append(code)
        if len(others) > 1:
            raise click.UsageError("Give one --map CODE; for several plans write --map SOURCE=CODE for each.")
        return cls(by_source, others[0] if others else None, take_older)

    def to(self, record: ImportRecord) -> Answer | None:
        """The answer to all questions of the import; None when one is left open."""
        if record.state == "held":
            taken = self.take_older or (_is_attended() and _confirmed(record))
            return Answer({}, take_older=True) if taken else None
        projects = {}
        for question in record.questions:
            code = self.by_source.get(question.source_code.casefold(), self.otherwise)
            if code is None and _is_attended():
                code = _chosen(question)
            if code is None or code == _SKIP:
                return None
            projects[question.plan] = NEW if code == _NEW else code
        return Answer(projects, self.take_older)


def told(question: QuestionRecord) -> str:
    """One question with what speaks for each answer."""
    name = " ".join(dict.fromkeys(each for each in (question.source_code, question.name) if each))
    if question.kind == "older_date":
        return (
            f"  Held: {name} has the data date {question.data_date:%Y-%m-%d}; revision {question.held_revision} of "
            f"{question.project_code} has {question.held_data_date:%Y-%m-%d}."
        )
    if question.kind == "shrunk":
        return (
            f"  Held: {name} has only {question.kept:,} of the {question.held_activities:,} activities that revision "
            f"{question.held_revision} of {question.project_code} holds. Was the file cut off, or meant for another?"
        )
    why = {
        "contradiction": "its code or a remembered mapping names a project with hardly an equal activity code",
        "twice": "another plan of the file updates the same project already",
    }.get(question.reason, "its activity codes are those of a project here")
    lines = [f"  Which project does {name} ({question.activities:,} activities) update? Asked because {why}."]
    for each in question.proposals:
        lines.append(
            f"    {each.project_code} {each.name}: {each.equal:,} of {each.of:,} activity codes equal "
            f"({each.percent} %), {each.same_names:,} with the same name"
        )
    return "\n".join(lines)


def remedy(record: ImportRecord) -> str:
    """How to answer without a terminal."""
    answer = "--take-older" if record.state == "held" else "--map CODE (or --map new)"
    return f"Not stored. Answer on the page /imports/{record.id}, or import again with {answer}."


def _is_attended() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _chosen(question: QuestionRecord) -> str:
    click.echo(told(question))
    first = question.proposals[0].project_code if question.proposals and question.reason == "proposal" else None
    answer: str = click.prompt("  Project code, “new” or “skip”", default=first)
    return answer.strip()


def _confirmed(record: ImportRecord) -> bool:
    for question in record.questions:
        click.echo(told(question))
    return click.confirm("  Take it all the same?", default=False)
