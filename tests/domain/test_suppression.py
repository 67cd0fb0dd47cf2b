"""Small cells: hidden, not computable by algebra, bounds or linear programming, and no more hidden than needed."""

from collections.abc import Hashable, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from webapp.domain import suppression
from webapp.domain.suppression import Cell, Decision, Sum, decide
from webapp.domain.suppression_audit import solve_hidden

Counts = dict[tuple[Hashable, Hashable], tuple[int, int]]


def share_cells(
    key: Hashable, k: int, n: int, patients_k: int, patients_rest: int, patients_n: int
) -> tuple[tuple[Cell, Cell, Cell], Sum]:
    """The cells of one share: (key, "k"), (key, "n") and, never shown, the complement (key, "rest"); and their sum."""
    cells = (
        Cell((key, "k"), k, patients_k),
        Cell((key, "n"), n, patients_n, is_total=True),
        Cell((key, "rest"), n - k, patients_rest, is_shown=False),
    )
    return cells, Sum((key, "n"), ((key, "k"), (key, "rest")))


def with_margins(rows: Sequence[Sequence[int]], repeats: int = 1) -> Counts:
    """A table whose every count is `repeats` sessions of each patient, margins added up."""
    counts: Counts = {}
    for r, row in enumerate(rows):
        for c, patients in enumerate(row):
            for place in {(r, c), (r, "total"), ("total", c), ("total", "total")}:
                value, people = counts.get(place, (0, 0))
                counts[place] = (value + patients * repeats, people + patients)
    return counts


def cross_table(counts: Counts) -> tuple[tuple[Cell, ...], tuple[Sum, ...]]:
    """The table's cells, and its sums: each row and each column adds up to its margin."""
    cells = tuple(Cell(place, value, people, is_total="total" in place) for place, (value, people) in counts.items())
    sums = [
        Sum((row, "total"), tuple(place for place in counts if place[0] == row and place[1] != "total"))
        for row in dict.fromkeys(row for row, _ in counts)
    ]
    sums += [
        Sum(("total", column), tuple(place for place in counts if place[1] == column and place[0] != "total"))
        for column in dict.fromkeys(column for _, column in counts)
    ]
    return cells, tuple(sums)


def printed(cells: Sequence[Cell], decision: Decision) -> dict[Hashable, int | None]:
    return {cell.key: None if cell.key in decision.hidden else cell.value for cell in cells if cell.is_shown}


def lp_ranges(view: dict[Hashable, int | None], sums: Sequence[Sum]) -> dict[Hashable, tuple[float, float]]:
    """The lowest and highest value that each unprinted count can have, by linear programming."""
    keys = list(dict.fromkeys(key for one in sums for key in (one.total, *one.parts)))
    matrix = np.zeros((len(sums), len(keys)))
    for row, one in enumerate(sums):
        matrix[row, keys.index(one.total)] = -1
        for part in one.parts:
            matrix[row, keys.index(part)] = 1
    fixed = [view.get(key) for key in keys]
    bounds = [(0, None) if value is None else (value, value) for value in fixed]
    ranges = {}
    for i, key in enumerate(keys):
        if fixed[i] is None:
            ends = []
            for sign in (1, -1):
                target = np.zeros(len(keys))
                target[i] = sign
                solved = linprog(target, A_eq=matrix, b_eq=np.zeros(len(sums)), bounds=bounds)
                ends.append(np.inf if solved.status == 3 else sign * solved.fun)
            ranges[key] = (ends[0], ends[1])
    return ranges


def test_one_small_cell_takes_three_more() -> None:
    cells, sums = cross_table(with_margins([[5, 40, 50], [30, 60, 70], [45, 80, 90]]))
    decision = decide(cells, sums, 11)
    assert decision.primary == {(0, 0)}
    assert decision.complementary == {(0, 1), (1, 0), (1, 1)}
    assert solve_hidden(printed(cells, decision), sums) == {}


def test_the_naive_table_is_solved_by_the_audit() -> None:
    cells, sums = cross_table(with_margins([[5, 40], [30, 60]]))
    naive = Decision(frozenset({(0, 0)}), frozenset())
    assert solve_hidden(printed(cells, naive), sums) == {(0, 0): 5}


def test_the_audit_sees_through_zeros() -> None:
    """Two hidden cells that add up to nothing are both nothing."""
    sums = [Sum("all", ("a", "b", "c"))]
    assert solve_hidden({"all": 40, "a": None, "b": None, "c": 40}, sums) == {"a": 0, "b": 0}


def test_the_audit_solves_equations_that_no_single_sum_gives_away() -> None:
    sums = [Sum("ab", ("a", "b")), Sum("bc", ("b", "c")), Sum("ac", ("a", "c"))]
    view: dict[Hashable, int | None] = {"ab": 10, "bc": 12, "ac": 14, "a": None, "b": None, "c": None}
    assert solve_hidden(view, sums) == {"a": 6, "b": 4, "c": 8}


def test_nothing_small_hides_nothing_and_zero_is_not_small() -> None:
    cells, sums = cross_table(with_margins([[0, 40], [30, 60]]))
    assert decide(cells, sums, 11).hidden == frozenset()


def test_sessions_of_few_patients_are_small_however_many_they_are() -> None:
    cells, sums = cross_table(with_margins([[10, 40], [30, 60]], repeats=6))
    assert (0, 0) in decide(cells, sums, 11).primary


def test_a_small_complement_hides_the_numerator_or_the_denominator() -> None:
    cells, one = share_cells("site", k=97, n=100, patients_k=40, patients_rest=3, patients_n=42)
    decision = decide(cells, [one], 11)
    assert decision.hidden == {("site", "k")}
    assert solve_hidden(printed(cells, decision), [one]) == {}


def test_two_periods_that_differ_by_few_are_not_both_shown() -> None:
    cells = [Cell("quarter", 90, 50), Cell("two months", 86, 48), Cell("third month", 4, 3, is_shown=False)]
    sums = [Sum("quarter", ("two months", "third month"))]
    decision = decide(cells, sums, 11)
    assert len(decision.hidden) == 1
    assert solve_hidden(printed(cells, decision), sums) == {}


def test_a_cell_that_stands_alone_is_just_hidden() -> None:
    assert decide([Cell("a", 3, 3), Cell("b", 30, 30)], [], 11).hidden == {"a"}


def test_what_the_reader_knows_from_elsewhere_covers_nothing() -> None:
    """Beside a known cell, however cheap it would be, a small one hides a third; where all else is known nothing can help it."""
    small, known, third = Cell("small", 3, 3), Cell("known", 20, 20, is_known=True), Cell("third", 90, 90)
    whole = Cell("all", 113, 113, is_total=True)
    one = Sum("all", ("small", "known", "third"))
    decision = decide([small, known, third, whole], [one], 11)
    assert decision == Decision(frozenset({"small"}), frozenset({"third"}))
    assert solve_hidden(printed([small, known, third, whole], decision), [one]) == {}
    without = [small, known, Cell("all", 23, 23, is_total=True)]
    assert decide(without, [Sum("all", ("small", "known"))], 11).complementary == {"all"}
    certain = [small, known, Cell("all", 23, 23, is_known=True)]
    assert decide(certain, [Sum("all", ("small", "known"))], 11).hidden == {"small"}


def test_a_small_cell_that_the_reader_knows_hides_nothing() -> None:
    cells = [Cell("known", 3, 3, is_known=True), Cell("b", 40, 40), Cell("all", 43, 43, is_total=True)]
    assert decide(cells, [Sum("all", ("known", "b"))], 11).hidden == frozenset()


def test_where_a_cell_cannot_be_covered_all_that_is_tied_to_it_stays_hidden() -> None:
    """Also where another small one has its cover, which alone would let the rest be shown again."""
    cells = [
        *(Cell("all", 23, 23, is_known=True), Cell("known", 20, 20, is_known=True), Cell("bare", 3, 3)),
        *(Cell("tied", 40, 40), Cell("both", 43, 43), Cell("within", 12, 12, is_shown=False), Cell("rest", 28, 28)),
        *(Cell("small", 5, 5), Cell("other", 50, 50), Cell("sum", 55, 55, is_total=True)),
    ]
    sums = [Sum("all", ("bare", "known")), Sum("both", ("bare", "tied")), Sum("tied", ("within", "rest"))]
    decision = decide(cells, [*sums, Sum("sum", ("small", "other"))], 11)
    assert decision == Decision(frozenset({"bare", "small"}), frozenset({"tied", "both", "rest", "other"}))


def test_what_is_given_up_on_hides_all_that_is_tied_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suppression, "MOST_STEPS", 0)
    cells, sums = cross_table(with_margins([[5, 40, 50], [30, 60, 70]]))
    assert decide([*cells, Cell("apart", 30, 30)], sums, 11).hidden == {cell.key for cell in cells}


def test_a_sum_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        decide([Cell("t", 5, 5), Cell("a", 4, 4)], [Sum("t", ("a",))], 11)


def test_where_the_total_is_its_only_part_both_are_hidden() -> None:
    cells, sums = cross_table(with_margins([[5], [40]]))
    decision = decide(cells, sums, 11)
    assert {(0, 0), (0, "total")} <= decision.hidden
    assert solve_hidden(printed(cells, decision), sums) == {}


TABLES = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from([0, 0, 1, 2, 5, 9, 12, 20, 45]), min_size=width, max_size=width),
        min_size=1,
        max_size=5,
    )
)


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_no_small_cell_can_be_worked_out(rows: list[list[int]]) -> None:
    cells, sums = cross_table(with_margins(rows))
    decision = decide(cells, sums, 11)
    assert decision.primary == {cell.key for cell in cells if 0 < cell.patients < 11}
    view = printed(cells, decision)
    assert solve_hidden(view, sums) == {}
    for low, high in lp_ranges(view, sums).values():
        assert high - low > 0.5


@settings(max_examples=40, deadline=None)
@given(TABLES)
def test_no_further_cell_is_hidden_without_need(rows: list[list[int]]) -> None:
    cells, sums = cross_table(with_margins(rows))
    decision = decide(cells, sums, 11)
    for key in decision.complementary:
        shown_again = Decision(decision.primary, decision.complementary - {key})
        ranges = lp_ranges(printed(cells, shown_again), sums)
        assert any(high - low < 0.5 for place, (low, high) in ranges.items() if place in decision.primary)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.sampled_from([0, 3, 20, 45]), min_size=3, max_size=3), min_size=2, max_size=3))
def test_for_one_small_cell_it_is_the_fewest(rows: list[list[int]]) -> None:
    cells, sums = cross_table(with_margins(rows))
    decision = decide(cells, sums, 11)
    if len(decision.primary) != 1 or not decision.complementary:
        return
    (small,) = decision.primary
    others = [cell.key for cell in cells if cell.key != small]
    for fewer in combinations(others, len(decision.complementary) - 1):
        ranges = lp_ranges(printed(cells, Decision(decision.primary, frozenset(fewer))), sums)
        assert ranges[small][1] - ranges[small][0] < 0.5


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=5))
def test_shares_of_sites_with_a_network_line(sites: list[tuple[int, int]]) -> None:
    """Numerators and denominators of sites and of the network, complements never shown, all decided at once."""
    cells: list[Cell] = []
    sums: list[Sum] = []
    for name, (k, rest) in [*enumerate(sites), ("all", (sum(k for k, _ in sites), sum(r for _, r in sites)))]:
        of_share, one = share_cells(name, k, k + rest, k, rest, k + rest)
        cells.extend(of_share)
        sums.append(one)
    sums += [Sum(("all", kind), tuple((name, kind) for name in range(len(sites)))) for kind in ("k", "n", "rest")]
    decision = decide(cells, sums, 11)
    small = {cell.key for cell in cells if 0 < cell.patients < 11}
    assert not set(solve_hidden(printed(cells, decision), sums)) & (small | decision.hidden)
    for place, (low, high) in lp_ranges(printed(cells, decision), sums).items():
        assert place not in small or high - low > 0.5


def test_a_year_of_24_sites_is_decided() -> None:
    rng = np.random.default_rng(7)
    rows = rng.choice([3, 8, 15, 40, 60], size=(24, 12), p=[0.02, 0.05, 0.13, 0.4, 0.4]).tolist()
    cells, sums = cross_table(with_margins(rows, repeats=3))
    decision = decide(cells, sums, 11)
    assert solve_hidden(printed(cells, decision), sums) == {}
    assert len(decision.complementary) <= 1.5 * len(decision.primary)
