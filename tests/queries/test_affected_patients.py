"""Patients with a side effect: the stored months and the days at the edges count each of them once, as the facts alone do."""

from datetime import date

import pytest
from flask import Flask

from tests.queries.test_spacing_counts import some_sites
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.queries.affected_patients import count_patients_by_term
from webapp.queries.cells import Selection
from webapp.transactions import reading

ON = date(2026, 11, 22)
PERIODS = (
    Period(date(2025, 11, 1), date(2026, 11, 1)),
    Period(date(2026, 1, 15), date(2026, 9, 10)),
    Period(date(2026, 3, 5), date(2026, 3, 25)),
)


@pytest.mark.parametrize("period", PERIODS, ids=str)
@pytest.mark.parametrize("seen", ["all", "narrowed", "lead", "none"])
def test_months_and_edges_count_each_patient_once(
    app: Flask, simulated: Scope, monkeypatch: pytest.MonkeyPatch, seen: str, period: Period
) -> None:
    scope = some_sites(simulated)[seen]
    for indication, phase in ((None, None), ("depression", None), (None, "maintenance")):
        asked = Selection(period, ON, indication, phase)
        with reading(scope) as db:
            stored = count_patients_by_term(scope, db, asked)
            with monkeypatch.context() as patch:
                patch.setattr(Period, "tiers", lambda whole: (None, (whole,)))
                facts = count_patients_by_term(scope, db, asked)
        assert stored == facts
        assert (stored["any"] > 0) == (seen != "none")
