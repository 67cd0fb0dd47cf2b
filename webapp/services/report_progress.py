"""How far the making of a report is, for the page that waits for it: rows read, pages drawn, files stored."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from webapp.services import report_runs
from webapp.services.run_queue import Claim

EVERY = timedelta(milliseconds=500)
"""Each word is a transaction of its own; the page asks every two seconds, and most reports are made in less than one."""


@dataclass
class Progress:
    """Says it to the ledger, at most twice a second. rows, pages, files: what is read, drawn and stored so far."""

    held: Claim
    clock: Callable[[], datetime]
    rows: int = 0
    pages: int = 0
    files: int = 0
    _told_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._told_at = self.clock()

    def read(self, rows: int) -> None:
        """So many rows have been read. Raises LeaseLost when the run is no longer held."""
        self.rows = rows
        self._tell("reading")

    def drew(self, *, pages: int | None = None, files: int | None = None) -> None:
        """So many pages have been drawn, or so many files stored. Raises as `read` does."""
        self.pages = self.pages if pages is None else pages
        self.files = self.files if files is None else files
        self._tell("drawing")

    def _tell(self, phase: str) -> None:
        now = self.clock()
        if now - self._told_at >= EVERY:
            self._told_at = now
            report_runs.note_progress(self.held, phase, self.rows, self.pages, self.files)
