"""The matrix of sites by criteria, against each site's and criterion's own records read plainly and replayed by the pure function."""

import random
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from tests.accredited import accredited_network
from tests.conftest import NOW
from webapp.domain.criteria import Assessment, CriterionText, found_on
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Verdict
from webapp.queries.criteria import fetch_criteria, fetch_criteria_matrix
from webapp.services import programmes
from webapp.transactions import reading, unit_of_work

FIRST = date(2026, 3, 1)
CODES = ("escort", "drill", "rooms")


def assess_at_random(scope: Scope, chance: random.Random, many: int) -> None:
    """Assessments of every version, some ended before they began, some corrected, some struck out, some corrections corrected."""
    with reading(scope) as db:
        criteria = [one.id for one in fetch_criteria(scope, db) if one.code in CODES]
    made: list[tuple[UUID, UUID, UUID]] = []
    rows: list[dict[str, Any]] = []
    for _ in range(many):
        replaced = chance.choice(made) if made and chance.random() < 0.25 else None
        site, criterion = replaced[1:] if replaced else (chance.choice(sorted(scope.site_ids)), chance.choice(criteria))
        on = FIRST + timedelta(days=chance.randrange(12))
        verdicts = [*(one.value for one in Verdict), *([None] if replaced else [])]
        rows.append(
            {
                "network": scope.network_id,
                "id": uuid4(),
                "site": site,
                "criterion": criterion,
                "verdict": chance.choice(verdicts),
                "on": on,
                "until": on + timedelta(days=chance.randrange(-1, 9)) if chance.random() < 0.5 else None,
                "replaces": replaced[0] if replaced else None,
                "at": NOW + timedelta(minutes=chance.randrange(8)),
                "by": scope.user_id,
            }
        )
        made.append((rows[-1]["id"], site, criterion))
    with unit_of_work(scope) as db:
        for row in rows:
            db.execute(
                text(
                    "INSERT INTO criterion_assessment (network_id, id, site_id, criterion_id, verdict, assessed_on, until, replaces_id,"
                    " recorded_at, recorded_by) VALUES (:network, :id, :site, :criterion, :verdict, :on, :until, :replaces, :at, :by)"
                ),
                row,
            )


def plainly(scope: Scope) -> dict[tuple[UUID, str], list[Assessment]]:
    """Every record, by site and code."""
    with reading(scope) as db:
        criteria = {one.id: one for one in fetch_criteria(scope, db)}
        found: dict[tuple[UUID, str], list[Assessment]] = {}
        for site, criterion, *said in db.execute(
            text(
                "SELECT site_id, criterion_id, id, verdict, assessed_on, until, recorded_at, replaces_id FROM criterion_assessment"
            )
        ):
            record_id, verdict, on, until, at, replaces = said
            one = criteria[criterion]
            assessment = Assessment(
                record_id, one.version, Verdict(verdict) if verdict else None, on, until, at, replaces
            )
            found.setdefault((site, one.code), []).append(assessment)
    return found


@pytest.mark.parametrize("many", [30, 90], ids=["few", "many"])
def test_every_cell_is_what_a_replay_of_its_own_records_gives(app: Flask, many: int) -> None:
    scope = accredited_network(NOW)
    for code in CODES:
        programmes.say_criterion(scope, "certified", code, CriterionText(code, "Anything."), None, NOW)
    programmes.say_criterion(scope, "certified", "drill", CriterionText("Drill", "Anew."), FIRST, NOW)
    assess_at_random(scope, random.Random(many), many)
    recorded = plainly(scope)
    told = set()
    instants: list[datetime | None] = [None, NOW + timedelta(minutes=3), NOW - timedelta(minutes=1)]
    for known_at in instants:
        for day in range(-1, 22, 2):
            on = FIRST + timedelta(days=day)
            with reading(scope) as db:
                (cells,) = (
                    cells
                    for programme, cells in fetch_criteria_matrix(scope, db, on, known_at).items()
                    if programme.code == "certified"
                )
            assert len(cells) == len(scope.site_ids) * len({cell.asked.code for cell in cells})
            for cell in cells:
                expected = found_on(recorded.get((cell.site.id, cell.asked.code), ()), on, known_at)
                assert cell.found == expected, (cell.site.code, cell.asked.code, on, known_at)
                told.add((expected.verdict, expected.ran_out_on is None))
    assert len(told) >= 3
