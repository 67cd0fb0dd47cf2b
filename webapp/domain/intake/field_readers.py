"""One field's text to its value: a reader is made once per field and raises RefusedError for what it may not hold."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from webapp.domain.intake.characters import check_characters, check_no_identifier
from webapp.domain.intake.local_time import zone_names
from webapp.domain.intake.opening_hours import read_week, written_week
from webapp.domain.intake.rules import RefusedError
from webapp.domain.records import Field

Reader = Callable[[str], object]

KEY_LENGTH = 200
TEXT_LENGTH = 2_000
FREE_TEXT = frozenset({"name", "note", "source_term", "substance_decision"})
"""The fields in which people write sentences or names: line breaks and joiners may stand there."""

FIRST_YEAR, LAST_YEAR = 1900, 2199
SYSTOLIC = (40, 300)
DIASTOLIC = (20, 200)
TRUE_WORDS = ("yes", "y", "true", "1")
FALSE_WORDS = ("no", "n", "false", "0")

_FLAGS = dict.fromkeys(TRUE_WORDS, True) | dict.fromkeys(FALSE_WORDS, False)
_SITE_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/#+-]{0,63}", re.ASCII)
_INTEGER = re.compile(r"(-?\d{1,9})(?:\.0+)?", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?", re.ASCII)
_PRESSURE = re.compile(r"(\d{2,3})/(\d{2,3})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII)


def plain_reader(field: Field, record_type: str) -> Reader:
    """The reader of a field that needs neither a site's clock nor other records. Not for refs, instants and moments."""
    match field.kind:
        case "key":
            return read_site_code if record_type == "sites" else read_key
        case "text":
            return _text_reader(field.name)
        case "choice":
            return _choice_reader(field.choices)
        case "integer":
            return _integer_reader(field)
        case "number":
            return _number_reader(field)
        case "date":
            return read_day
        case "flag":
            return _read_flag
        case "pressure":
            return _read_pressure
        case "hours":
            return _read_hours
        case "zone":
            return _read_zone
    raise ValueError(f"{record_type}.{field.name}: a {field.kind} is not read from its text alone")


def read_key(text: str) -> str:
    """A key of any kind: one line of visible text, compared exactly."""
    if len(text) > KEY_LENGTH:
        raise RefusedError("too_long", str(KEY_LENGTH))
    check_characters(text, free=False)
    check_no_identifier(text)
    return text


def read_site_code(text: str) -> str:
    """A site's code: letters A-Z, digits and a few signs, so that no two codes look alike."""
    if _SITE_CODE.fullmatch(text) is None:
        raise RefusedError(
            "bad_key",
            "a site's code is at most 64 letters A-Z, digits, spaces or . _ / # + -, and begins with a letter or digit",
        )
    check_no_identifier(text)
    return text


def read_day(text: str) -> date:
    """A calendar day written as 2026-10-31, from 1900 to 2199."""
    if _DAY.fullmatch(text) is None:
        raise RefusedError("not_a_date")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise RefusedError("impossible_date") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise RefusedError("impossible_date")
    return day


def read_time(text: str) -> datetime:
    """A day with a time as written: naive where no offset is given. Raises RefusedError for a day alone."""
    try:
        if text[13] != ":" or text[4] != "-" or text[10] not in "T ":
            raise ValueError(text)
        found = datetime.fromisoformat(text)
    except (ValueError, IndexError) as error:
        raise RefusedError(_time_fault(text)) from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise RefusedError("impossible_date")
    return found


def _time_fault(text: str) -> str:
    if _INSTANT.fullmatch(text) is not None:
        return "impossible_date"
    if _DAY.fullmatch(text) is None:
        return "not_an_instant"
    read_day(text)
    return "time_missing"


def _text_reader(name: str) -> Reader:
    free = name in FREE_TEXT
    length = TEXT_LENGTH if free and name != "name" else KEY_LENGTH

    def read(text: str) -> str:
        if len(text) > length:
            raise RefusedError("too_long", str(length))
        check_characters(text, free)
        check_no_identifier(text)
        return text

    return read


def _choice_reader(choices: tuple[str, ...]) -> Reader:
    known = {choice: choice for choice in choices}

    def read(text: str) -> str:
        found = known.get(text)
        if found is None:
            raise RefusedError("not_a_choice", ", ".join(choices))
        return found

    return read


def _integer_reader(field: Field) -> Reader:
    low, high = _bounds(field)

    def read(text: str) -> int:
        found = _INTEGER.fullmatch(text)
        if found is None:
            raise RefusedError("not_a_number", "12, in whole numbers" if _NUMBER.fullmatch(text) else "12")
        value = int(found[1])
        if not low <= value <= high:
            raise RefusedError("out_of_range", f"{low} and {high}")
        return value

    return read


def _number_reader(field: Field) -> Reader:
    low, high = _bounds(field)

    def read(text: str) -> Decimal:
        if _NUMBER.fullmatch(text) is None:
            raise RefusedError("not_a_number", "12.5")
        value = Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
        if not low <= value <= high:
            raise RefusedError("out_of_range", f"{low} and {high}")
        return value or Decimal(0)

    return read


def _bounds(field: Field) -> tuple[Decimal, Decimal]:
    low = Decimal(str(field.low)) if field.low is not None else Decimal(-999_999_999)
    high = Decimal(str(field.high)) if field.high is not None else Decimal(999_999_999)
    return low, high


def _read_flag(text: str) -> bool:
    found = _FLAGS.get(text.lower())
    if found is None:
        raise RefusedError("not_a_flag")
    return found


def _read_pressure(text: str) -> tuple[int, int]:
    found = _PRESSURE.fullmatch(text)
    if found is None:
        raise RefusedError("not_a_pressure")
    systolic, diastolic = int(found[1]), int(found[2])
    if not (
        SYSTOLIC[0] <= systolic <= SYSTOLIC[1] and DIASTOLIC[0] <= diastolic <= DIASTOLIC[1] and diastolic < systolic
    ):
        spans = f"{SYSTOLIC[0]}-{SYSTOLIC[1]} over {DIASTOLIC[0]}-{DIASTOLIC[1]}"
        raise RefusedError("not_a_pressure", f", within {spans} and the first above the second")
    return systolic, diastolic


def _read_hours(text: str) -> str:
    if len(text) > KEY_LENGTH:
        raise RefusedError("too_long", str(KEY_LENGTH))
    return written_week(read_week(text))


def _read_zone(text: str) -> str:
    if text not in zone_names():
        raise RefusedError("unknown_zone")
    return text
