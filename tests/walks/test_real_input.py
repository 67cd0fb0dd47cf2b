"""Real input through the command: every number equals a recount of the raw CSV with nothing but the csv module."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from tests.commanding import dripline, measured
from tests.walks.recount.health_records import Visits
from tests.walks.recount.source import raw
from tests.walks.recount.trial import Trial
from webapp.services import people
from webapp.transactions import reading


def network_of(environ: dict[str, str], folder: Path) -> str:
    """A new network into which the folder has been imported through the mapping of its name."""
    name = f"{folder.name}-{uuid4().hex[:8]}".replace("_", "-")
    dripline(environ, "add-network", name)
    said = dripline(environ, "import", "--network", name, "--mapping", folder.name, str(folder)).output
    assert "Stored" in said
    return name


def numerators(rows: list[dict[str, Any]], *groups: str) -> Counter[Any]:
    keys = [tuple(row[group] for group in groups) for row in rows]
    return Counter({key[0] if len(key) == 1 else key: row["numerator"] for key, row in zip(keys, rows, strict=True)})


def denominators(rows: list[dict[str, Any]], group: str) -> Counter[Any]:
    return Counter({row[group]: row["denominator"] for row in rows})


@pytest.fixture(scope="module")
def environ_ready(environ: dict[str, str], session_app: Flask) -> dict[str, str]:
    """The servers' addresses, with the database set up."""
    return environ


@pytest.fixture(scope="module")
def sdtm(shared_data: Path) -> Path:
    return shared_data / "sdtm_pilot"


@pytest.fixture(scope="module")
def trial(environ_ready: dict[str, str], sdtm: Path) -> str:
    return network_of(environ_ready, sdtm)


@pytest.fixture(scope="module")
def recounted(sdtm: Path) -> Trial:
    return Trial(sdtm)


def test_courses_of_the_trial_by_site_and_month(environ_ready: dict[str, str], trial: str, recounted: Trial) -> None:
    by_site = Counter(recounted.site[subject] for subject in recounted.first)
    assert numerators(measured(environ_ready, trial, "course_starts", "--by", "site"), "site") == by_site
    by_month = Counter(day[:7] + "-01" for day in recounted.first.values())
    assert numerators(measured(environ_ready, trial, "course_starts", "--by", "month"), "month") == by_month
    assert by_site.total() == 254


def test_states_and_completion_of_the_trial(environ_ready: dict[str, str], trial: str, recounted: Trial) -> None:
    states = Counter((recounted.site[subject], recounted.state(subject)) for subject in recounted.first)
    found = measured(environ_ready, trial, "course_states", "--by", "site", "--by", "state")
    assert numerators(found, "site", "state") == states
    completed = Counter(
        site for (site, state), many in states.items() if state.startswith("completed") for _ in range(many)
    )
    rows = measured(environ_ready, trial, "course_completion", "--by", "site")
    assert +numerators(rows, "site") == completed
    assert denominators(rows, "site") == Counter(recounted.site[subject] for subject in recounted.first)
    [whole] = measured(environ_ready, trial, "course_completion")
    assert (whole["numerator"], whole["denominator"], whole["bounds"], whole["site"]) == (110, 254, None, None)


@pytest.mark.parametrize("as_of", [[], ["--as-of", f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"]])
def test_reasons_for_stopping_of_the_trial(
    environ_ready: dict[str, str], trial: str, recounted: Trial, as_of: list[str]
) -> None:
    """As known now, and judged again from the facts as known then."""
    rows = measured(environ_ready, trial, "course_states", "--by", "site", "--by", "stop_reason", *as_of)
    reasons = Counter((recounted.site[subject], recounted.reason(subject)) for subject in recounted.first)
    assert +numerators(rows, "site", "stop_reason") == reasons
    assert {reason: sum(many for (_, why), many in reasons.items() if why == reason) for _, reason in reasons} == {
        None: 112, "side_effect": 92, "died": 3, "patient_choice": 27, "unknown": 20,
    }  # fmt: skip


def test_drop_off_of_the_trial(environ_ready: dict[str, str], trial: str, recounted: Trial) -> None:
    """Doses after the outcome that the trial states begin no course that counts here: nobody had one."""
    doses = Counter(dose["USUBJID"] for dose in recounted.doses)
    wanted = {number: sum(many >= number for many in doses.values()) for number in (1, 2, 3)}
    rows = measured(environ_ready, trial, "drop_off", "--by", "infusion")
    assert numerators(rows, "infusion") == Counter(wanted)


def test_sessions_of_the_trial_by_site_month_and_status(
    environ_ready: dict[str, str], trial: str, recounted: Trial
) -> None:
    by_site = Counter(recounted.site[dose["USUBJID"]] for dose in recounted.doses)
    by_month = Counter(dose["EXSTDTC"][:7] + "-01" for dose in recounted.doses)
    assert numerators(measured(environ_ready, trial, "session_count", "--by", "site"), "site") == by_site
    assert numerators(measured(environ_ready, trial, "session_count", "--by", "month"), "month") == by_month
    statuses = measured(environ_ready, trial, "session_count", "--by", "status")
    assert numerators(statuses, "status") == Counter({"completed": len(recounted.doses)})
    coverage = measured(environ_ready, trial, "screening_coverage", "--by", "site")
    assert numerators(coverage, "site") == by_site
    assert denominators(coverage, "site") == by_site


def test_side_effects_of_the_trial_as_sessions_and_as_events(
    environ_ready: dict[str, str], trial: str, recounted: Trial
) -> None:
    events = Counter((event.site, event.term) for event in recounted.events)
    sessions = Counter((site, term) for site, term, *_ in {event[:4] for event in recounted.events})
    any_term = Counter(site for site, *_ in {(event.site, event.subject, event.dose) for event in recounted.events})
    by_both = ("--by", "site", "--by", "term")
    assert numerators(measured(environ_ready, trial, "side_effect_events", *by_both), "site", "term") == events
    assert numerators(measured(environ_ready, trial, "side_effect_rate", *by_both), "site", "term") == sessions
    rows = measured(environ_ready, trial, "side_effect_rate", "--by", "site")
    assert +numerators(rows, "site") == any_term
    assert denominators(rows, "site") == Counter(recounted.site[dose["USUBJID"]] for dose in recounted.doses)
    assert len(recounted.events) == 1091


def test_subjects_with_a_side_effect_are_another_number(app: Flask, trial: str, recounted: Trial) -> None:
    subjects = Counter((site, term) for site, term, _ in {event[:3] for event in recounted.events})
    scope = people.network_scope(people.get_network(trial))
    with reading(scope) as db:
        rows = db.execute(
            text(
                "SELECT h.code, e.term, count(DISTINCT c.patient_id) FROM side_effect_version e"
                " JOIN session_version s ON s.session_id = e.session_id JOIN course_version c ON c.course_id = s.course_id"
                " JOIN site h ON h.id = s.site_id GROUP BY h.code, e.term"
            )
        ).all()
    assert Counter({(code, term): many for code, term, many in rows}) == subjects
    assert subjects.total() != len(recounted.events)


def test_serious_side_effects_of_the_trial(environ_ready: dict[str, str], trial: str, recounted: Trial) -> None:
    wanted = Counter(event.site for event in recounted.events if event.serious)
    found = measured(environ_ready, trial, "serious_side_effects", "--by", "site")
    assert +numerators(found, "site") == wanted
    assert denominators(found, "site") == Counter(recounted.site[dose["USUBJID"]] for dose in recounted.doses)
    assert wanted.total() == 32


def test_the_case_series(environ_ready: dict[str, str], shared_data: Path) -> None:
    folder = shared_data / "esketamine_madrs"
    cases = raw(folder / "Dataset.csv", "latin-1")
    network = network_of(environ_ready, folder)
    dissociated = sum(case["Dissociation"] == "1" for case in cases)
    [completion] = measured(environ_ready, network, "course_completion")
    [sessions] = measured(environ_ready, network, "session_count", "--by", "site")
    [rate] = measured(environ_ready, network, "side_effect_rate", "--by", "term")
    [events] = measured(environ_ready, network, "side_effect_events", "--by", "term")
    assert (completion["numerator"], completion["denominator"]) == (len(cases), len(cases))
    assert (sessions["site"], sessions["numerator"]) == ("ESK", len(cases))
    assert (rate["term"], rate["numerator"], rate["denominator"]) == ("dissociation", dissociated, len(cases))
    assert events["numerator"] == dissociated


def test_the_health_records_export(environ_ready: dict[str, str], shared_data: Path) -> None:
    folder = shared_data / "synthea_27"
    network = network_of(environ_ready, folder)
    visits = Visits(folder)
    sessions = measured(environ_ready, network, "session_count", "--by", "site", "--by", "month")
    wanted = Counter((organization, f"{at:%Y-%m}-01") for _, organization, at in visits.all)
    assert numerators(sessions, "site", "month") == wanted
    starts = measured(environ_ready, network, "course_starts", "--by", "site", "--by", "month")
    assert numerators(starts, "site", "month") == visits.starts()
    [coverage] = measured(environ_ready, network, "screening_coverage")
    assert (coverage["numerator"], coverage["denominator"]) == (0, len(visits.all))
    assert measured(environ_ready, network, "side_effect_events", "--by", "term") == []


@pytest.mark.parametrize("name", ["sdtm_pilot", "esketamine_madrs", "synthea_27"])
def test_sending_it_again_changes_nothing_and_a_recount_agrees(
    environ_ready: dict[str, str], shared_data: Path, name: str
) -> None:
    network = network_of(environ_ready, shared_data / name)
    again = dripline(environ_ready, "import", "--network", network, "--mapping", name, str(shared_data / name))
    assert "Nothing changed" in again.output
    assert ", 0 differing cells." in dripline(environ_ready, "verify", "--network", network).output
