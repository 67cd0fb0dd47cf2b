"""The curious reader: tries to work hidden numbers out of what is printed. For every shareable output it must find
nothing.

Deliberately another way than the one that decides what to hide: linear algebra (a hidden number is found when every
solution of the printed sums gives it the same value) and bounds (no count is negative, so a sum of hidden numbers
bounds each).
"""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from webapp.domain.suppression import Sum

MOST_ROUNDS = 200
_ZERO = 1e-9


def solve_hidden(printed: Mapping[Hashable, int | None], sums: Sequence[Sum]) -> dict[Hashable, int]:
    """Every number that can be worked out though it is hidden (None) or not printed at all. Empty for a safe table."""
    unknown = _unknown(printed, sums)
    if not unknown:
        return {}
    found = _by_algebra(printed, sums, unknown)
    bounds = _by_bounds(printed, sums, unknown)
    found.update({key: low for key, (low, high) in bounds.items() if low == high})
    return found


def _unknown(printed: Mapping[Hashable, int | None], sums: Sequence[Sum]) -> list[Hashable]:
    named = dict.fromkeys(key for one in sums for key in (one.total, *one.parts))
    return [key for key in named if printed.get(key) is None]


def _by_algebra(
    printed: Mapping[Hashable, int | None], sums: Sequence[Sum], unknown: Sequence[Hashable]
) -> dict[Hashable, int]:
    """A number is determined when no solution of the homogeneous equations changes it: its null space row is 0."""
    place = {key: i for i, key in enumerate(unknown)}
    matrix = np.zeros((len(sums), len(unknown)))
    known = np.zeros(len(sums))
    for row, one in enumerate(sums):
        for key, coefficient in ((one.total, -1), *((part, 1) for part in one.parts)):
            value = printed.get(key)
            if value is None:
                matrix[row, place[key]] += coefficient
            else:
                known[row] -= coefficient * value
    _, singular, directions = np.linalg.svd(matrix, full_matrices=True)
    rank = int((singular > _ZERO * max(matrix.shape)).sum())
    free = directions[rank:]
    solution = np.linalg.lstsq(matrix, known, rcond=None)[0]
    fixed = np.abs(free).max(axis=0, initial=0.0) < _ZERO
    return {key: round(float(solution[i])) for key, i in place.items() if fixed[i]}


def _by_bounds(
    printed: Mapping[Hashable, int | None], sums: Sequence[Sum], unknown: Sequence[Hashable]
) -> dict[Hashable, tuple[int, float]]:
    """The lowest and highest value of each unknown count, narrowed sum by sum until nothing changes."""
    low: dict[Hashable, int] = {key: value for key, value in printed.items() if value is not None}
    high: dict[Hashable, float] = dict(low)
    low.update(dict.fromkeys(unknown, 0))
    high.update(dict.fromkeys(unknown, float("inf")))
    for _ in range(MOST_ROUNDS):
        before = (dict(low), dict(high))
        for one in sums:
            lows = sum(low[key] for key in one.parts)
            highs = sum(high[key] for key in one.parts)
            low[one.total], high[one.total] = max(low[one.total], lows), min(high[one.total], highs)
            for key in one.parts:
                high[key] = min(high[key], high[one.total] - (lows - low[key]))
                others = sum(high[part] for part in one.parts if part != key)
                if others != float("inf"):
                    low[key] = max(low[key], low[one.total] - int(others))
        if before == (low, high):
            break
    return {key: (low[key], high[key]) for key in unknown}
