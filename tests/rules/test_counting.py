"""Whoever changes what a cell holds raises COUNTING, so that networks counted before are counted anew with the upgrade."""

from hashlib import sha256
from uuid import UUID

from webapp.queries.affected_patients import affected_rows, step_rows
from webapp.queries.course_cohorts import cohort_rows
from webapp.queries.fact_cells import FactView
from webapp.queries.network_lines import network_months
from webapp.queries.response_cells import response_cells
from webapp.queries.running_totals import TOTALS
from webapp.queries.session_standings import SessionStandings
from webapp.queries.session_verdicts import COMPLIANCE_COUNTS, COMPLIANCE_KEY, compliance_cells, verdict_sums
from webapp.queries.spacing_tiers import SPACING_TABLES
from webapp.services.design_effects import SPANS, effect_sums
from webapp.services.rollups import COUNTING, TIERS, term_months
from webapp.services.tiers import months_sql

FINGERPRINTS = {
    1: "788e76ee90c32565",
    2: "d1a31e181999add1",
    3: "4571544da3124311",
    4: "3888892909fbda94",
    5: "23fc92a07bfa104a",
    6: "b89f1188abe178a0",
}
"""Of each definition, what `fingerprint` gave."""


def fingerprint() -> str:
    view = FactView(UUID(int=0), 0.0)
    statements = [cells(view) + months_sql(stem, key, counts) for stem, cells, key, counts in TIERS]
    statements += [table.name + table.rows(view, "") for table in SPACING_TABLES]
    statements += [total.name + total.rows() for total in TOTALS]
    statements += [
        network_months(view),
        term_months(),
        affected_rows(view),
        step_rows(),
        cohort_rows(),
        response_cells(),
    ]
    nobody = SessionStandings(None, {}, {})
    statements += [compliance_cells(view, nobody), months_sql("compliance", COMPLIANCE_KEY, COMPLIANCE_COUNTS)]
    statements += [
        verdict_sums(view, nobody),
        *(s for part in SPANS.values() for s in effect_sums(view, part).values()),
    ]
    return sha256(" ".join(" ".join(statements).split()).encode()).hexdigest()[:16]


def test_a_changed_definition_has_a_number_of_its_own() -> None:
    assert FINGERPRINTS[COUNTING] == fingerprint(), (
        "What is counted reads otherwise: raise COUNTING in webapp/services/rollups.py, and write its fingerprint here."
    )
