"""Stored reports are proved by drawing them again; a damaged file is never handed out and is put back as it was."""

import hashlib
from collections import Counter
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from tests.commanding import dripline
from tests.conftest import NOW
from tests.reporting import run_ids, seen_by_lead, work_all
from webapp.artifacts import DamagedFile, file_store
from webapp.domain.role_urls import driver_url
from webapp.domain.scope import Scope
from webapp.presentation.renderers import FILE_KINDS, versions
from webapp.presentation.report_document import from_json
from webapp.queries.report_files import KeptFile, fetch_sample, get_kept_file
from webapp.services import report_proof, report_runs
from webapp.transactions import reading


@pytest.fixture
def made_reports(reporting: Scope) -> Scope:
    report_runs.reconcile_network(reporting, NOW)
    work_all()
    return reporting


def kept(scope: Scope, kind: str = "pdf") -> KeptFile:
    [run_id] = run_ids(scope)
    with reading(scope) as db:
        return get_kept_file(scope, db, run_id, kind)


def alter(environ: dict[str, str], assignment: str, run_id: UUID) -> None:
    """What only somebody with the database's own account can do."""
    engine = create_engine(driver_url(environ["DATABASE_URL"]))
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE report_run SET {assignment} WHERE id = :run"), {"run": run_id})
    engine.dispose()


def test_every_file_drawn_again_has_the_same_bytes(made_reports: Scope, environ: dict[str, str]) -> None:
    assert report_proof.prove(made_reports, 10) == Counter({"equal": 2 * len(FILE_KINDS)})
    assert report_proof.prove(made_reports, 1) == Counter({"equal": len(FILE_KINDS)})
    with reading(made_reports) as db:
        network = db.execute(text("SELECT slug FROM network")).scalar_one()
    assert "8 files: 8 equal" in dripline(environ, "reports", "verify", "--network", str(network)).stdout


def test_the_ledger_and_the_file_say_how_it_was_read_and_drawn(made_reports: Scope) -> None:
    file = kept(made_reports)
    document = from_json(file.document)
    with reading(made_reports) as db:
        row = db.execute(
            text("SELECT query_fingerprint, measures, data_version, content_hash FROM report_run WHERE id = :run"),
            {"run": file.run_id},
        ).one()
    assert row.query_fingerprint == document.query_fingerprint
    assert len(row.query_fingerprint) == 64
    assert row.measures == {each.measure: each.version for each in document.counted}
    assert row.measures["session_count"] >= 1
    assert row.content_hash == hashlib.sha256(file.document).hexdigest() == file.content_hash
    assert dict(file.renderers) == versions()
    shown = file_store().read(*_named(kept(made_reports, "csv"))).decode()
    assert row.query_fingerprint in shown and row.content_hash in shown


def test_two_reports_of_one_state_were_read_with_the_same_queries(made_reports: Scope) -> None:
    with reading(made_reports) as db:
        found = {from_json(each.document).query_fingerprint for each in fetch_sample(made_reports, db, 10)}
    assert len(found) == 1


@pytest.mark.parametrize("damage", ["cut", "gone", "changed"])
def test_a_damaged_file_is_put_back_as_it_was(made_reports: Scope, damage: str) -> None:
    file, lead = kept(made_reports), seen_by_lead(made_reports)
    path = file_store().path(file.stored_name)
    whole = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(whole[:-7] if damage == "cut" else whole.replace(b"%PDF-1.7", b"%PDF-1.6"))
    with pytest.raises(DamagedFile):
        file_store().read(*_named(file))
    assert report_proof.read_whole(lead, file.run_id, "pdf", *_named(file)) == whole
    assert path.read_bytes() == whole
    assert report_proof.prove(made_reports, 10)["equal"] == 2 * len(FILE_KINDS)


def test_what_cannot_be_drawn_as_it_was_is_never_handed_out(made_reports: Scope, environ: dict[str, str]) -> None:
    file = kept(made_reports)
    alter(environ, "document = replace(document, 'Riverside', 'Riverbank')", file.run_id)
    assert report_proof.prove(made_reports, 10)["altered tables"] == len(FILE_KINDS)
    file_store().path(file.stored_name).write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(DamagedFile):
        report_proof.read_whole(seen_by_lead(made_reports), file.run_id, "pdf", *_named(file))
    assert "files are not as they were made" in dripline(environ, "reports", "verify", exit_code=1).output
    alter(environ, "document = replace(document, 'Riverbank', 'Riverside')", file.run_id)
    assert report_proof.prove(made_reports, 10)["repaired"] == 1


def test_files_of_other_versions_are_named_and_not_compared(
    made_reports: Scope, environ: dict[str, str], app: Flask
) -> None:
    file = kept(made_reports)
    alter(environ, 'renderers = \'{"typst": "0.1"}\'', file.run_id)
    assert report_proof.prove(made_reports, 10)["other versions"] == len(FILE_KINDS)


def _named(file: KeptFile) -> tuple[str, str]:
    return file.stored_name, file.sha256
