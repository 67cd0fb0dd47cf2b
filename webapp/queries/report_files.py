"""The files of stored reports with what they were drawn from: for proving them, and for drawing a damaged one again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from webapp.domain.errors import NotFound
from webapp.domain.scope import Scope

_FILES = (
    "SELECT a.run_id, a.format, a.stored_name, a.sha256, r.document, r.content_hash, r.renderers FROM artifact a"
    " JOIN report_run r ON r.network_id = a.network_id AND r.id = a.run_id"
    " WHERE a.network_id = :network AND r.document IS NOT NULL AND r.files_removed_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One stored file. document: canonical JSON of its report. renderers: the versions that drew it, empty where none were kept."""

    run_id: UUID
    kind: str
    stored_name: str
    sha256: str
    document: bytes
    content_hash: str
    renderers: Mapping[str, str]


def get_kept_file(scope: Scope, db: Session, run_id: UUID, kind: str) -> KeptFile:
    """One file of a stored run within the scope. Raises NotFound."""
    row = db.execute(
        text(f"{_FILES} AND a.run_id = :run AND a.format = :format"),
        {"network": scope.network_id, "run": run_id, "format": kind},
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such report, or none that you can see.")
    return _kept(row)


def fetch_sample(scope: Scope, db: Session, most: int) -> list[KeptFile]:
    """Every file of at most so many stored runs: the same ones each time, spread over all months and sites."""
    chosen = (
        "SELECT id FROM report_run WHERE network_id = :network AND document IS NOT NULL AND files_removed_at IS NULL"
        " ORDER BY md5(CAST(id AS text)) LIMIT :most"
    )
    rows = db.execute(
        text(f"{_FILES} AND a.run_id IN ({chosen}) ORDER BY a.run_id, a.format"),
        {"network": scope.network_id, "most": most},
    )
    return [_kept(row) for row in rows]


def _kept(row: Row[Any]) -> KeptFile:
    return KeptFile(
        row.run_id,
        row.format,
        row.stored_name,
        row.sha256,
        str(row.document).encode(),
        row.content_hash,
        row.renderers or {},
    )
