"""The store of files: report files and raw uploads, each whole or absent, checked by its hash whenever it is read.

A file is written under a temporary name, flushed to the disk and only then given its own. Its name is made of ids, a lease
token and its hash; nothing that a person typed ever becomes part of a path.
"""

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from flask import current_app

from webapp import faults
from webapp.domain.errors import DriplineError

REPORTS = "reports"
CHUNK = 1024 * 1024
_NAME = re.compile(r"[a-z]+/[0-9a-f]{32}/[0-9a-f]{2}/[0-9a-z.-]{1,150}", re.ASCII)
_TEMPORARY = ".part"


class DamagedFile(DriplineError):
    """A stored file is missing or no longer what was stored: it is never handed out."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where a file stands below the store's folder, its SHA-256 in hex and its size in bytes."""

    stored_name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class FileStore:
    """All stored files of one installation, below one folder: `<kind>/<network>/<two digits>/<owner>-<token>-<hash>.<ending>`."""

    root: Path

    def write(
        self, kind: str, network_id: UUID, owner_id: UUID, token: int, ending: str, chunks: Iterable[bytes]
    ) -> StoredFile:
        """Store a file of one owner (a run, a batch). It survives a crash of the machine once this returns.

        kind: `reports` or `uploads`. token: the lease under which it was made, so that two makers never share a name.
        Raises OSError when the disk is full or read-only; nothing is left under the final name then.
        """
        folder = self.root / kind / network_id.hex / owner_id.hex[:2]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = folder / f"{owner_id.hex}-{uuid4().hex}{_TEMPORARY}"
        try:
            digest, size = _write_through(temporary, chunks)
            if kind == REPORTS:
                faults.reached("report.3.half_written")
            final = folder / f"{owner_id.hex}-{token}-{digest[:16]}.{ending}"
            os.replace(temporary, final)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        if kind == REPORTS:
            faults.reached("report.4.renamed")
        _flush_folder(folder)
        return StoredFile(final.relative_to(self.root).as_posix(), digest, size)

    def put_back(self, stored_name: str, content: bytes) -> None:
        """Write a damaged file again under the name that it had; whole or not at all. Raises OSError as `write` does."""
        final = self.path(stored_name)
        final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = final.with_name(f"{uuid4().hex}{_TEMPORARY}")
        try:
            _write_through(temporary, [content])
            os.replace(temporary, final)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        _flush_folder(final.parent)

    def read(self, stored_name: str, sha256: str) -> bytes:
        """The file, whole. Raises DamagedFile when it is missing, cut short or changed."""
        try:
            content = self.path(stored_name).read_bytes()
        except OSError as error:
            raise DamagedFile(_DAMAGED) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DamagedFile(_DAMAGED)
        return content

    def path(self, stored_name: str) -> Path:
        """Where the file stands, for reading it piece by piece. Raises DamagedFile for a name that is none of ours."""
        if not _NAME.fullmatch(stored_name):
            raise DamagedFile(_DAMAGED)
        return self.root / stored_name

    def remove(self, stored_name: str) -> None:
        """Take a file away that no row names; one that is already gone is no error."""
        self.path(stored_name).unlink(missing_ok=True)

    def sweep(self, kind: str, network_id: UUID, kept: Collection[str], before: datetime) -> int:
        """Remove the files of one network that no row names and that were last written before that instant; returns how many."""
        orphans = [
            path
            for path in _files(self.root / kind / network_id.hex)
            if path.relative_to(self.root).as_posix() not in kept and _written_at(path) < before
        ]
        for path in orphans:
            path.unlink(missing_ok=True)
        return len(orphans)


_DAMAGED = (
    "This file no longer passes its check and is not handed out. Tell your operator; the report can be made again."
)


def file_store() -> FileStore:
    """The store of the running application."""
    return FileStore(Path(current_app.config["ARTIFACT_DIR"]))


def _write_through(path: Path, chunks: Iterable[bytes]) -> tuple[str, int]:
    """Write and flush to the disk; returns SHA-256 and size."""
    digest, size = hashlib.sha256(), 0
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def _flush_folder(folder: Path) -> None:
    """A new name is safe only when its folder has been flushed as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else iter(())


def _written_at(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.max.replace(tzinfo=UTC)
