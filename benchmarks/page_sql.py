"""The SQL of every page: how long all statements of its panels take together, and which of them takes longest."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from benchmarks.limits import Held, at_least, at_most
from benchmarks.measuring import Figure, measured, statements
from webapp.domain.filters import parse_filters
from webapp.domain.periods import add_months
from webapp.domain.scope import Scope
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.registry import PANELS
from webapp.transactions import reading

SQL_LIMIT_MS = 15.0
FLAT = 0.7
"""A small network's page may not be faster than this share of the large one's: what is read does not grow with the data."""
REPEATS = 7
WARM_UP = 6
"""As often as the server plans a question anew before it keeps a plan: a connection that serves has long been there."""
LONGEST_SHOWN = 90
NO_TABLES = ("unnest", "generate_series", "lateral", "on_date", "start_on")
"""What stands after FROM without being one."""


@dataclass(frozen=True)
class PageTime:
    """One page under one address, in a network of `sessions`. worst: the longest statement, in milliseconds and words."""

    page: str
    words: str
    sessions: int
    sql_ms: float
    whole_ms: float
    many: int
    worst_ms: float
    worst: str


def page_times(scope: Scope, sessions: int, now: datetime) -> Iterator[PageTime]:
    """Every page over twelve months, and over three years of one indication."""
    month = now.date().replace(day=1)
    first, last = add_months(month, -36), month - timedelta(days=1)
    spans = (
        ("twelve months", "?period=last_12_months"),
        ("three years of one indication", f"?from={first}&to={last}&indication=depression"),
    )
    for page in sorted(PANELS):
        for words, search in spans:
            yield _time_of(scope, sessions, now, page, words, search)


def _time_of(scope: Scope, sessions: int, now: datetime, page: str, words: str, search: str) -> PageTime:
    filters, _ = parse_filters(search, (), now.date())

    def draw() -> None:
        with reading(scope) as db:
            PANELS[page](Ground(scope, db, filters, now.date()))

    for _ in range(WARM_UP):
        draw()
    runs = []
    for _ in range(REPEATS):
        with statements() as asked:
            whole, _ = measured(draw)
        runs.append((sum(took for took, _ in asked), whole, asked))
    runs.sort(key=lambda run: run[0])
    sql, _, asked = runs[len(runs) // 2]
    worst, statement = max(asked, key=lambda one: one[0])
    whole = median(run[1] for run in runs)
    return PageTime(page, words, sessions, sql * 1000, whole * 1000, len(asked), worst * 1000, _shown(statement))


def _shown(statement: str) -> str:
    """What a statement reads, in few words: its tables."""
    tables = re.findall(r"\b(?:FROM|JOIN)\s+([a-z][a-z_]+)\b", statement)
    named = ", ".join(dict.fromkeys(name for name in tables if name not in NO_TABLES))
    return named[:LONGEST_SHOWN] or " ".join(statement.split())[:LONGEST_SHOWN]


def figures(times: list[PageTime]) -> Iterator[Figure]:
    """Each page as a row."""
    for time in times:
        beside = (
            f"{time.many} statements; {time.whole_ms:.0f} ms in all; longest {time.worst_ms:.1f} ms, of {time.worst}"
        )
        yield Figure(f"SQL of {time.page}, {time.words}, {time.sessions:,} sessions", f"{time.sql_ms:.1f} ms", beside)


def limits(times: list[PageTime]) -> Iterator[Held]:
    """Each page of the largest network by the slower of its addresses; and whether small networks are much faster."""
    sizes = sorted({time.sessions for time in times})
    for page in sorted({time.page for time in times}):
        slowest = max((t for t in times if t.page == page and t.sessions == sizes[-1]), key=lambda t: t.sql_ms)
        seen = f"{slowest.worst_ms:.0f} ms of it is one statement over {slowest.worst}"
        what = f"SQL of the page {page}, all series ({slowest.words}, {sizes[-1]:,} sessions)"
        yield at_most(what, SQL_LIMIT_MS, slowest.sql_ms, "ms", seen)
    if len(sizes) < 2:
        yield Held(
            "SQL of a page at a smaller size, as a share of the larger", f"at least {FLAT:g}", "one size only", None
        )
        return
    small, large = ({(t.page, t.words): t for t in times if t.sessions == size} for size in (sizes[0], sizes[-1]))
    ratio, key = min((small[key].sql_ms / large[key].sql_ms, key) for key in large)
    what = f"SQL of a page at {sizes[0]:,} sessions, as a share of {sizes[-1]:,} (flat)"
    seen = f"{key[0]}, {key[1]}: {small[key].sql_ms:.1f} ms beside {large[key].sql_ms:.1f} ms, the longest over {large[key].worst}"
    yield at_least(what, FLAT, ratio, seen)
