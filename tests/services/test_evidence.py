"""Evidence: kept with its hash, found out when it is no longer what was sent, held, and disposed of only after its time."""

import io
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from tests.accredited import accredited_network, person
from tests.conftest import NOW
from webapp.artifacts import DamagedFile, file_store
from webapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from webapp.domain.filters import parse_filters
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.attention import fetch_attention
from webapp.queries.findings import EvidenceLine, fetch_evidence, get_evidence
from webapp.queries.pages.ground import Ground
from webapp.services import answers, evidence, nightly
from webapp.services.people import network_scope
from webapp.transactions import reading

PDF = b"%PDF-1.7\nendobj\n%%EOF\n"
TODAY = NOW.date()


@pytest.fixture
def scope(app: Flask) -> Scope:
    return accredited_network(NOW)


def keep(scope: Scope, site: str = "RIV", **more: object) -> UUID:
    given = evidence.Given(site, **more)  # type: ignore[arg-type]  # named parts of it
    return evidence.keep(scope, "C:\\scans\\licence.pdf", io.BytesIO(PDF), len(PDF), given, NOW)


def line(scope: Scope, evidence_id: UUID) -> EvidenceLine:
    with reading(scope) as db:
        return get_evidence(scope, db, evidence_id)


def attention(scope: Scope) -> list[tuple[str, str, str]]:
    """What the overview says of compliance: site, sentence, page."""
    filters, _ = parse_filters("", (), TODAY)
    with reading(scope) as db:
        items = fetch_attention(Ground(scope, db, filters, TODAY)).items
    return [(item.site.code, item.sentence, item.page) for item in items if item.kind == "Compliance"]


def test_a_file_is_kept_whole_under_a_name_of_our_own(scope: Scope) -> None:
    evidence_id = keep(scope)
    found, content = evidence.open_evidence(scope, evidence_id)
    assert (content, found.given_name, found.media_type) == (PDF, "licence.pdf", "application/pdf")
    assert "licence" not in found.stored_name and found.stored_name.startswith("evidence/")
    with reading(scope) as db:
        noted = db.execute(text("SELECT count(*) FROM audit_event WHERE action = 'download'")).scalar_one()
    assert noted == 1


def test_the_nightly_check_finds_what_is_no_longer_what_was_sent(scope: Scope) -> None:
    whole, changed, missing = keep(scope), keep(scope), keep(scope)
    tomorrow, later = NOW + timedelta(hours=21), NOW + timedelta(hours=42)
    system = network_scope(scope.network_id)
    assert evidence.recheck(system, NOW + timedelta(hours=1)) == 0
    assert line(scope, whole).checked_at is None
    assert evidence.recheck(system, tomorrow) == 0
    file_store().path(line(scope, changed).stored_name).write_bytes(PDF + b"x")
    file_store().remove(line(scope, missing).stored_name)
    assert evidence.recheck(system, tomorrow + timedelta(minutes=1)) == 0
    assert evidence.recheck(system, later) == 2
    assert [line(scope, one).outcome for one in (whole, changed, missing)] == ["whole", "changed", "missing"]
    with pytest.raises(DamagedFile):
        evidence.open_evidence(scope, changed)
    told = "**2 evidence files** are missing or no longer what was stored."
    assert attention(scope) == attention(person(scope, Role.MANAGER)) == [("RIV", told, "evidence")]
    assert attention(person(scope, Role.SITE_LEAD, ["NGT"])) == attention(person(scope, Role.VIEWER)) == []
    with reading(scope) as db:
        since = db.execute(text("SELECT since FROM evidence_check WHERE evidence_id = :id"), {"id": whole}).scalar_one()
    assert since == tomorrow


def test_nothing_goes_before_its_time_or_under_a_hold(scope: Scope) -> None:
    yesterday = TODAY - timedelta(days=1)
    old, young, endless = keep(scope, keep_until=yesterday), keep(scope, keep_until=TODAY), keep(scope)
    for one in (young, endless):
        with pytest.raises(Conflict, match="has not passed"):
            evidence.dispose(scope, one, "Its time.", NOW)
    evidence.set_hold(scope, old, True, "A claim.", NOW)
    assert line(scope, old).held
    with pytest.raises(Conflict, match="already"):
        evidence.set_hold(scope, old, True, "A claim.", NOW)
    with pytest.raises(Conflict, match="legal hold"):
        evidence.dispose(scope, old, "Its time.", NOW)
    evidence.set_hold(scope, old, False, "The claim is settled.", NOW + timedelta(hours=1))
    with pytest.raises(BadInput, match="reason"):
        evidence.dispose(scope, old, " ", NOW)
    evidence.dispose(scope, old, "Its time has passed.", NOW + timedelta(hours=2))
    gone = line(scope, old)
    assert gone.disposed and gone.sha256 and not file_store().path(gone.stored_name).exists()
    with pytest.raises(Conflict, match="disposed"):
        evidence.open_evidence(scope, old)
    assert evidence.recheck(network_scope(scope.network_id), NOW + timedelta(days=2)) == 0


def test_trouble_with_one_networks_files_does_not_keep_the_others_from_being_checked(
    scope: Scope, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As where a network's folder cannot be read: each of the two is first in one of the nights."""
    another = accredited_network(NOW)
    files = {one.network_id: (one, keep(one)) for one in (scope, another)}
    check = evidence.recheck
    for night, broken in enumerate(files, 1):

        def recheck(seeing: Scope, now: datetime, broken: UUID = broken) -> int:
            if seeing.network_id == broken:
                raise PermissionError("the folder cannot be read")
            return check(seeing, now)

        monkeypatch.setattr(evidence, "recheck", recheck)
        at = NOW + timedelta(days=night)
        nightly.look_after(at)
        (other,) = (files[one] for one in files if one != broken)
        assert line(*other).checked_at == at
        assert str(broken) in caplog.text


def test_files_that_no_row_names_are_cleared_away(scope: Scope) -> None:
    kept = line(scope, keep(scope)).stored_name
    orphan = file_store().write("evidence", scope.network_id, uuid4(), 0, "pdf", [PDF]).stored_name
    assert evidence.sweep(network_scope(scope.network_id), NOW + timedelta(days=3650)) == 1
    assert file_store().path(kept).exists() and not file_store().path(orphan).exists()


def test_who_may_do_what(scope: Scope) -> None:
    evidence_id = keep(scope)
    lead, viewer = person(scope, Role.SITE_LEAD, ["NGT"]), person(scope, Role.VIEWER)
    with pytest.raises(NotAllowed):
        keep(viewer)
    with pytest.raises(NotFound):
        keep(lead, "RIV")
    with pytest.raises(NotFound):
        evidence.open_evidence(lead, evidence_id)
    own = keep(lead, "NGT")
    with reading(lead) as db:
        assert [one.id for one in fetch_evidence(lead, db)] == [own]
    with pytest.raises(NotAllowed):
        evidence.set_hold(lead, own, True, "Mine.", NOW)
    with pytest.raises(NotAllowed):
        evidence.dispose(lead, own, "Mine.", NOW)


def test_what_is_said_of_a_file_must_fit(scope: Scope) -> None:
    (finding_id,) = answers.raise_finding(scope, ["NGT"], None, "survey", "minor", "Found.", TODAY, NOW)
    with pytest.raises(BadInput, match="another site"):
        keep(scope, finding_id=finding_id)
    with pytest.raises(BadInput, match="before the first"):
        keep(scope, covers_from=TODAY, covers_until=TODAY - timedelta(days=1))
    with pytest.raises(NotFound):
        keep(scope, criterion=("certified", "none"))
