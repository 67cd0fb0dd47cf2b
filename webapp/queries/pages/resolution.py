"""How soon side effects pass: counted in buckets of minutes, so that the page stays quick."""

from collections import defaultdict

from webapp.domain.intervals import wilson
from webapp.domain.resolution import BUCKETS, NOT_RECORDED, words_of
from webapp.domain.vocabulary import ANY_TERM
from webapp.presentation.tables import Cell, Column, Table
from webapp.queries.cells import RESOLUTIONS, count_cells
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.shares import HIGH, LOW, words

WITHIN_AN_HOUR = 60


def time_to_resolution(ground: Ground) -> Table:
    """Each term's events by how long they lasted; the share that had passed within an hour, and the bucket of the middle one."""
    found: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    cells = count_cells(ground.scope, ground.db, RESOLUTIONS, ground.period, ("term", "lasted"))
    for (term, lasted), (events,) in cells.items():
        found[term][lasted] += events
        found[ANY_TERM][lasted] += events
    terms = [ANY_TERM, *sorted(set(found) - {ANY_TERM}, key=words)] if found else []
    return Table(
        "time_to_resolution",
        "How soon do they pass?",
        "Side effects of screened sessions by the time from onset to end, where both are recorded with their times",
        (
            Column("term", "Side effect"),
            Column("rate", "Within an hour", "percent"),
            LOW,
            HIGH,
            Column("middle", "Half had passed"),
            Column("n", "With both times", "integer"),
            *(Column(f"within_{bucket}", words_of(bucket).capitalize(), "integer") for bucket in BUCKETS),
            Column("unknown", "Time not recorded", "integer"),
        ),
        tuple(_row(term, found[term]) for term in terms),
        "time_to_resolution",
        ("Each column counts what passed in that time and not sooner.",) if terms else (),
        row_keys=tuple(terms),
    )


def _row(term: str, many: dict[int, int]) -> tuple[Cell, ...]:
    counts = [many.get(bucket, 0) for bucket in BUCKETS]
    n = sum(counts)
    k = sum(count for bucket, count in zip(BUCKETS, counts, strict=True) if bucket <= WITHIN_AN_HOUR)
    interval = wilson(k, n) if n else None
    share = (k / n, interval.low, interval.high) if interval else (None, None, None)
    name = "Any side effect" if term == ANY_TERM else words(term)
    return (name, *share, _middle(counts), n, *counts, many.get(NOT_RECORDED, 0))


def _middle(counts: list[int]) -> str | None:
    """The bucket by whose end half of them had passed."""
    n, passed = sum(counts), 0
    for bucket, count in zip(BUCKETS, counts, strict=True):
        passed += count
        if n and 2 * passed >= n:
            return words_of(bucket)
    return None
