"""Sends files as a person or a program does, for the tests of the import: CSV text in, a settled batch out."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from tests.conftest import NOW
from webapp.domain.intake.mapping import ColumnMapping
from webapp.domain.intake.shipped import shipped_mapping
from webapp.domain.intake.snapshot import Snapshot
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.imports import BatchLine, RejectedLine, fetch_rejected, get_batch
from webapp.services.import_batches import SentFile, receive, work
from webapp.transactions import reading

Row = Mapping[str, object]


def csv_text(rows: Sequence[Row]) -> bytes:
    """Rows as a CSV file with every column that any of them has."""
    target = io.StringIO(newline="")
    columns = dict.fromkeys(name for row in rows for name in row)
    writer = csv.DictWriter(target, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue().encode()


def sent(files: Mapping[str, bytes | Sequence[Row]]) -> list[SentFile]:
    """Files by their names, given as bytes or as rows."""
    return [SentFile(name, [data if isinstance(data, bytes) else csv_text(data)]) for name, data in files.items()]


def send(
    scope: Scope,
    files: Mapping[str, bytes | Sequence[Row]],
    mapping: ColumnMapping | str = "dripline",
    *,
    accept_good_rows: bool = False,
    snapshot: Snapshot | None = None,
    now: datetime = NOW,
) -> BatchLine:
    """Send files and have them worked on; the batch as it ended."""
    chosen = shipped_mapping(mapping) if isinstance(mapping, str) else mapping
    batch_id = receive(scope, sent(files), chosen, accept_good_rows, now, snapshot=snapshot, queue=False)
    assert work(scope.network_id, batch_id, lambda: now)
    return batch_of(scope, batch_id)


def batch_of(scope: Scope, batch_id: UUID) -> BatchLine:
    """A batch as its page shows it."""
    with reading(scope) as db:
        return get_batch(scope, db, batch_id)


def reasons(scope: Scope, batch: BatchLine) -> list[RejectedLine]:
    """Why rows of a batch were not taken."""
    with reading(scope) as db:
        return fetch_rejected(scope, db, batch.id)


def lead_of(scope: Scope, *codes: str, user_id: UUID | None = None) -> Scope:
    """A site lead of those sites of the network."""
    with reading(scope) as db:
        ids = db.execute(text("SELECT id FROM site WHERE code = ANY (:codes)"), {"codes": list(codes)}).scalars()
        return Scope(scope.network_id, user_id or UUID(int=7), Role.SITE_LEAD, frozenset(ids))


def site(code: str = "RIV", **more: object) -> Row:
    """A site of our own format."""
    return {"key": code, "name": f"Site {code}", "zone": "America/New_York", **more}


def course(key: str = "C1", code: str = "RIV", **more: object) -> Row:
    """A course of our own format."""
    return {
        "key": key,
        "site": code,
        "patient": f"patient {key}",
        "indication": "depression",
        "product": "ketamine_iv",
        **more,
    }


def session(
    key: str, course_key: str = "C1", code: str = "RIV", started_at: str = "2026-03-02T10:00", **more: object
) -> Row:
    """A delivered session of our own format."""
    return {
        "key": key,
        "course": course_key,
        "site": code,
        "status": "completed",
        "phase": "induction",
        "started_at": started_at,
        **more,
    }


def clinic(code: str = "RIV", sessions: int = 6) -> dict[str, bytes | Sequence[Row]]:
    """The files of one site with one course."""
    return {
        "sites.csv": [site(code)],
        "courses.csv": [course(f"{code}-C", code)],
        "sessions.csv": [
            session(f"{code}-{n}", f"{code}-C", code, f"2026-03-{2 + 3 * n:02d}T10:00") for n in range(sessions)
        ],
    }
