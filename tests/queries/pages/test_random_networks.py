"""Networks made by chance, whatever their size, sites, days and rates: every page is recounted as the made one is.

Each recount is the test of the page's own file, asked of another network; hypothesis draws the simulator's settings, and prints
them with the seed where a number differs.
"""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import NOW
from tests.making import make_network
from tests.queries import recount
from tests.queries.conftest import with_sites
from tests.queries.pages import (
    test_against_the_others,
    test_control_charts,
    test_courses,
    test_headlines,
    test_overview,
    test_response,
    test_session_spacing,
    test_sessions,
    test_side_effects,
    test_site,
)
from tests.queries.pages.network import EVERY, Network
from tests.queries.pages.recounted import LOOKED_AT, TODAY, page_tables, spells_of, stated_days
from webapp.domain.simulator.parameters import CourseRates, SessionRates
from webapp.domain.simulator.settings import SimulationSettings, Stories
from webapp.services.simulation import fill_with_simulation

NETWORKS = 3
PAGES = ("overview", "sessions", "courses", "side-effects", "response", "site")
RECOUNTS: tuple[Callable[[Flask, Network, int], None], ...] = (
    test_sessions.test_over_time,
    test_sessions.test_by_status_and_site,
    test_sessions.test_no_shows_and_indications,
    test_sessions.test_by_weekday_and_hour,
    test_session_spacing.test_days_between,
    test_session_spacing.test_what_follows_a_completion,
    test_session_spacing.test_use_of_chairs,
    test_courses.test_states_by_start_month,
    test_courses.test_completion_by_month,
    test_courses.test_completion_by_site_and_drop_off,
    test_courses.test_completion_by_day,
    test_courses.test_drop_off_of_open_cohorts,
    test_courses.test_reasons_for_stopping,
    test_courses.test_who_is_due,
    test_side_effects.test_by_term,
    test_side_effects.test_coverage_severity_and_serious,
    test_control_charts.test_how_soon_they_pass,
    test_site.test_every_site_with_what_it_reports,
)


@st.composite
def simulations(draw: st.DrawFn) -> SimulationSettings:
    """A small network over one to two years that ends shortly before the day on which the pages are asked."""
    ends_on = TODAY - timedelta(days=draw(st.integers(1, 40)))
    shares = st.sampled_from((0.02, 0.1, 0.3))
    return SimulationSettings(
        starts_on=ends_on - timedelta(days=draw(st.integers(300, 600))),
        ends_on=ends_on,
        sites=draw(st.integers(5, 9)),
        sessions=draw(st.integers(250, 500)),
        zones=tuple(draw(st.permutations(("America/New_York", "America/Los_Angeles", "Pacific/Kiritimati")))),
        stories=draw(st.sampled_from((Stories(), None))),
        courses=CourseRates(
            esketamine_share=draw(shares),
            completed=draw(st.sampled_from((0.2, 0.5, 0.8))),
            repeat_patient=draw(shares),
            moved_inside=draw(shares),
            long_delay=draw(shares),
            break_and_return=draw(st.sampled_from((0.0, 0.05))),
            approval_missing=draw(shares),
        ),
        visits=SessionRates(
            no_show=draw(shares),
            cancelled=draw(shares),
            stopped_early=draw(shares),
            day_only=draw(shares),
            dose_missing=draw(shares),
            dose_outside=draw(shares),
        ),
    )


@settings(
    max_examples=NETWORKS,
    phases=(Phase.generate,),
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
@given(simulated=simulations(), seed=st.integers(0, 10**6), data=st.data())
def test_every_page_of_a_random_network_equals_its_recount(
    app: Flask, simulated: SimulationSettings, seed: int, data: st.DataObject
) -> None:
    scope = make_network(NOW, "Drawn")
    fill_with_simulation(scope, simulated, seed, b"k" * 32, NOW, lambda _line: None)
    seen = with_sites(scope)
    facts = recount.facts_of(seen)
    network = Network(seen, facts, spells_of(seen, facts), stated_days(seen))
    assert facts.sessions and network.spells
    number = data.draw(st.sampled_from(list(EVERY)), "address")
    protocols = test_session_spacing.current(seen, "protocol_version")
    test_session_spacing.test_doses_by_weight(app, network, number, protocols)
    test_sessions.test_what_changed(app, network, number, "")
    for asked in test_side_effects.TERMS[:2]:
        test_side_effects.test_by_infusion_site_and_month(app, network, number, asked)
    said = test_response.ratings_of(seen)
    test_response.test_every_scale_after_every_infusion(app, network, said, number)
    test_response.test_one_scale_closely(app, network, said, number, "phq9")
    test_site.assert_what_changed(network)
    test_overview.assert_what_lapses(network)
    test_headlines.assert_headlines(network, number)
    test_headlines.assert_attention(network, number)
    test_against_the_others.assert_against_the_others(network, test_against_the_others.PERIODS[0])
    for page in test_overview.PAGES:
        test_overview.test_sessions_by_week(app, network, number, page)
        test_overview.test_course_states(app, network, number, page)
    for recounted in RECOUNTS:
        recounted(app, network, number)
    shown = {(page, key) for page in PAGES for key in page_tables(seen, page, network.search(number))}
    assert shown <= LOOKED_AT, f"Shown and not recounted here: {sorted(shown - LOOKED_AT)}"
