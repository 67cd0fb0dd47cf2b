"""The network's line gives nobody away: not on the page, not in its file, not in a stored report, however the reader subtracts."""

import csv
import importlib
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import Clock, make_network, store
from tests.queries.pages.recounted import page_tables
from tests.reporting import site, site_ids
from tests.rules.databases import as_owner
from tests.signing_in import signed_in
from webapp import migrations
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.reports import build_document
from webapp.services.verification import verify
from webapp.transactions import over_reach, reading

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
SEARCH = "?from=2026-10-01&to=2026-10-31"
Treated = tuple[str, str, bool]
"""One screened session of October: the site, the patient, and whether there was a side effect."""


@pytest.fixture
def app(session_app: Flask, clock: Clock) -> Flask:
    """The application outside any context: each request must find out anew who is asking."""
    return session_app


def both_ways(code: str, patients: Sequence[str]) -> list[Treated]:
    """Each patient once with a side effect and once without."""
    return [(code, patient, affected) for patient in patients for affected in (True, False)]


def spread(codes: Sequence[str], many: int) -> list[Treated]:
    """So many patients, both ways, over those sites in turn."""
    return [row for n in range(many) for row in both_ways(codes[n % len(codes)], [f"other {n}"])]


def network_of(treated: Sequence[Treated]) -> Scope:
    """A network in which exactly that happened; the scope of a manager who sees it all."""
    scope = make_network(NOW)
    records: dict[str, list[dict[str, Any]]] = {
        "sites": [site(code, code, "UTC") for code in dict.fromkeys(code for code, *_ in treated)],
        "courses": [],
        "sessions": [],
        "screens": [],
        "side_effects": [],
    }
    for n, (code, patient, affected) in enumerate(treated):
        on = OCTOBER.start_on + timedelta(days=n % 28)
        key = f"{n}"
        said = {"indication": "depression", "product": "ketamine_iv"}
        records["courses"].append({"key": key, "site": code, "patient": patient, **said})
        given = {"status": "completed", "phase": "induction", "started_on": on, "on_date": on, "local_hour": 11}
        records["sessions"].append({"key": key, "course": key, "site": code, **given})
        records["screens"].append({"key": key, "session": key, "asked_how": "solicited"})
        if affected:
            effect = {"term": "nausea", "severity": 1, "serious": "no"}
            records["side_effects"].append({"key": key, "session": key, **effect})
    store(scope, records, NOW)
    return replace(scope, site_ids=frozenset(site_ids(scope).values()))


def lead(scope: Scope, codes: Sequence[str]) -> Scope:
    known = site_ids(scope)
    return Scope(scope.network_id, uuid4(), Role.SITE_LEAD, frozenset(known[code] for code in codes))


def page_line(scope: Scope, code: str) -> object:
    """October's point of the network's line on the page of one site; None where there is none."""
    table = page_tables(scope, "site", f"{SEARCH}&site={code}")["side_effects_by_month"]
    return table.column("network")[-1] if "network" in [column.key for column in table.columns] else None


def file_line(app: Flask, scope: Scope, codes: Sequence[str]) -> object:
    """The same point in the file that a new lead of those sites downloads, looking at the first of them."""
    client = signed_in(app, scope, Role.SITE_LEAD, *codes)
    answer = client.get(f"/download/site/side_effects_by_month.csv{SEARCH}&site={codes[0]}")
    assert answer.status_code == 200
    lines = [line for line in csv.reader(io.StringIO(answer.text)) if line]
    labels = next(line for line in lines if line[0] == "Month")
    last = [line for line in lines if line[0].startswith("2026-10")][-1]
    return float(last[labels.index("Network")]) if "Network" in labels else None


def report_labels(scope: Scope, code: str) -> set[str]:
    """Every column of a site's October report."""
    narrowed = scope.narrow([site_ids(scope)[code]])
    with reading(narrowed) as db:
        document = build_document(narrowed, db, site_ids(scope)[code], OCTOBER)
    return {column.label for panel in document.panels for column in panel.table.columns}


@pytest.mark.parametrize("own", [("S1",), ("S1", "S2", "S3", "S4")])
@pytest.mark.parametrize("others", [2, 3, 4])
@pytest.mark.parametrize("patients", [10, 11])
def test_a_lead_sees_the_line_of_enough_other_sites_and_patients(
    app: Flask, own: Sequence[str], others: int, patients: int
) -> None:
    ours = [row for code in own for row in both_ways(code, [f"{code} {n}" for n in range(12)])]
    with app.app_context():
        scope = network_of([*ours, *spread([f"T{n}" for n in range(others)], patients)])
        reader = lead(scope, own)
        enough = others >= 3 and patients >= 11
        assert page_line(reader, "S1") == (0.5 if enough else None)
        assert "Network" not in report_labels(scope, "S1")
    assert file_line(app, scope, own) == (0.5 if enough else None)


def test_a_lead_who_looks_at_one_of_four_sites_cannot_work_out_the_fifth(app: Flask) -> None:
    own = ("S1", "S2", "S3", "S4")
    ours = [(code, f"{code} {n}", False) for code in own for n in range(12)]
    with app.app_context():
        scope = network_of([*ours, *(("S5", f"S5 {n}", n < 3) for n in range(12))])
        assert [page_line(lead(scope, own), code) for code in own] == [None] * 4
        assert page_line(scope, "S1") is None  # the manager's page leaves out few patients as well
        with reading(scope) as db:
            assert not any(found.differing for found in verify(scope, db))
    assert file_line(app, scope, own) is None


@pytest.mark.parametrize(
    ("affected", "unaffected", "is_shown"), [(11, 11, True), (10, 12, False), (12, 10, False), (0, 12, True)]
)
def test_few_patients_behind_the_numerator_or_the_rest_hide_the_line(
    app: Flask, affected: int, unaffected: int, is_shown: bool
) -> None:
    others = [(f"T{n % 3}", f"other {n}", n < affected) for n in range(affected + unaffected)]
    with app.app_context():
        scope = network_of([*both_ways("S1", ["one"]), *others])
        assert (page_line(lead(scope, ["S1"]), "S1") is not None) == is_shown


def test_a_patient_who_is_also_treated_at_ones_own_site_does_not_stand_for_the_others(app: Flask) -> None:
    with app.app_context():
        theirs = spread(["T0", "T1", "T2"], 11)
        alone = network_of([*both_ways("S1", ["one"]), *theirs])
        shared = network_of([*both_ways("S1", ["one", "other 3"]), *theirs])
        assert page_line(lead(alone, ["S1"]), "S1") == 0.5
        assert page_line(lead(shared, ["S1"]), "S1") is None


def test_a_site_without_a_session_of_the_month_is_no_other_site_and_no_own_one(app: Flask) -> None:
    with app.app_context():
        scope = network_of([*both_ways("S1", ["one"]), *spread(["T0", "T1", "T2"], 11)])
        store(scope, {"sites": [site("S2", "S2", "UTC"), site("T3", "T3", "UTC")]}, NOW, "later")
        assert page_line(lead(scope, ["S1", "S2"]), "S1") == 0.5
        assert page_line(lead(scope, ["S1", "T0"]), "S1") is None


def test_the_rows_of_the_wider_reach_are_closed_again(app: Flask) -> None:
    with app.app_context():
        scope = network_of([*both_ways("S1", ["one"]), *both_ways("S2", ["two"])])
        narrowed = lead(scope, ["S1", "S2"]).narrow([site_ids(scope)["S1"]])
        assert narrowed.reach == lead(scope, ["S1", "S2"]).site_ids
        assert narrowed.fingerprint != replace(narrowed, narrowed_from=None).fingerprint
        with reading(narrowed) as db:
            count = text("SELECT count(*) FROM session_version")
            before = db.execute(count).scalar_one()
            with over_reach(narrowed, db):
                within = db.execute(count).scalar_one()
            assert (before, within, db.execute(count).scalar_one()) == (2, 4, 2)


def test_the_migration_counts_the_patients_of_lines_that_stood_before_it(
    app: Flask, settings: dict[str, object]
) -> None:
    with app.app_context():
        scope = network_of(
            [*both_ways("S1", ["one"]), ("S1", "two", True), ("S2", "one", False), ("S2", "three", False)]
        )
    versions = Path(migrations.__file__).parent / "versions"
    (name,) = (path.stem for path in versions.glob("*_patients_behind_a_line.py"))
    step = importlib.import_module(f"webapp.migrations.versions.{name}")
    with as_owner(str(settings["DATABASE_URL"])) as owner:
        for table in (*step.FACTS, "network_month"):
            owner.execute(text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
        owner.execute(text("CREATE TEMPORARY TABLE stood AS SELECT * FROM network_month"))
        owner.execute(text("UPDATE network_month SET patients_with = 0, patients_without = 0"))
        for statement in (step.ALL_WITH, step.COUNTED_ANEW):
            owner.execute(text(statement))
        before, after = (
            f"(SELECT * FROM {table} WHERE network_id = :network)"  # others' lines may wait to be counted anew
            for table in ("stood", "network_month")
        )
        differing = f"({before} EXCEPT {after}) UNION ALL ({after} EXCEPT {before})"
        rows, different = owner.execute(
            text(f"SELECT (SELECT count(*) FROM {before} s WHERE patients_without > 0), count(*) FROM ({differing}) d"),
            {"network": scope.network_id},
        ).one()
        owner.rollback()
    assert rows > 0 and different == 0
