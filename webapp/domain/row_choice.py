"""Which rows stand behind a number: what an address asks of the row list, besides the filters of every page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
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
ROWS_PAGE = "rows"
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
        "planned",
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
    Monday. hour: site time. serious: at least one serious side effect. reached, planned: at least so many infusions. within: ended by
    that day since the first session. scale, outcome: on it after that infusion.
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
    planned: int | None = None
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


@dataclass(frozen=True, slots=True)
class Refused:
    """What cannot be asked for, and why: it is not known, another list or page takes it, or what it needs beside it is missing.

    known: what could be asked for instead. list: the one that takes it. beside: the field to name too; `without`: one to leave out.
    None of them: the page asked for has no list of rows.
    """

    name: str
    value: str
    known: str = ""
    list: RowList | None = None
    beside: str = ""
    without: str = ""


def parse_row_choice(asked: Mapping[str, Sequence[str]], page: str = ROWS_PAGE) -> tuple[RowChoice, list[Refused]]:
    """The choice that the fields of an address make; what cannot be read, or would choose nothing, is left out and told.

    page: the key of the page asked for. One without a list of rows takes only what it looks at by itself.
    """
    found: dict[str, Any] = {}
    refused: list[Refused] = []
    for name, declared in _FIELDS.items():
        text = asked.get(name, [""])[0].strip()
        if not text:
            continue
        value = declared.read(text)
        if value is None:
            refused.append(Refused(name, text, known=declared.known))
        else:
            found[name] = value
    for name in list(found):
        if (why := _idle(name, found, page)) is not None:
            del found[name]
            refused.append(why)
    return RowChoice(**found), refused


def _idle(name: str, found: Mapping[str, Any], page: str) -> Refused | None:
    """Why a field would choose nothing, though it can be read."""
    if page != ROWS_PAGE:
        return None if name in _LOOKED_AT.get(page, ()) else Refused(name, str(found[name]))
    declared, value, chosen = _FIELDS[name], found[name], found.get("list", RowList.SESSIONS)
    lists = _LISTS_OF_QUANTITIES[value] if name == "quantity" else declared.lists
    if chosen not in lists:
        return Refused(name, str(value), list=next(iter(lists)))
    beside = declared.beside.get(chosen, "")
    if beside and beside not in found:
        return Refused(name, str(value), beside=beside)
    return Refused(name, str(value), without=declared.without) if declared.without in found else None


def row_fields(choice: RowChoice) -> list[tuple[str, str]]:
    """The fields of an address that ask for this choice; nothing for what it does not ask."""
    values = [(each.name, getattr(choice, each.name), each.default) for each in fields(choice)]
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


_SESSIONS, _COURSES, _BOTH = frozenset({RowList.SESSIONS}), frozenset({RowList.COURSES}), frozenset(RowList)


@dataclass(frozen=True, slots=True)
class _Field:
    """How one field of an address is read, what could stand there, and of which lists it can be asked.

    beside: by list, the field without which it chooses nothing. without: the field that stands in its stead. Both are declared first.
    """

    read: Callable[[str], Any]
    known: str
    lists: frozenset[RowList]
    beside: Mapping[RowList, str] = field(default_factory=dict)
    without: str = ""


_OF_QUANTITY = dict.fromkeys(RowList, "quantity")
_PLACE = (_place, "a place in the list, as its own links name it")
_FIELDS: Mapping[str, _Field] = {
    "list": _Field(_list, ", ".join(RowList), _BOTH),
    "status": _Field(*_one_of(*STATUSES), _SESSIONS),
    "asked": _Field(*_one_of(*ASKED), _SESSIONS),
    "term": _Field(*_one_of(*TERMS), _SESSIONS),
    "severity": _Field(*_whole(1, 5), _SESSIONS),
    "serious": _Field(*_one_of("yes"), _SESSIONS),
    "weekday": _Field(*_whole(1, 7), _SESSIONS),
    "hour": _Field(*_whole(0, 23), _SESSIONS),
    "state": _Field(*_one_of(*STATES), _COURSES),
    "reason": _Field(*_one_of(*REASONS), _COURSES),
    "reached": _Field(*_whole(1, MOST_INFUSIONS), _COURSES),
    "planned": _Field(*_whole(1, MOST_INFUSIONS), _COURSES),
    "within": _Field(*_whole(0, MOST_DAYS), _COURSES),
    "cohort": _Field(*_one_of("closed", "open"), _COURSES),
    "followed": _Field(*_whole(1, MOST_DAYS), _COURSES),
    "scale": _Field(*_one_of(*SCALES), _COURSES),
    "outcome": _Field(*_one_of(*OUTCOMES), _COURSES, {RowList.COURSES: "scale"}),
    "infusion": _Field(*_whole(0, MOST_INFUSIONS), _BOTH, {RowList.COURSES: "scale"}),
    "quantity": _Field(*_one_of(*QUANTITIES, *AFTER_COMPLETION), _BOTH),
    "least": _Field(*_whole(-WIDEST, WIDEST), _BOTH, _OF_QUANTITY),
    "most": _Field(*_whole(-WIDEST, WIDEST), _BOTH, _OF_QUANTITY),
    "before": _Field(*_PLACE, _BOTH),
    "after": _Field(*_PLACE, _BOTH, without="before"),
}
_LISTS_OF_QUANTITIES = {**dict.fromkeys(QUANTITIES, _SESSIONS), **dict.fromkeys(AFTER_COMPLETION, _COURSES)}
_LOOKED_AT = {
    **dict.fromkeys(("overview", "side-effects", "site"), frozenset({"term"})),
    "response": frozenset({"scale"}),
}
"""Page without a list of rows -> what it asks of its own numbers."""
