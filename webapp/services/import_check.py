"""Checking a batch before anything of it is stored: its rows are read once, the good ones put aside, the others named."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

from webapp.domain.intake.csv_reading import SourceFile
from webapp.domain.intake.local_time import ZoneSpell, zone_named
from webapp.domain.intake.mapping import ColumnMapping, fits
from webapp.domain.intake.row_checks import CHUNK, CheckContext, CheckedRow, Outcome, WithdrawnRow, check_rows
from webapp.domain.intake.rules import Rejection
from webapp.domain.intake.translation import translate
from webapp.domain.scope import Scope
from webapp.queries.stored_keys import fetch_zone_spells
from webapp.services.row_spool import RowSpool
from webapp.services.sender_reach import SeenRecords, within_reach
from webapp.transactions import reading

MOST_KEPT = 100_000
"""Reasons that are kept and can be downloaded; a batch with more is wrong as a whole."""
_EARLIEST_ZONE = timezone(timedelta(hours=14))
_READ_AT_ONCE = 1024 * 1024

Note = Callable[[int, int], None]
"""Told of rows read so far, and of rows to read in all."""


@dataclass(slots=True)
class Checked:
    """What checking a batch found. read: every row that was looked at; accepted: those put aside; rejected: rows with a reason."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    reasons: list[Rejection] = field(default_factory=list)
    reason_count: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


def check_batch(
    sender: Scope,
    mapping: ColumnMapping,
    files: Sequence[SourceFile],
    spool: RowSpool,
    now: datetime,
    *,
    keep_good: bool,
    note: Note,
) -> Checked:
    """Read and check all rows, as far as their sender may send them; the accepted ones are in `spool` afterwards.

    keep_good: whether good rows count although others are refused; otherwise nothing is put aside any more after the first refusal.
    Raises BadInput where a file cannot be read at all.
    """
    with reading(sender) as db:
        zones = fetch_zone_spells(sender, db)
    seen = SeenRecords(sender, mapping.source)
    context = CheckContext(latest_day(zones, now), zones, seen, mapping.time_zone)
    items = within_reach(translate(mapping, files), sender, seen)
    place = _Place(mapping, files)
    checked = Checked()
    at_row: tuple[str, str, int] | None = None
    for outcome in check_rows(items, context):
        here = (outcome.record_type, outcome.file, outcome.line)
        is_new = here != at_row
        at_row = here
        _take(checked, outcome, spool, is_new_row=is_new, keep=keep_good or not checked.rejected)
        if is_new:
            place.see(outcome)
            if checked.read % CHUNK == 0:
                note(place.rows_read, place.total)
    note(place.total, place.total)
    return checked


def _take(checked: Checked, outcome: Outcome, spool: RowSpool, *, is_new_row: bool, keep: bool) -> None:
    checked.read += is_new_row
    if isinstance(outcome, CheckedRow):
        checked.accepted += 1
        if keep:
            spool.add(outcome)
    elif isinstance(outcome, WithdrawnRow):
        checked.accepted += 1
        if keep:
            spool.withdraw(outcome)
    elif isinstance(outcome, Rejection):
        checked.rejected += is_new_row
        checked.reason_count += 1
        if len(checked.reasons) < MOST_KEPT:
            checked.reasons.append(outcome)
    else:
        checked.left_out[f"{outcome.record_type}: {outcome.reason}"] += 1


def latest_day(zones: Mapping[str, Sequence[ZoneSpell]], now: datetime) -> date:
    """The latest day that any of the sites' calendars shows; before there are any sites, any calendar of the world."""
    names = {spell.zone for spells in zones.values() for spell in spells}
    if not names:
        return now.astimezone(_EARLIEST_ZONE).date()
    return max(now.astimezone(UTC).astimezone(zone_named(name)).date() for name in names)


class _Place:
    """How far the reading is, in lines of the files; a file that serves several record types is read as often."""

    def __init__(self, mapping: ColumnMapping, files: Sequence[SourceFile]) -> None:
        self._lines = {
            file.name: _count_lines(file)
            for file in files
            if any(fits(file.name, pattern) for pattern in mapping.patterns())
            and not any(fits(file.name, pattern) for pattern in mapping.ignore)
        }
        self.total = sum(
            lines
            for table in mapping.tables
            for name, lines in self._lines.items()
            if table.file and fits(name, table.file)
        )
        self._before = 0
        self._at: tuple[str, str] | None = None
        self._line = 0

    def see(self, outcome: Outcome) -> None:
        """The reading has come to that row."""
        at = (outcome.record_type, outcome.file)
        if self._at is not None and (at != self._at or outcome.line < self._line):
            self._before += self._lines.get(self._at[1], 0)
        self._at, self._line = at, outcome.line

    @property
    def rows_read(self) -> int:
        """The lines read so far."""
        in_file = self._line if self._at is not None and self._at[1] in self._lines else 0
        return min(self._before + in_file, self.total)


def _count_lines(file: SourceFile) -> int:
    """About as many rows as the file has; line ends inside quotes are counted too."""
    lines = 0
    with file.open() as stream:
        while chunk := stream.read(_READ_AT_ONCE):
            lines += max(chunk.count(b"\n"), chunk.count(b"\r"))
    return lines
