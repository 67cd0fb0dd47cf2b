"""Raw files as they were sent: kept whole under a name of our own, and read again only while they are what was sent."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from webapp.artifacts import CHUNK, StoredFile, file_store
from webapp.domain.errors import BadInput
from webapp.domain.intake.csv_reading import SourceFile
from webapp.domain.scope import Scope
from webapp.queries.imports import ReceivedFile, fetch_uploaded_names
from webapp.transactions import reading

UPLOADS = "uploads"
LONGEST_NAME = 200


def plain_name(given: str) -> str:
    """The last part of a file's name as given, without what cannot be seen; it is shown, and never becomes a path."""
    last = given.replace("\\", "/").rpartition("/")[2]
    seen = "".join(character for character in last if unicodedata.category(character)[0] != "C")
    name = unicodedata.normalize("NFC", seen).strip()[-LONGEST_NAME:]
    if not name:
        raise BadInput("A file has no name; give it one that the column mapping reads, such as sessions.csv.")
    return name


def keep(scope: Scope, batch_id: UUID, place: int, chunks: Iterable[bytes]) -> StoredFile:
    """Keep one file of a batch."""
    return file_store().write(UPLOADS, scope.network_id, batch_id, place, "raw", chunks)


def chunks_of(stream: BinaryIO) -> Iterable[bytes]:
    """An open file, piece by piece."""
    while chunk := stream.read(CHUNK):
        yield chunk


def open_kept(files: Sequence[ReceivedFile]) -> list[SourceFile]:
    """The kept files of a batch, to be read. Raises BadInput when one is no longer what was sent."""
    require_unchanged(files)
    return [SourceFile(file.given_name, _opener(file_store().path(file.stored_name))) for file in files]


def require_unchanged(files: Sequence[ReceivedFile]) -> None:
    """Raise BadInput when a kept file is missing or no longer what was sent."""
    for file in files:
        digest = hashlib.sha256()
        try:
            with file_store().path(file.stored_name).open("rb") as stream:
                for chunk in chunks_of(stream):
                    digest.update(chunk)
        except FileNotFoundError:
            digest.update(b"missing")
        if digest.hexdigest() != file.sha256:
            raise BadInput(
                f"The kept copy of {file.given_name} is no longer what was sent, so nothing was stored. Send it again."
            )


def sweep(scope: Scope, before: datetime) -> int:
    """Remove the network's files that no batch names, such as those of an upload that broke off; returns how many.

    before: files written later are left alone, since their batch may be about to be entered.
    """
    with reading(scope) as db:
        named = fetch_uploaded_names(scope, db)
    return file_store().sweep(UPLOADS, scope.network_id, named, before)


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")
