"""Faults while held reports are let go and while sealed months are issued again."""

import signal
from collections.abc import Sequence
from contextlib import ExitStack

from config import load
from tests.chaos.house import ALL, MADE, SITES, House, NotThere, count, finish, time_passes
from tests.chaos.stories import (
    HELD,
    RESTATED,
    and_change_again,
    data_come,
    deadline_passes,
    release_wanted,
    sealed_months_change,
)
from tests.falling import fallen
from webapp.domain.fault_points import HOLD_POINTS, RESTATE_POINTS
from webapp.domain.scope import Scope
from webapp.services import report_holds

HELD_AT_FIRST = len(SITES)
WITH_SECOND_ISSUES = ALL + len(RESTATED.issued_again)
WHILE_MADE = ("report.5.all_written", "report.6.named")
BELLS = 4
"""Rung at once, so that two workers are at the same reports."""


def held_and_killed(house: House, scope: Scope) -> None:
    """kill -9 of whoever holds or lets go, at each point, and of who makes what was let go."""
    at_the_bell, *by_a_person = HOLD_POINTS
    house.fall(at_the_bell)
    _require(count(scope, "true") == 0, "a bell that fell has entered nothing")
    with house.worker():
        house.wait_for(lambda: _all_held(scope), "what is complete made and the rest held")
        for _ in range(2):
            house.be_heard()
        _require(_all_held(scope), "what is held stays so while nothing comes")
    data_come(scope, house.now)
    house.fall(at_the_bell)
    for point in by_a_person:
        who, run_id = release_wanted(scope)
        ended = fallen(load(house.environ), point, report_holds.release, who, run_id, house.now)
        _require(ended == -signal.SIGKILL, f"the fall at {point}")
    deadline_passes(scope, house.now)
    _fall_in_turn(house, scope, WHILE_MADE)
    finish(house, scope)


def held_and_two_beats(house: House, scope: Scope) -> None:
    """Two beats ring, and two workers hold and let go at once."""
    with ExitStack() as running:
        for name in ("first", "second"):
            running.enter_context(house.worker())
            running.enter_context(house.beat(f"{name}-{scope.network_id}"))
        house.wait_for(lambda: _all_held(scope), "what is complete made and the rest held")
        _ring_at_once(house)
        HELD.comes(scope, house.now)
        _ring_at_once(house)
        house.wait_for_runs(scope, MADE, ALL, "all reports")
    finish(house, scope)


def restated_and_killed(house: House, scope: Scope) -> None:
    """kill -9 of whoever looks at a sealed month anew, at each point, and of who makes its second issue."""
    with house.worker():
        house.wait_for_runs(scope, MADE, ALL, "the sealed months")
    RESTATED.comes(scope, house.now)
    _fall_in_turn(house, scope, (*RESTATE_POINTS, *WHILE_MADE))
    finish(house, scope, WITH_SECOND_ISSUES)


def restated_and_flushed(house: House, scope: Scope) -> None:
    """Two workers look at the same sealed months at once, and every message is lost before and after the first second issue."""
    with house.worker(), house.worker():
        house.wait_for_runs(scope, MADE, ALL, "the sealed months")
        RESTATED.comes(scope, house.now)
        for condition in ("issue > 1", f"issue > 1 AND {MADE}"):
            _ring_at_once(house)
            house.wait_for_runs(scope, condition, 1, "a second issue")
            house.queue.flushall()
    finish(house, scope, WITH_SECOND_ISSUES)


def restated_and_slept(house: House, scope: Scope) -> None:
    """A worker has read what its second issue is made of, and sleeps while newer data come and another makes it of those; it wakes."""
    with house.worker():
        house.wait_for_runs(scope, MADE, ALL, "the sealed months")
    sealed_months_change(scope, house.now)
    with house.sleeper("report.2.read") as sleeper:
        and_change_again(scope, house.now)
        finish(house, scope, WITH_SECOND_ISSUES)
        sleeper.send_signal(signal.SIGCONT)
        house.be_heard()
    finish(house, scope, WITH_SECOND_ISSUES)


def _all_held(scope: Scope) -> bool:
    return count(scope, MADE) == ALL - HELD_AT_FIRST and count(scope, "state = 'held'") == HELD_AT_FIRST


def _fall_in_turn(house: House, scope: Scope, points: Sequence[str]) -> None:
    for point in points:
        house.fall(point)
        time_passes(scope)


def _ring_at_once(house: House) -> None:
    for _ in range(BELLS):
        house.ring()


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise NotThere(f"not so: {what}")
