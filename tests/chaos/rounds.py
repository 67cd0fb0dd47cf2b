"""Which scenario comes when, until when: every one once, then more by chance; whatever the time leaves out is named."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.chaos.tally import Tally


class OutOfTime(Exception):
    """The time that the whole had was up in the middle of a scenario."""


@dataclass
class Played:
    """What has been played so far. failed: scenarios that did not hold. cut: one that the end of the time broke off."""

    found: Tally = field(default_factory=Tally)
    begun: int = 0
    failed: list[str] = field(default_factory=list)
    cut: str | None = None
    not_run: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0: every scenario was played and held. 1: one did not hold. 2: those that were played held, but the time left some out."""
        if self.failed:
            return 1
        if self.not_run:
            return 2
        return 0 if self.found.holds else 1

    @property
    def words(self) -> str:
        """The last lines: the count, and what it does not speak of."""
        lines = [
            f"{self.begun - (self.cut is not None)} scenarios. Runs expected / stored / duplicate / differing: {self.found}"
        ]
        if self.failed:
            lines.append(f"Did not hold: {', '.join(self.failed)}.")
        if self.not_run:
            lines.append(
                f"The time was up, so this says nothing of: {', '.join(self.not_run)}. MINUTES= gives it more."
            )
        return "\n".join(lines)


def play(
    names: Sequence[str],
    one: Callable[[str], Tally],
    clock: Callable[[], float],
    until: float,
    chance: Random | None,
    say: Callable[[str], None],
) -> Played:
    """Play each scenario once and then, with `chance`, others until the time is up; none begins after `until` (of `clock`, in seconds).

    one: plays it and counts. AssertionError says that it did not hold, OutOfTime that it was broken off.
    """
    played, waiting = Played(), list(names)
    while (waiting or chance) and clock() < until:
        name = waiting[0] if waiting or chance is None else chance.choice(names)
        began = clock()
        played.begun += 1
        try:
            tally = one(name)
        except OutOfTime:
            played.cut = name
            break
        except AssertionError as missing:
            say(f"{name}: {missing}")
            tally = None
        waiting = waiting[1:]
        if tally is None or not tally.holds:
            played.failed.append(name)
        played.found += tally or Tally()
        say(f"{name:40} {tally or 'did not hold'}  ({clock() - began:.0f} s)")
    played.not_run = waiting
    return played
