"""Small cells: which numbers an output for an audience without row rights must hide, so that none of them can be worked
out.

A cell is *small* when it rests on 1 to `min_cell - 1` distinct patients. Small cells are hidden (primary), and then the
further cells (complementary) without which a small one could be computed from totals, rows, columns, a share with its
denominator, or two periods: everything that adds up is told as a `Sum`. What must not be computed although it is not
shown (the complement of a numerator, the difference of two periods) is a cell with `is_shown=False`.

A hidden set is accepted only when for every small cell there is *another table of counts, none negative, that would
print the same* with a different number in that cell. Such a table differs by +1 and -1 along a closed pattern of hidden
cells; the pattern with the fewest newly hidden cells is searched for each small cell in turn (then: totals last, small
numbers first), and afterwards every further cell that is not needed is shown again. The fewest for one small cell; for
several together a good, not always the least, set. Sources: Cox LH. J Am Stat Assoc 1980;75:377-385 (complementary
suppression); Willenborg L, de Waal T. Elements of Statistical Disclosure Control. Springer 2001.

One function decides (`decide`); page, CSV, XLSX, PDF and API ask it. A hidden number takes its share, interval, bar,
alternative text and sentence with it. `webapp.domain.suppression_audit` plays the curious reader.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

Key = Hashable
Cost = tuple[int, int, int]

MOST_STEPS = 20_000
"""Patterns looked at before giving up on one cell; then everything that is connected with it is hidden."""
FEWER_STEPS = 2_000
"""The same where it is tried whether a cell might be shown again: then it stays hidden."""
MOST_CHECKS = 1_500
"""Cells that might be shown again times small ones up to which it is tried: beyond, a few more than needed stay hidden."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number: how many it says, and on how many distinct patients that rests. is_total: hidden only where it must
    be. is_known: the reader has it from elsewhere, so that it is never hidden and hides nothing.
    """

    key: Key
    value: int
    patients: int
    is_shown: bool = True
    is_total: bool = False
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """The cell `total` is the sum of the cells `parts`, as any reader can see."""

    total: Key
    parts: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """primary: hidden because small. complementary: hidden so that no small one can be worked out."""

    primary: frozenset[Key]
    complementary: frozenset[Key]

    @property
    def hidden(self) -> frozenset[Key]:
        """Everything that must not be printed."""
        return self.primary | self.complementary


def decide(cells: Iterable[Cell], sums: Sequence[Sum], min_cell: int) -> Decision:
    """What to hide. KeyError where a sum names a cell that is not given; ValueError where a sum does not add up."""
    table = _Table(cells, sums)
    small = [cell for cell in table.cells.values() if 0 < cell.patients < min_cell and not cell.is_known]
    primary = {cell.key for cell in small if cell.is_shown}
    hidden = set(primary)
    patterns: dict[Key, set[Key]] = {}
    for cell in sorted(small, key=lambda c: (c.value, str(c.key))):
        pattern = table.pattern_through(cell.key, hidden, may_hide=True)
        if pattern is None:
            hidden |= table.connected(cell.key)
        else:
            hidden |= table.shown_in(pattern)
            patterns[cell.key] = pattern
    if len(patterns) == len(small):  # where one has no pattern, what is tied to it stays hidden
        hidden = _fewer(table, hidden, primary, patterns)
    return Decision(frozenset(primary), frozenset(hidden - primary))


def _fewer(table: "_Table", hidden: set[Key], primary: set[Key], patterns: dict[Key, set[Key]]) -> set[Key]:
    """What must stay hidden for every small cell to keep a pattern. patterns: by small cell one of them, kept up to date.

    Only the cells whose pattern goes through what is to be shown again need another.
    """
    further = sorted(hidden - primary, key=table.worth, reverse=True)
    for key in further if len(further) * len(patterns) <= MOST_CHECKS else ():
        fewer, found = hidden - {key}, dict[Key, set[Key]]()
        for small in (one for one, pattern in patterns.items() if key in pattern):
            pattern = table.pattern_through(small, fewer, may_hide=False)
            if pattern is None:
                break
            found[small] = pattern
        else:
            hidden = fewer
            patterns |= found
    return hidden


class _Table:
    """Cells with the sums they stand in; a sum is a row of coefficients that adds up to 0 (parts +1, total -1)."""

    def __init__(self, cells: Iterable[Cell], sums: Sequence[Sum]) -> None:
        self.cells = {cell.key: cell for cell in cells}
        self._members: list[tuple[Key, ...]] = [(one.total, *one.parts) for one in sums]
        self._places: dict[Key, list[tuple[int, int]]] = {key: [] for key in self.cells}
        for row, one in enumerate(sums):
            if sum(self.cells[key].value for key in one.parts) != self.cells[one.total].value:
                raise ValueError(f"The parts of {one.total!r} do not add up to it.")
            self._places[one.total].append((row, -1))
            for key in one.parts:
                self._places[key].append((row, 1))

    def worth(self, key: Key) -> tuple[bool, int, str]:
        """How much a reader loses with a cell: totals most, then the larger number."""
        cell = self.cells[key]
        return cell.is_total, cell.value, str(key)

    def connected(self, key: Key) -> set[Key]:
        """Every shown cell that is tied to it by sums, directly or through others."""
        found, waiting = {key}, [key]
        while waiting:
            for row, _ in self._places[waiting.pop()]:
                new = [member for member in self._members[row] if member not in found]
                found.update(new)
                waiting.extend(new)
        return {member for member in found if self.cells[member].is_shown and not self.cells[member].is_known}

    def shown_in(self, pattern: set[Key]) -> set[Key]:
        """Those of its cells that a reader would see."""
        return {key for key in pattern if self.cells[key].is_shown}

    def pattern_through(self, key: Key, hidden: set[Key], may_hide: bool) -> set[Key] | None:
        """The cells of a +1/-1 pattern through the cell: of those hidden or never shown, and, where more may be hidden, of
        the fewest others. None if there is none.

        A search in order of cost over what is out of balance; of equal cost, what is nearly in balance first. A pattern
        may go down only where the count is at least 1.
        """
        order = count()
        waiting: list[tuple[Cost, int, int, dict[int, int], dict[Key, int]]] = []

        def wait(cost: Cost, balance: dict[int, int], moves: dict[Key, int]) -> None:
            off = sum(abs(each) for each in balance.values())
            heappush(waiting, (cost, off, next(order), balance, moves))

        for sign in (1, -1):
            if self.cells[key].value + sign >= 0:
                wait((0, 0, 0), self._balance({}, key, sign), {key: sign})
        seen: set[frozenset[tuple[int, int]]] = set()
        most = MOST_STEPS if may_hide else FEWER_STEPS
        while waiting and next(order) < most:
            cost, _, _, balance, moves = heappop(waiting)
            if not balance:
                return set(moves)
            signature = frozenset(balance.items())
            if signature in seen:
                continue
            seen.add(signature)
            row = min(balance)
            for member in self._members[row]:
                if member in moves:
                    continue
                step = self._step(member, row, balance[row], hidden, may_hide)
                if step is not None:
                    sign, more = step
                    total = (cost[0] + more[0], cost[1] + more[1], cost[2] + more[2])
                    wait(total, self._balance(balance, member, sign), {**moves, member: sign})
        return None

    def _step(self, key: Key, row: int, off: int, hidden: set[Key], may_hide: bool) -> tuple[int, Cost] | None:
        """The sign that brings the sum nearer to balance and what it costs; None where the cell cannot take it."""
        cell = self.cells[key]
        coefficient = next(c for r, c in self._places[key] if r == row)
        sign = -coefficient if off > 0 else coefficient
        if cell.is_known or cell.value + sign < 0:
            return None
        if not cell.is_shown or key in hidden:
            return sign, (0, 0, 0)
        return (sign, (1, int(cell.is_total), cell.value)) if may_hide else None

    def _balance(self, before: Mapping[int, int], key: Key, sign: int) -> dict[int, int]:
        after = dict(before)
        for row, coefficient in self._places[key]:
            after[row] = after.get(row, 0) + sign * coefficient
            if after[row] == 0:
                del after[row]
        return after
