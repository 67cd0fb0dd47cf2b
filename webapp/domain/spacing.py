"""Quartiles of whole-number values that are known by how many have each: exact, without the values themselves."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quartiles:
    """Of `many` values, those that at least a quarter, half and three quarters of them do not exceed."""

    many: int
    first: int
    median: int
    third: int


def quartiles(counts: Mapping[int, int]) -> Quartiles | None:
    """The quartiles of values counted by size; each is one of the values. None where there are none.

    Source: the inverse of the empirical distribution function, definition 1 of Hyndman RJ, Fan Y. Am Stat 1996;50:361-365.
    """
    many = sum(counts.values())
    if not many:
        return None
    return Quartiles(many, *(_value_at(counts, many, part) for part in (1, 2, 3)))


def _value_at(counts: Mapping[int, int], many: int, quarters: int) -> int:
    """The smallest value that so many quarters of all do not exceed."""
    so_far = 0
    for value in sorted(counts):
        so_far += counts[value]
        if 4 * so_far >= quarters * many:
            return value
    raise AssertionError("the whole is not below itself")
