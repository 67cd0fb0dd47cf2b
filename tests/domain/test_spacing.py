"""Quartiles of values counted by their size are those of the values themselves."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.spacing import quartiles


@given(st.lists(st.integers(-50, 400), min_size=1, max_size=200))
def test_quartiles_are_those_of_the_values(values: list[int]) -> None:
    found = quartiles(Counter(values))
    assert found is not None
    expected = np.percentile(values, [25, 50, 75], method="inverted_cdf")
    assert (found.many, found.first, found.median, found.third) == (len(values), *expected)


def test_of_nothing_there_are_none() -> None:
    assert quartiles({}) is None
    assert quartiles({7: 0}) is None
