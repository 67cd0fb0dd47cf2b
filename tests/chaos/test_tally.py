"""What the tally says of a network, on stories that nothing disturbed and on what could have come of them."""

from tests.chaos.house import House
from tests.chaos.quiet import go_through
from tests.chaos.stories import DUE, HELD, RESTATED, newest_month
from tests.chaos.tally import Tally, tally
from tests.reporting import stored_files


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
