"""Proof of stored reports: a file is drawn again from the kept tables and compared, and a damaged one is put back as it was."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Literal, get_args
from uuid import UUID

from webapp.artifacts import DamagedFile, file_store
from webapp.domain.scope import Scope
from webapp.presentation.renderers import FILE_KINDS, render, versions
from webapp.presentation.report_document import from_json
from webapp.queries.report_files import KeptFile, fetch_sample, get_kept_file
from webapp.services import audit
from webapp.transactions import reading

Outcome = Literal["equal", "repaired", "other versions", "altered tables", "different", "lost"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
FAULTS: tuple[Outcome, ...] = ("altered tables", "different", "lost")
"""equal: drawn again it has the same bytes, and the stored file has them too. repaired: the stored file had been damaged and has
them again. other versions: whole, but drawn by other versions than these, so there is nothing to compare. altered tables: the
kept tables are not those that were sealed. different: drawn again it differs. lost: damaged, and cannot be drawn as it was."""


def prove(scope: Scope, most: int) -> Counter[Outcome]:
    """Draw the files of at most so many stored reports again and compare; damaged files are put back where that is possible."""
    with reading(scope) as db:
        sample = fetch_sample(scope, db, most)
    drawn_by = versions()
    return Counter(_prove(scope, kept, drawn_by) for kept in sample)


def read_whole(scope: Scope, run_id: UUID, kind: str, stored_name: str, sha256: str) -> bytes:
    """A stored file's bytes. One that is torn, altered or gone is never handed out: it is drawn again from its kept tables.

    Raises DamagedFile where it cannot be drawn as it was.
    """
    try:
        return file_store().read(stored_name, sha256)
    except DamagedFile:
        with reading(scope) as db:
            kept = get_kept_file(scope, db, run_id, kind)
        if not _repair(scope, kept, _drawn(kept)):
            raise
    return file_store().read(stored_name, sha256)


def _prove(scope: Scope, kept: KeptFile, drawn_by: Mapping[str, str]) -> Outcome:
    if hashlib.sha256(kept.document).hexdigest() != kept.content_hash:
        return "altered tables"
    whole = _is_whole(kept)
    if whole and dict(kept.renderers) != drawn_by:
        return "other versions"
    content = _drawn(kept)
    if whole:
        return "equal" if hashlib.sha256(content).hexdigest() == kept.sha256 else "different"
    return "repaired" if _repair(scope, kept, content) else "lost"


def _is_whole(kept: KeptFile) -> bool:
    try:
        file_store().read(kept.stored_name, kept.sha256)
    except DamagedFile:
        return False
    return True


def _drawn(kept: KeptFile) -> bytes:
    kind = next(each for each in FILE_KINDS if each == kept.kind)
    return render(kind, from_json(kept.document))


def _repair(scope: Scope, kept: KeptFile, content: bytes) -> bool:
    """Put the file back under its own name, if what was drawn is what had been stored."""
    if hashlib.sha256(content).hexdigest() != kept.sha256:
        return False
    file_store().put_back(kept.stored_name, content)
    audit.record(
        scope, "repair a report file", f"report run {kept.run_id}, {kept.kind}", details={"sha256": kept.sha256}
    )
    return True
