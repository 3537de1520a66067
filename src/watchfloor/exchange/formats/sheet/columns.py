"""The columns of our own template, for CSV and XLSX alike. docs/user/import.md shows the same table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    meaning: str
    example: str = ""
    also: tuple[str, ...] = ()  # other headings that mean the same


COLUMNS = (
    Column("code", "Required. Short and unique in its project; stays the same from update to update.", "A100", ("id",)),
    Column("name", "Required. What is done.", "Pour foundation", ("activity", "task")),
    Column("project", "Code of the project, when the sheet holds several.", "", ("project code",)),
    Column("wbs", "Where it belongs: names from the top, separated by “/”.", "Structure/Foundation", ("group",)),
    Column("kind", "task (default), milestone, start milestone, level of effort.", "task", ("type",)),
    Column("duration", "Working time: 5 or 5d (days), 12h, 2w, 30m; 3ed counts the clock. Milestones need none.", "5d"),
    Column(
        "remaining",
        "Working time still to do; without it, the duration less the percentage done.",
        "",
        ("remaining duration",),
    ),
    Column("percent", "Complete, 0 to 100.", "", ("percent complete", "% complete", "progress")),
    Column("start", "Planned start, 2026-11-02 or 2026-11-02 08:00.", "2026-11-02", ("planned start",)),
    Column(
        "finish",
        "Planned finish. With a start it gives the duration where that is empty.",
        "",
        ("planned finish", "end"),
    ),
    Column("actual start", "When work really started.", "", ("started",)),
    Column("actual finish", "When it was really finished.", "", ("finished",)),
    Column(
        "predecessors",
        "What comes before: A100, A100FS+2d, A110SS, B200FF-4h, OTHER/C10; separated by “,”.",
        "A090FS+1d",
    ),
    Column("not before", "The start is not planned before this date.", "", ("start no earlier than",)),
    Column("not after", "The finish should not lie after this date.", "", ("finish no later than",)),
    Column("deadline", "A date to be warned about; it moves nothing.", ""),
    Column("resources", "Who or what works on it: Anna 50%; Crane.", "Anna 50%; Crane", ("resource", "assigned to")),
    Column("responsible", "The person who answers for it.", "Anna", ("owner",)),
    Column("budget", "Planned cost in the project's currency.", "12000", ("planned cost",)),
    Column("actual cost", "Cost booked so far.", ""),
    Column("remaining cost", "Cost still expected.", ""),
    Column(
        "earning",
        "How progress earns value: 0/100, 25/75, 50/50, units, level of effort, as A100; empty: by percent complete.",
        "",
        ("earned value technique",),
    ),
    Column("optimistic", "Shortest plausible duration, with likely and pessimistic.", "", ("min",)),
    Column("likely", "Most likely duration.", "", ("most likely",)),
    Column("pessimistic", "Longest plausible duration.", "", ("max",)),
    Column("committed", "yes for a milestone promised to somebody.", "", ("commitment",)),
    Column("notes", "Anything else.", "", ("note", "comment")),
)

BY_HEADING = {heading: column.name for column in COLUMNS for heading in (column.name, *column.also)}
REQUIRED = ("code", "name")
# Any further column “field: Crew” or “code: Phase” is a custom field or a classification.
FIELD_PREFIX, CODE_PREFIX = "field:", "code:"

SETTINGS = (
    Column("project", "Short code of the project.", "SITE-1", ("project code",)),
    Column("name", "Name of the project.", "New site", ("title",)),
    Column("currency", "ISO code of all amounts.", "EUR"),
    Column(
        "data date",
        "Up to which progress is recorded; a day alone means its end, 17:00.",
        "2026-11-02",
        ("status date",),
    ),
    Column("start", "Planned start of the project.", "2026-11-02"),
    Column("finish by", "The project must be finished by then.", "", ("must finish by",)),
    Column("working days", "Days of the week on which work is done.", "Mon Tue Wed Thu Fri"),
    Column("working hours", "Shifts of a working day.", "08:00-12:00 13:00-17:00"),
    Column("days off", "Dates without work.", "2026-12-25, 2026-12-26", ("holidays",)),
)
SETTING_BY_HEADING = {heading: column.name for column in SETTINGS for heading in (column.name, *column.also)}
