"""Runs of days on which something was valid, out of the spans of one or several subjects, and since when a lapse was known.

A subject is a site's programme, or a practitioner's licence of one kind and state. Where several are asked for together, one valid
subject is enough: a site may hold any programme that counts, a person any of the licences that allow the work.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from webapp.domain.accreditation import StandingRecord, StandingSpan, answer_on, spans_known_at, standing_records
from webapp.domain.vocabulary import VALID_STANDINGS, Standing

_ONE_DAY = timedelta(days=1)
_FAVOUR = (
    Standing.ACCREDITED,
    Standing.CONDITIONAL,
    Standing.PENDING,
    Standing.SUSPENDED,
    Standing.EXPIRED,
    Standing.REVOKED,
    Standing.WITHDRAWN,
    Standing.NONE,
)


@dataclass(frozen=True, slots=True)
class Run:
    """The days first .. last, both included. last: None where no end is known."""

    first: date
    last: date | None

    def __contains__(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def valid_runs(subjects: Sequence[Sequence[StandingSpan]]) -> tuple[Run, ...]:
    """The longest unbroken runs of days on which at least one of the subjects is valid, in order."""
    return _runs(subjects, valid=True)


def lapsed_runs(subjects: Sequence[Sequence[StandingSpan]]) -> tuple[Run, ...]:
    """The days between and around `valid_runs`; the first begins at date.min."""
    return _runs(subjects, valid=False)


def last_valid_on(spans: Sequence[StandingSpan], on: date) -> date | None:
    """The last day of the unbroken validity that holds on `on`; None where no end is known. Only for a valid day."""
    for span in spans[bisect_right(spans, on, key=lambda span: span.start) :]:
        if not span.answer.is_valid:
            return span.start - _ONE_DAY
    return None


def best_standing(standings: Iterable[Standing]) -> Standing:
    """The most favourable standing of several; none where there is none."""
    return min(standings, key=_FAVOUR.index, default=Standing.NONE)


def worst_standing(standings: Iterable[Standing]) -> Standing:
    """The least favourable standing of several; none where there is none."""
    return max(standings, key=_FAVOUR.index, default=Standing.NONE)


def known_lapsed_since(
    subjects: Sequence[Sequence[StandingRecord]], on: date, known_at: datetime | None = None
) -> datetime | None:
    """Since when the records, without a break, have said that no subject is valid on that day; None where they do not say so."""
    instants = {record.recorded_at for records in subjects for record in records}
    since = None
    for instant in sorted((at for at in instants if known_at is None or at <= known_at), reverse=True):
        if not _is_lapsed(subjects, on, instant):
            break
        since = instant
    return since


def _is_lapsed(subjects: Sequence[Sequence[StandingRecord]], on: date, known_at: datetime) -> bool:
    recorded = [records for records in subjects if standing_records(records, known_at)]
    return bool(recorded) and not any(answer_on(spans_known_at(records, known_at), on).is_valid for records in recorded)


def _runs(subjects: Sequence[Sequence[StandingSpan]], *, valid: bool) -> tuple[Run, ...]:
    days = sorted({span.start for spans in subjects for span in spans} | {date.min})
    runs: list[Run] = []
    began: date | None = None
    for day in days:
        holds = any(answer_on(spans, day).standing in VALID_STANDINGS for spans in subjects) is valid
        if holds and began is None:
            began = day
        elif not holds and began is not None:
            runs.append(Run(began, day - _ONE_DAY))
            began = None
    if began is not None:
        runs.append(Run(began, None))
    return tuple(runs)
