"""An open list of inspections through its shipped mapping: every number equals a recount of the raw file."""

import csv
from datetime import date
from pathlib import Path
from uuid import uuid4

from flask import Flask

from tests.accredited import person
from tests.commanding import dripline
from webapp.domain.vocabulary import Role, Standing
from webapp.queries.accreditation import fetch_matrix
from webapp.services import people
from webapp.transactions import reading


def test_an_open_list_of_inspections_loads_as_their_history(
    app: Flask, environ: dict[str, str], shared_data: Path
) -> None:
    folder, name = shared_data / "cqc_trafford", f"cqc-{uuid4().hex[:8]}"
    with (folder / "trafford_care_homes.csv").open(encoding="utf-8", newline="") as stream:
        homes = list(csv.DictReader(stream))
    dripline(environ, "add-network", name)
    arguments = ("import", "--network", name, "--mapping", "cqc_trafford", str(folder / "trafford_care_homes.csv"))
    assert "Stored" in dripline(environ, *arguments).output
    scope = person(people.network_scope(people.get_network(name)), Role.COMPLIANCE)
    inspected = {home["cqc_id"]: home["inspection_date"] for home in homes if home["inspection_date"] != "NA"}
    assert 0 < len(inspected) < len(homes)
    for on in (date(2020, 1, 1), date(2024, 6, 30), date(2026, 11, 22)):
        with reading(scope) as db:
            found = {c.site.code: c.held for c in fetch_matrix(scope, db, on) if c.programme.code == "cqc_inspection"}
        assert len(found) == len(homes)
        standing = {code for code, held in found.items() if held.standing is Standing.ACCREDITED}
        assert standing == {code for code, day in inspected.items() if date.fromisoformat(day) <= on}
        assert {str(found[code].since) for code in standing} == {inspected[code] for code in standing}
