"""The response page against the plain recount: every rating put on one line with the infusions of its course."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.domain.response_replay import last_scores
from tests.queries.pages.network import EVERY, Network
from tests.queries.pages.recounted import Started, assert_shares, by_key, page_tables
from webapp.domain.scope import Scope
from webapp.domain.settings import DEFAULT_SETTINGS
from webapp.transactions import reading

CUTS = {"phq9": 10, "madrs": 20, "gad7": 10, "pcl5": 31, "phq9_item9": 0}
REMISSION = {"phq9": 4, "madrs": 12}
LABELS = {"phq9": "PHQ-9", "madrs": "MADRS", "gad7": "GAD-7", "pcl5": "PCL-5", "phq9_item9": "PHQ-9 item 9"}
Followed = tuple[Started, int | None, list[int | None]]


def is_met(scale: str, baseline: int, value: int) -> bool:
    if scale in ("gad7", "pcl5"):
        return baseline - value >= {"gad7": 4, "pcl5": 15}[scale]
    return value >= 1 if scale == "phq9_item9" else 2 * value <= baseline


@pytest.fixture(scope="module")
def said(session_app: Flask, network: Network) -> dict[tuple[Any, str], list[Any]]:
    with session_app.app_context():
        return ratings_of(network.scope)


def ratings_of(scope: Scope) -> dict[tuple[Any, str], list[Any]]:
    """(course, scale) -> what was rated on it."""
    found: dict[tuple[Any, str], list[Any]] = defaultdict(list)
    statement = "SELECT * FROM rating_version WHERE superseded_by_batch_id IS NULL AND NOT withdrawn"
    with reading(scope) as db:
        for row in db.execute(text(statement)):
            found[row.course_id, row.instrument].append((row.rated_on, row.rated_at, row.score))
            if row.instrument == "phq9" and row.suicidality is not None:
                found[row.course_id, "phq9_item9"].append((row.rated_on, row.rated_at, row.suicidality))
    return found


def followed(network: Network, number: int, scale: str, said: Any) -> Iterator[Followed]:
    """The courses that the address leaves, each with its baseline and its scores on a scale."""
    plain = network.plain(number)
    starts: dict[Any, list[Started]] = defaultdict(list)
    for spell in sorted(network.spells, key=lambda spell: spell.start):
        starts[spell.course["course_id"]].append(spell)
    for spells in starts.values():
        for place, spell in enumerate(spells):
            wanted = plain.start <= spell.start < plain.end and spell.course["site_id"] in plain.sites
            if not wanted or plain.indication not in (None, spell.course["indication"]):
                continue
            given = [(s["on_date"], s["started_at"]) for s in spell.sessions]
            later = spells[place + 1].sessions[0] if place + 1 < len(spells) else None
            following = (later["on_date"], later["started_at"]) if later else None
            ratings = said[spell.course["course_id"], scale]
            baseline, after = last_scores(given, following, ratings, spell.planned, DEFAULT_SETTINGS)
            yield spell, baseline, after


def counted(courses: list[Followed], scale: str, infusion: int) -> tuple[int, int, int, int]:
    """Entered, rated, met, not reached."""
    entered = [
        (spell, baseline, after)
        for spell, baseline, after in courses
        if baseline is not None and baseline >= CUTS[scale] and spell.planned >= infusion
    ]
    rated = [
        (baseline, after[infusion - 1] if infusion else baseline)
        for _, baseline, after in entered
        if (after[infusion - 1] if infusion else baseline) is not None
    ]
    met = sum(is_met(scale, baseline or 0, value or 0) for baseline, value in rated)
    return len(entered), len(rated), met, sum(spell.reached < infusion for spell, *_ in entered)


@pytest.mark.parametrize("number", EVERY)
def test_every_scale_after_every_infusion(app: Flask, network: Network, said: Any, number: int) -> None:
    tables = page_tables(network.scope, "response", network.search(number))
    shown = {
        **by_key(tables["response_by_scale"], "entered", "n", "met", "not_reached"),
        **by_key(tables["suicidality"], "entered", "n", "met", "not_reached"),
    }
    seen = Counter[str]()
    for key, cells in shown.items():
        scale, _, infusion = key.rpartition("-")
        courses = list(followed(network, number, scale, said))
        assert cells == counted(courses, scale, int(infusion)), key
        seen[scale] += 1
    rated = any(base is not None for scale in LABELS for _, base, _ in followed(network, number, scale, said))
    assert bool(seen) == rated
    for table in (tables["response_by_scale"], tables["response_by_infusion"], tables["suicidality"]):
        assert_shares(table, "met")
        for entered, n, met, lowest, highest in zip(
            *(table.column(name) for name in ("entered", "n", "met", "lowest", "highest")), strict=True
        ):
            assert isinstance(entered, int) and isinstance(n, int) and isinstance(met, int)
            bounds = (met / entered, (met + entered - n) / entered) if entered else (None, None)
            assert (lowest, highest) == pytest.approx(bounds)


@pytest.mark.parametrize("number", EVERY)
@pytest.mark.parametrize("scale", ["phq9", "madrs"])
def test_one_scale_closely(app: Flask, network: Network, said: Any, number: int, scale: str) -> None:
    tables = page_tables(network.scope, "response", f"{network.search(number)}&scale={scale}")
    courses = list(followed(network, number, scale, said))
    counts = [(base, after) for _, base, after in courses if base is not None and base >= CUTS[scale]]
    shown = by_key(tables["change_by_infusion"], "n", "fall", "risen")
    for key, (n, fall, risen) in shown.items():
        k = int(key.rpartition("-")[2])
        falls = [base - value for base, after in counts if k <= len(after) and (value := after[k - 1]) is not None]
        assert (n, risen) == (len(falls), sum(fall < 0 for fall in falls))
        assert fall == (pytest.approx(sum(falls) / len(falls), abs=0.006) if falls else None)
        remitted = by_key(tables["remission_by_infusion"], "met")[key]
        at_k = [after[k - 1] for _, after in counts if k <= len(after)]
        assert remitted == (sum(value is not None and value <= REMISSION[scale] for value in at_k),)
    for key, cells in by_key(tables["response_by_indication"], "entered", "n", "met", "not_reached").items():
        indication, _, infusion = key.split("-")
        of = [each for each in courses if each[0].course["indication"] == indication]
        assert cells == counted(of, scale, int(infusion))
    baselines = by_key(tables["baselines"], "started", "courses", "baselines", "entered")
    if scale in baselines:
        ever = sum(bool(said[spell.course["course_id"], scale]) for spell, *_ in courses)
        with_baseline = sum(base is not None for _, base, _ in courses)
        assert baselines[scale] == (len(courses), ever, with_baseline, len(counts))


def test_nothing_rated_is_told_in_words(app: Flask, network: Network) -> None:
    tables = page_tables(network.scope, "response", "?from=2020-01-01&to=2020-12-31")
    assert all(not table.rows for table in tables.values())
    assert LABELS["phq9"] in tables["response_by_infusion"].subtitle
