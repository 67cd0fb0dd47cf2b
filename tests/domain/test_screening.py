"""Both thresholds of screening, and that one function decides by them."""

import ast
from dataclasses import replace

import pytest

from tests.rules.source import PRODUCT, sources
from webapp.domain.screening import is_enough
from webapp.domain.settings import DEFAULT_SETTINGS


@pytest.mark.parametrize(
    ("screened", "delivered", "enough"),
    [
        (20, 20, True),
        (19, 19, False),
        (20, 25, True),
        (20, 26, False),
        (800, 1000, True),
        (799, 1000, False),
        (0, 0, False),
    ],
)
def test_enough_is_a_least_number_and_a_least_share(screened: int, delivered: int, enough: bool) -> None:
    assert is_enough(screened, delivered, DEFAULT_SETTINGS) == enough
    own = replace(DEFAULT_SETTINGS, min_screened=5, min_coverage=0.5)
    assert is_enough(5, 10, own) and not is_enough(4, 4, own) and not is_enough(5, 11, own)


def test_nothing_else_in_the_product_compares_with_these_thresholds() -> None:
    found = {
        source.name
        for source in sources(*PRODUCT)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Compare) and ("min_screened" in ast.dump(node) or "min_coverage" in ast.dump(node))
    }
    assert found == {is_enough.__module__}
