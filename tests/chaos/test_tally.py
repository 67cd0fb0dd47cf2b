"""What the tally says of a network, on stories that nothing disturbed and on what could have come of them."""

from dataclasses import replace
from datetime import datetime

import pytest

from tests.chaos.house import ALL, House
from tests.chaos.quiet import go_through
from tests.chaos.stories import DUE, HELD, RESTATED, newest_month
from tests.chaos.tally import Tally, expected_runs, tally
from tests.reporting import stored_files


@pytest.mark.parametrize(
    "now",
    [
        "2026-10-31T23:00",
        "2026-11-01T00:30",
        "2026-11-01T14:30",
        "2026-11-02T00:00",
        "2026-11-30T23:59",
        "2027-03-01T05:00",
    ],
)
def test_on_whatever_day_it_is_run_all_that_it_waits_for_is_due(house: House, now: str) -> None:
    then = datetime.fromisoformat(f"{now}+00:00")
    with replace(house, now=then).network() as scope:
        assert len(expected_runs(scope, then)) == ALL


def test_a_second_issue_is_expected_where_the_story_has_one_and_nowhere_else(house: House) -> None:
    newest = newest_month(house.now)
    with house.network(RESTATED) as scope:
        told = go_through(house, scope, RESTATED)
        assert tally(scope, RESTATED, told) == Tally(11, 11, 0, 0)
        assert tally(scope, DUE, told) == Tally(9, 9, 2, 2), "two issues too many, and two marked as superseded"
        missing = {key: said for key, said in told.items() if key != ("NGT", newest, 2)}
        assert tally(scope, RESTATED, missing) == Tally(11, 11, 0, 1)
        first_as_second = {**told, ("RIV", newest, 1): told["RIV", newest, 2]}
        assert tally(scope, RESTATED, first_as_second) == Tally(11, 11, 0, 1)
        stored_files(house.app, scope)[0].unlink()
        assert tally(scope, RESTATED, told) == Tally(11, 11, 1, 1)


def test_a_held_report_is_made_of_what_it_waited_for_or_marked_as_incomplete(house: House) -> None:
    newest = newest_month(house.now)
    with house.network(HELD) as scope:
        told = go_through(house, scope, HELD)
        assert tally(scope, HELD, told) == Tally(9, 9, 0, 0)
    titles = {code: said.title for (code, start, _), said in told.items() if start == newest}
    assert titles == {
        "RIV": "monthly report",
        "NGT": "monthly report, incomplete",
        "EST": "monthly report, incomplete",
    }
