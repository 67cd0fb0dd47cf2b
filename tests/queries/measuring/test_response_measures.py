"""Response and remission against a recount from the raw rows: own spells, own baseline, own counting."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.domain.response_replay import last_scores
from tests.making import make_network, store
from tests.queries import recount
from tests.queries.conftest import with_sites
from tests.queries.test_measures import PERIODS, TODAY, ask
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.settings import DEFAULT_SETTINGS
from webapp.domain.vocabulary import Role
from webapp.queries.cells import Selection
from webapp.queries.known_at import view_known_at
from webapp.queries.measures import MeasureRow, fetch_measure
from webapp.transactions import reading

CUTS = {"phq9": 10, "madrs": 20, "gad7": 10, "pcl5": 31}
Row = tuple[int, int, int, int, int, int]
"""Met, rated, without a baseline, below the cut, not reached, not rated."""


def is_met(measure: str, scale: str, baseline: int, value: int) -> bool:
    if measure == "response_rate":
        return 2 * value <= baseline
    if measure == "remission_rate":
        return value <= {"phq9": 4, "madrs": 12}[scale]
    return baseline - value >= {"gad7": 4, "pcl5": 15}[scale]


def plain_rows(scope: Scope, measure: str, period: Period) -> dict[tuple[str, str, int], Row]:
    """By site, scale and infusion, in plain loops over the raw rows; what a spell is stands in its own table."""
    facts = recount.facts_of(scope)
    with reading(scope) as db:
        spells = [dict(r._mapping) for r in db.execute(text("SELECT * FROM course_spell ORDER BY course_id, ordinal"))]
        ratings = db.execute(
            text("SELECT * FROM rating_version WHERE superseded_by_batch_id IS NULL AND NOT withdrawn")
        ).all()
    sessions: dict[Any, list[Any]] = defaultdict(list)
    for session in facts.sessions:
        if session["status"] in recount.DELIVERED and session["phase"] == "induction":
            sessions[session["course_id"]].append((session["on_date"], session["started_at"]))
    scores: dict[tuple[Any, str], list[Any]] = defaultdict(list)
    for said in ratings:
        scores[said.course_id, said.instrument].append((said.rated_on, said.rated_at, said.score))
    scales = ("gad7", "pcl5") if measure == "improvement_rate" else ("phq9", "madrs")
    found: dict[tuple[str, str, int], Counter[int]] = defaultdict(Counter)
    used: Counter[Any] = Counter()
    for spell in spells:
        course, reached = spell["course_id"], spell["reached"]
        in_order = sorted(sessions[course])
        given = in_order[used[course] : used[course] + reached]
        used[course] += reached
        following = in_order[used[course]] if len(in_order) > used[course] else None
        if spell["start_on"] not in period:
            continue
        for scale in scales:
            baseline, after = last_scores(given, following, scores[course, scale], spell["planned"], DEFAULT_SETTINGS)
            for infusion, value in enumerate(after, 1):
                place = [0, 1] if value is not None and is_met(measure, scale, baseline or 0, value) else [1]
                if baseline is None:
                    place = [2]
                elif baseline < CUTS[scale]:
                    place = [3]
                elif value is None:
                    place = [4] if infusion > reached else [5]
                found[facts.sites[spell["site_id"]], scale, infusion].update(place)
                found[facts.sites[spell["site_id"]], scale, infusion][6] += bool(scores[course, scale])
    rated = {key[:2] for key, counts in found.items() if counts[6]}
    return {key: tuple(n[i] for i in range(6)) for key, n in found.items() if key[:2] in rated}  # type: ignore[misc]  # six


def as_plain(row: MeasureRow) -> Row:
    return row.numerator, row.denominator or 0, *row.excluded.values()  # type: ignore[return-value]  # four exclusions


@pytest.mark.parametrize("measure", ["response_rate", "remission_rate", "improvement_rate"])
@pytest.mark.parametrize("period", PERIODS[:2], ids=str)
def test_rates_equal_the_recount(app: Flask, simulated: Scope, measure: str, period: Period) -> None:
    rows = ask(simulated, measure, Selection(period, TODAY), "site").rows
    found = {(row.key["site"], row.key["instrument"], row.key["infusion"]): row for row in rows}
    plain = plain_rows(simulated, measure, period)
    assert {key: as_plain(row) for key, row in found.items()} == plain
    assert sum(met for met, *_ in plain.values()) > 0
    for row in rows:
        met, rated, _, _, *missing = as_plain(row)
        entered = rated + sum(missing)
        assert row.bounds == ((met / entered, (met + sum(missing)) / entered) if entered else None)
    whole = ask(simulated, measure, Selection(period, TODAY)).rows
    assert sum(row.numerator for row in whole) == sum(met for met, *_ in plain.values())
    assert sum(row.denominator or 0 for row in whole) == sum(rated for _, rated, *_ in plain.values())
    by_month = ask(simulated, measure, Selection(period, TODAY), "month", "indication").rows
    assert sum(row.numerator for row in by_month) == sum(row.numerator for row in whole)


FIRST = date(2026, 3, 2)


def network_with(ratings: list[tuple[str, int, int]]) -> Scope:
    """One course of three infusions, the second given at another site. ratings: scale, day, score."""
    scope = make_network(NOW, "Rated")
    records: dict[str, list[dict[str, Any]]] = {
        "sites": [{"key": code, "name": code, "zone": "America/New_York"} for code in ("LAK", "RIV")],
        "courses": [{"key": "C", "site": "RIV", "patient": "P", "indication": "depression", "product": "ketamine_iv"}],
        "sessions": [
            {
                "key": f"S{day}",
                "course": "C",
                "site": "LAK" if day == 3 else "RIV",
                "status": "completed",
                "phase": "induction",
                "on_date": FIRST + timedelta(days=day),
                "started_on": FIRST + timedelta(days=day),
                "started_at": datetime(2026, 3, 2, 15, tzinfo=UTC) + timedelta(days=day),
            }
            for day in (0, 3, 7)
        ],
        "ratings": [
            {
                "key": f"R{n}",
                "course": "C",
                "instrument": scale,
                "rated_on": FIRST + timedelta(days=day),
                "score": value,
            }
            for n, (scale, day, value) in enumerate(ratings)
        ],
    }
    store(scope, records, NOW)
    return with_sites(scope)


MARCH = Selection(Period(date(2026, 3, 1), date(2026, 4, 1)), TODAY)


def test_scales_are_kept_apart_and_suicidality_is_no_response(app: Flask) -> None:
    scope = network_with(
        [("phq9", -3, 20), ("phq9", 3, 9), ("cssrs", -3, 5), ("cssrs", 3, 0), ("gad7", 0, 15), ("gad7", 5, 10)]
    )
    rows = ask(scope, "response_rate", MARCH).rows
    assert {row.key["instrument"] for row in rows} == {"phq9"}
    assert [(row.numerator, row.denominator) for row in rows] == [(1, 1), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)]
    improved = ask(scope, "improvement_rate", MARCH).rows
    assert [(row.key["instrument"], row.numerator, row.denominator) for row in improved][:2] == [
        ("gad7", 0, 0),
        ("gad7", 1, 1),
    ]


def test_a_course_is_told_alike_to_whoever_sees_the_site_where_it_began(app: Flask) -> None:
    scope = network_with([("phq9", -3, 20), ("phq9", 2, 9), ("phq9", 5, 8), ("phq9", 9, 7)])
    facts = recount.facts_of(scope)
    here = next(site for site, code in facts.sites.items() if code == "RIV")
    lead = Scope(scope.network_id, scope.user_id, Role.SITE_LEAD, frozenset({here}))
    assert [row.denominator for row in ask(scope, "response_rate", MARCH).rows] == [1, 1, 1, 0, 0, 0]
    seen = ask(lead, "response_rate", MARCH).rows
    assert seen == ask(scope, "response_rate", MARCH).rows
    other = Scope(scope.network_id, scope.user_id, Role.SITE_LEAD, scope.site_ids - {here})
    assert ask(other, "response_rate", MARCH).rows == ()


def test_ratings_recorded_later_were_not_known_then(app: Flask) -> None:
    scope = network_with([("phq9", -3, 20)])
    late = {"key": "L", "course": "C", "instrument": "phq9", "rated_on": FIRST + timedelta(days=2), "score": 4}
    store(scope, {"ratings": [late]}, NOW + timedelta(hours=1))
    assert ask(scope, "remission_rate", MARCH).rows[0].numerator == 1
    with reading(scope) as db:
        then = Selection(MARCH.period, TODAY, known=view_known_at(scope, db, NOW))
        row = fetch_measure(scope, db, "remission_rate", then).rows[0]
    assert (row.numerator, row.denominator, row.bounds) == (0, 0, (0.0, 1.0))
