"""Checked rows on their way to the database: laid out as they are staged, and kept aside until all of a batch is checked."""

import pickle
from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, Self

from webapp.domain.intake.row_checks import CheckedRow, WithdrawnRow
from webapp.domain.records import BY_NAME, Field
from webapp.services.staging import StagedRow

IN_MEMORY = 16 * 1024 * 1024
"""Bytes of a record type's rows that are kept in memory; more of them go to disk."""
AT_ONCE = 2_000

Pseudonyms = Callable[[str], str]
_Values = dict[str, Any]
_Part = Callable[[_Values], tuple[Any, ...]]


def layout(record_type: str, pseudonym_of: Pseudonyms) -> Callable[[CheckedRow], StagedRow]:
    """How a checked row of that type is laid out: its key, then `staging.staged_columns` in order."""
    parts = [_part(field, pseudonym_of) for field in BY_NAME[record_type].fields if field.kind != "key"]
    if record_type == "sessions":
        parts.append(lambda values: (values["on_date"], values["local_hour"]))

    def lay_out(row: CheckedRow) -> StagedRow:
        staged: list[Any] = [row.key]
        for part in parts:
            staged += part(row.values)
        return tuple(staged)

    return lay_out


def _part(field: Field, pseudonym_of: Pseudonyms) -> _Part:
    """The one or two cells of a field."""
    name = field.name
    if field.kind in ("day_or_instant", "pressure"):
        # A Moment is (day, instant), a pressure (systolic, diastolic): both as the columns stand.
        return lambda values: values[name] or (None, None)
    if name == "patient":
        return lambda values: (pseudonym_of(values[name]),)
    return lambda values: (values[name],)


class RowSpool:
    """The accepted rows of one batch, by record type, in order. Whatever went to disk is gone when the block ends."""

    def __init__(self, pseudonym_of: Pseudonyms) -> None:
        self._pseudonym_of = pseudonym_of
        self._layouts: dict[str, Callable[[CheckedRow], StagedRow]] = {}
        self._waiting: dict[str, list[StagedRow]] = {}
        self._files: dict[str, SpooledTemporaryFile[bytes]] = {}
        self._withdrawn: dict[str, list[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all rows."""
        for file in self._files.values():
            file.close()
        self._files.clear()
        self._waiting.clear()
        self._withdrawn.clear()

    def add(self, row: CheckedRow) -> None:
        """Keep one row."""
        kind = row.record_type
        if kind not in self._waiting:
            self._layouts[kind] = layout(kind, self._pseudonym_of)
            self._waiting[kind] = []
            self._files[kind] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed by `clear`
        waiting = self._waiting[kind]
        waiting.append(self._layouts[kind](row))
        if len(waiting) >= AT_ONCE:
            self._put_aside(kind)

    def withdraw(self, row: WithdrawnRow) -> None:
        """Keep the key of a record that is withdrawn."""
        self._withdrawn.setdefault(row.record_type, []).append(row.key)

    def withdrawn(self) -> dict[str, list[str]]:
        """The keys of withdrawn records, by record type."""
        return dict(self._withdrawn)

    def rows(self) -> dict[str, Iterator[StagedRow]]:
        """The rows of each record type that has any, to be read once."""
        for kind in self._waiting:
            self._put_aside(kind)
        return {kind: self._read(kind) for kind in self._files}

    def _put_aside(self, kind: str) -> None:
        if self._waiting[kind]:
            pickle.dump(self._waiting[kind], self._files[kind], pickle.HIGHEST_PROTOCOL)
            self._waiting[kind] = []

    def _read(self, kind: str) -> Iterator[StagedRow]:
        file = self._files[kind]
        file.seek(0)
        while True:
            try:
                piece: list[StagedRow] = pickle.load(file)  # noqa: S301  # a nameless file that only this process writes
            except EOFError:
                return
            yield from piece
