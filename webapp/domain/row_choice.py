"""Which rows stand behind a number: what an address asks of the row list, besides the filters of every page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from webapp.domain.periods import read_day
from webapp.domain.response import SCALES
from webapp.domain.vocabulary import ANY_TERM, AskedHow, CourseState, Status, StopReason, Term

DELIVERED_ROWS = "delivered"
HELD_READY = "held_ready"
"""Delivered, missed or cancelled late: what a no-show rate is a share of."""
LATE_CANCELLED = "late_cancelled"
SCREENED = "screened"
NOT_SCREENED = "not_screened"
COMPLETED = "completed"
STOPPED = "stopped"
NO_REASON = "none"
OUTCOMES = ("baseline", "entered", "rated", "met", "remitted", "risen", "missing")
"""What became of a course on a scale after an infusion (0: at its baseline); see `webapp.queries.course_rows`."""

STATUSES = (*(status.value for status in Status), DELIVERED_ROWS, HELD_READY, LATE_CANCELLED)
TERMS = (*(term.value for term in Term), ANY_TERM)
ASKED = (*(how.value for how in AskedHow), SCREENED, NOT_SCREENED)
STATES = (*(state.value for state in CourseState), COMPLETED, STOPPED)
REASONS = (*(reason.value for reason in StopReason), NO_REASON)
MOST_INFUSIONS = 99
MOST_DAYS = 999
WIDEST = 32_768
"""No quantity has values beyond it."""

QUANTITIES = ("approval", "gap", "booster", "dose_below", "dose_within", "dose_above", "dose_no_range", "dose_unknown")
"""What sessions can be asked for by the size of: see `webapp.queries.spacing_cells.Quantity`."""
AFTER_COMPLETION = ("return", "boosters")
"""What completed courses can be asked for by the size of: days to the next session, boosters that followed."""
CLINICAL_FIELDS = frozenset(
    {
        "list",
        "asked",
        "term",
        "severity",
        "serious",
        "infusion",
        "state",
        "reason",
        "reached",
        "within",
        "cohort",
        "followed",
        "indication",
        "scale",
        "outcome",
        "quantity",
        "least",
        "most",
    }
)
"""What a role without pseudonyms may not ask rows for: the choice alone would tell what their columns do not."""


class RowList(StrEnum):
    """What the rows are."""

    SESSIONS = "sessions"
    COURSES = "courses"


@dataclass(frozen=True, slots=True)
class RowPlace:
    """A place in a list ordered by day and id: where a page of rows begins or ends."""

    on: date
    id: UUID

    def __str__(self) -> str:
        return f"{self.on.isoformat()}.{self.id.hex}"


@dataclass(frozen=True, slots=True)
class RowChoice:
    """What the rows have in common; None asks nothing. Each field is named as it stands in an address.

    asked: a way of asking, or screened at all, or not. infusion: 0 is a booster, beside a scale the baseline. weekday: 1 is
    Monday. hour: site time. serious: at least one serious side effect. reached: at least so many infusions. within: ended by that
    day since the first session. scale, outcome: on it after that infusion.
    quantity, least, most: sessions that have the quantity, or courses of which it followed, of a value from least to most.
    followed: courses completed in the period and followed for so many days since. after, before: the page's edge.
    """

    list: RowList = RowList.SESSIONS
    status: str | None = None
    asked: str | None = None
    term: str | None = None
    severity: int | None = None
    serious: str | None = None
    infusion: int | None = None
    weekday: int | None = None
    hour: int | None = None
    state: str | None = None
    reason: str | None = None
    reached: int | None = None
    within: int | None = None
    cohort: str | None = None
    followed: int | None = None
    scale: str | None = None
    outcome: str | None = None
    quantity: str | None = None
    least: int | None = None
    most: int | None = None
    after: RowPlace | None = None
    before: RowPlace | None = None

    @property
    def is_clinical(self) -> bool:
        """Whether it asks for what only the row itself would tell a role that sees no clinical column."""
        asked = (name for name, _ in row_fields(self))
        return any(name in CLINICAL_FIELDS for name in asked)


Refused = tuple[str, str, str]
"""Name and value of what cannot be asked for, and what could be."""


def parse_row_choice(asked: Mapping[str, Sequence[str]]) -> tuple[RowChoice, list[Refused]]:
    """The choice that the fields of an address make; what cannot be read is left out and told."""
    found: dict[str, Any] = {}
    refused: list[Refused] = []
    for name, (read, known) in _READERS.items():
        text = asked.get(name, [""])[0].strip()
        if not text:
            continue
        value = read(text)
        if value is None:
            refused.append((name, text, known))
        else:
            found[name] = value
    return RowChoice(**found), refused


def row_fields(choice: RowChoice) -> list[tuple[str, str]]:
    """The fields of an address that ask for this choice; nothing for what it does not ask."""
    values = [(field.name, getattr(choice, field.name), field.default) for field in fields(choice)]
    return [(name, str(value)) for name, value, default in values if value != default]


def _one_of(*known: str) -> tuple[Callable[[str], str | None], str]:
    return (lambda text: text if text in known else None), ", ".join(known)


def _whole(low: int, high: int) -> tuple[Callable[[str], int | None], str]:
    def read(text: str) -> int | None:
        digits = text.removeprefix("-") if low < 0 else text
        plain = digits.isascii() and digits.isdigit() and len(digits) <= len(str(high))
        return int(text) if plain and low <= int(text) <= high else None

    return read, f"{low} to {high}"


def _list(text: str) -> RowList | None:
    return RowList(text) if text in set(RowList) else None


def _place(text: str) -> RowPlace | None:
    day, _, number = text.partition(".")
    on = read_day(day)
    if on is None or len(number) != 32 or any(letter not in "0123456789abcdef" for letter in number):
        return None
    return RowPlace(on, UUID(hex=number))


_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "list": (_list, ", ".join(RowList)),
    "status": _one_of(*STATUSES),
    "asked": _one_of(*ASKED),
    "term": _one_of(*TERMS),
    "severity": _whole(1, 5),
    "serious": _one_of("yes"),
    "infusion": _whole(0, MOST_INFUSIONS),
    "weekday": _whole(1, 7),
    "hour": _whole(0, 23),
    "state": _one_of(*STATES),
    "reason": _one_of(*REASONS),
    "reached": _whole(1, MOST_INFUSIONS),
    "within": _whole(0, MOST_DAYS),
    "cohort": _one_of("closed", "open"),
    "followed": _whole(1, MOST_DAYS),
    "scale": _one_of(*SCALES),
    "outcome": _one_of(*OUTCOMES),
    "quantity": _one_of(*QUANTITIES, *AFTER_COMPLETION),
    "least": _whole(-WIDEST, WIDEST),
    "most": _whole(-WIDEST, WIDEST),
    "after": (_place, "a place in the list, as its own links name it"),
    "before": (_place, "a place in the list, as its own links name it"),
}
