"""Each site with something to tell tells it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest

from webapp.domain.accreditation import StandingRecord, StandingSpan, answer_on, spans_known_at
from webapp.domain.simulator.columns import Columns
from webapp.domain.simulator.network import SimulatedNetwork
from webapp.domain.vocabulary import RecordEvent, Standing

KNOWN = datetime(2027, 1, 1, tzinfo=UTC)


def spans(columns: Columns, owner: str, kind: str) -> tuple[StandingSpan, ...]:
    holder = "site" if "site" in columns else "practitioner"
    what = "programme" if "programme" in columns else "kind"
    place = {key: UUID(int=row + 1) for row, key in enumerate(columns["key"])}
    return spans_known_at(
        StandingRecord(
            place[columns["key"][row]],
            RecordEvent(columns["event"][row]),
            columns["effective_on"][row].item(),
            columns["until"][row].item(),
            KNOWN,
            place.get(columns["replaces"][row]),
            RecordEvent(columns["corrected_event"][row]) if columns["corrected_event"][row] else None,
        )
        for row in np.flatnonzero((columns[holder] == owner) & (columns[what] == kind))
    )


def site(network: SimulatedNetwork, story: str) -> str:
    return str(network.batches["sites"].columns["key"][getattr(network.settings.told, story)])


@pytest.fixture
def today(network: SimulatedNetwork) -> date:
    return network.settings.ends_on + timedelta(days=1)


@pytest.fixture
def accreditations(network: SimulatedNetwork) -> Columns:
    return network.batches["accreditations"].columns


def test_one_accreditation_ends_in_23_days(network: SimulatedNetwork, accreditations: Columns, today: date) -> None:
    found = answer_on(spans(accreditations, site(network, "accreditation_ending"), "certified_setting"), today)
    assert found.standing is Standing.ACCREDITED
    assert found.until == today + timedelta(days=23)


def test_one_was_suspended_and_reinstated(network: SimulatedNetwork, accreditations: Columns, today: date) -> None:
    found = spans(accreditations, site(network, "suspended"), "certified_setting")
    standings = [span.answer.standing for span in found]
    assert Standing.SUSPENDED in standings
    assert answer_on(found, today).standing is Standing.ACCREDITED
    suspended = next(span.start for span in found if span.answer.standing is Standing.SUSPENDED)
    sessions = network.batches["sessions"].columns
    here = (sessions["site"] == site(network, "suspended")) & ~np.isnat(sessions["started_on"])
    days = set(sessions["started_on"][here].tolist())
    assert not days & {suspended + timedelta(days=step) for step in range(1, 16)}


def test_one_expired_six_days_ago(network: SimulatedNetwork, accreditations: Columns, today: date) -> None:
    found = spans(accreditations, site(network, "accreditation_expired"), "certified_setting")
    assert answer_on(found, today).standing is Standing.EXPIRED
    assert answer_on(found, today - timedelta(days=6)).standing is Standing.ACCREDITED


def test_one_record_was_corrected(network: SimulatedNetwork, accreditations: Columns) -> None:
    found = spans(accreditations, site(network, "record_corrected"), "certified_setting")
    days = (network.settings.starts_on + timedelta(days=step) for step in range(network.settings.days))
    assert all(answer_on(found, day).is_valid for day in days)
    assert RecordEvent.CORRECTED in set(accreditations["event"])


def test_all_other_sites_are_accredited_whenever_they_treat(network: SimulatedNetwork, accreditations: Columns) -> None:
    sessions = network.batches["sessions"].columns
    told = {site(network, story) for story in ("suspended", "accreditation_expired")}
    for code in set(network.batches["sites"].columns["key"]) - told:
        found = spans(accreditations, code, "certified_setting")
        days = np.unique(sessions["started_on"][(sessions["site"] == code) & ~np.isnat(sessions["started_on"])])
        assert all(answer_on(found, day).is_valid for day in days.tolist()), code


def test_a_few_sessions_were_supervised_under_a_licence_that_had_lapsed(network: SimulatedNetwork) -> None:
    sessions, credentials = network.batches["sessions"].columns, network.batches["credentials"].columns
    people = network.batches["practitioners"].columns
    doctors = [key for key, job in zip(people["key"], people["profession"], strict=True) if job == "physician"]
    under = []
    for doctor in doctors:
        found = spans(credentials, doctor, "medical_licence")
        days = sessions["started_on"][(sessions["supervised_by"] == doctor) & ~np.isnat(sessions["started_on"])]
        under += [(doctor, day) for day in days.tolist() if not answer_on(found, day).is_valid]
    assert 1 <= len(under) <= 12
    assert {doctor.split("-")[0] for doctor, _ in under} == {site(network, "licence_lapsed")}
    assert len({day for _, day in under}) == 1


def test_one_feed_stopped_and_one_site_closed_and_one_opened_midway(network: SimulatedNetwork) -> None:
    sessions, sites = network.batches["sessions"].columns, network.batches["sites"].columns
    given = ~np.isnat(sessions["started_on"])
    end = network.settings.ends_on
    silent = sessions["started_on"][given & (sessions["site"] == site(network, "feed_stopped"))].max().item()
    assert end - timedelta(days=11) <= silent <= end - timedelta(days=8)
    place = dict(zip(sites["key"], range(len(sites["key"])), strict=True))
    closed_on = sites["closed_on"][place[site(network, "closed")]].item()
    opened_on = sites["opened_on"][place[site(network, "opened_midway")]].item()
    assert sessions["on_date"][sessions["site"] == site(network, "closed")].max().item() <= closed_on < end
    assert sessions["on_date"][sessions["site"] == site(network, "opened_midway")].min().item() >= opened_on
    assert np.isnat(sites["closed_on"]).sum() == len(sites["key"]) - 1


def test_one_site_has_more_dizziness_and_still_more_lately(network: SimulatedNetwork) -> None:
    sessions, screens = network.batches["sessions"].columns, network.batches["screens"].columns
    effects = network.batches["side_effects"].columns
    had = set(effects["session"][effects["term"] == "dizziness"])
    dizzy = np.array([key in had for key in sessions["key"]])
    screened = set(screens["session"])
    rows = np.array([key in screened for key in sessions["key"]]) & (
        sessions["site"] == site(network, "dizziness_excess")
    )
    lately = sessions["on_date"] > np.datetime64(network.settings.ends_on) - 75
    assert dizzy[rows & ~lately].mean() == pytest.approx(0.31, abs=0.025)
    assert dizzy[rows & lately].mean() > 0.31


def test_outcomes_are_stated_at_one_site_only(network: SimulatedNetwork) -> None:
    courses = network.batches["courses"].columns
    stated = courses["stated_outcome"] != np.array(None)
    assert set(courses["site"][stated]) == {site(network, "states_outcomes")}
    assert {"completed", "lapsed"} <= set(courses["stated_outcome"][stated])


def test_bookings_stand_for_the_next_two_weeks(network: SimulatedNetwork) -> None:
    sessions = network.batches["sessions"].columns
    ahead = sessions["on_date"] > np.datetime64(network.settings.ends_on)
    assert set(sessions["status"][ahead]) == {"scheduled"}
    assert sessions["on_date"].max() <= np.datetime64(network.settings.ends_on) + 14
    past = (sessions["status"] == "scheduled") & ~ahead
    assert 0 < past.sum() < 0.01 * len(past)
