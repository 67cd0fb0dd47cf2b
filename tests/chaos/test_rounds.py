"""The order of the scenarios, and what is said when the time does not reach for all of them."""

from collections.abc import Callable, Iterator
from random import Random

from tests.chaos.rounds import OutOfTime, Played, play
from tests.chaos.tally import Tally

NAMES = ("zombie", "two beats", "store full")
WHOLE = Tally(9, 9, 0, 0)
MINUTE = 60.0


def clock() -> Callable[[], float]:
    """A minute passes with each look at it, two looks to a scenario and one before it."""
    minutes: Iterator[int] = iter(range(1_000))
    return lambda: next(minutes) * MINUTE


def played(
    outcomes: dict[str, Tally | Exception], until: float, chance: Random | None = None
) -> tuple[Played, list[str]]:
    begun: list[str] = []

    def one(name: str) -> Tally:
        begun.append(name)
        outcome = outcomes.get(name, WHOLE)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return play(NAMES, one, clock(), until, chance, lambda _line: None), begun


def test_every_scenario_is_played_once_before_any_is_played_again() -> None:
    once, begun = played({}, 100 * MINUTE)
    assert (begun, once.found, once.exit_code, once.not_run) == (list(NAMES), Tally(27, 27, 0, 0), 0, [])
    more, begun = played({}, 20 * MINUTE, Random(1))
    assert begun[:3] == list(NAMES)
    assert len(begun) > 3
    assert more.exit_code == 0


def test_a_round_cut_short_names_what_was_left_out_and_does_not_say_that_all_held() -> None:
    short, begun = played({}, 4 * MINUTE)
    assert begun == ["zombie", "two beats"]
    assert (short.found, short.not_run, short.exit_code) == (Tally(18, 18, 0, 0), ["store full"], 2)
    assert "says nothing of: store full." in short.words


def test_a_scenario_that_the_end_of_the_time_broke_off_counts_as_not_run() -> None:
    broken_off, begun = played({"two beats": OutOfTime()}, 100 * MINUTE)
    assert begun == ["zombie", "two beats"]
    assert (broken_off.found, broken_off.not_run, broken_off.exit_code) == (WHOLE, ["two beats", "store full"], 2)


def test_a_fault_that_did_harm_is_told_whether_or_not_the_time_was_up() -> None:
    for outcome in (AssertionError("nothing came"), Tally(9, 8, 0, 0), Tally(9, 9, 1, 0), Tally(9, 9, 0, 1), Tally()):
        for until in (4 * MINUTE, 100 * MINUTE):
            harmed, _ = played({"zombie": outcome}, until)
            assert (harmed.failed, harmed.exit_code) == (["zombie"], 1)
            assert "Did not hold: zombie." in harmed.words


def test_nothing_played_is_no_success() -> None:
    assert play((), lambda _name: WHOLE, clock(), MINUTE, None, lambda _line: None).exit_code == 1
