"""A batch declared to be a snapshot: all that its source holds of stated sites and days. Only then does absence mean withdrawal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from webapp.domain.errors import BadInput
from webapp.domain.intake.field_readers import read_day
from webapp.domain.intake.rules import RefusedError

MOST_SITES = 1_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was declared. Both days are included. sites: codes; none for every site that the sender may send for."""

    first_on: date
    last_on: date
    sites: tuple[str, ...] = ()


def read_snapshot(first: str, last: str, sites: Sequence[str] = ()) -> Snapshot | None:
    """The declaration as written; None where nothing was written. Raises BadInput, saying what is missing or wrong."""
    first, last = first.strip(), last.strip()
    codes = tuple(dict.fromkeys(code.strip() for code in sites if code.strip()))
    if not first and not last:
        if codes:
            raise BadInput("A snapshot of some sites needs its days as well: give the first and the last one.")
        return None
    if not first or not last:
        raise BadInput(f"A snapshot needs its {'last' if first else 'first'} day as well, such as 2026-10-31.")
    if len(codes) > MOST_SITES:
        raise BadInput(f"A snapshot names {MOST_SITES:,} sites at most; name none of them for all your sites.")
    begin, end = _day(first), _day(last)
    if end < begin:
        raise BadInput(f"The snapshot ends on {last}, before it begins on {first}; exchange the two days.")
    return Snapshot(begin, end, codes)


def _day(text: str) -> date:
    try:
        return read_day(text)
    except RefusedError:
        shown = "".join(character for character in text[:40] if character.isprintable())
        raise BadInput(f"The snapshot's day “{shown}” is no day; write it like 2026-10-31.") from None
