"""A network with fourteen months of one side effect at three sites, of which one leaves its own limits in the newest."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.conftest import NOW
from tests.making import make_network, store
from tests.queries.conftest import with_sites
from webapp.domain.periods import add_months
from webapp.domain.scope import Scope

FIRST = date(2025, 9, 1)
A_MONTH = 30


def month_of_sessions(
    site: str, month: int, hits: int, way: str, first: date = FIRST
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(record type, record) of a month in which 30 patients were treated and screened once, the last on its last day.

    way: how they were asked; empty where nobody was.
    """
    start = add_months(first, month)
    last = add_months(start, 1) - timedelta(days=1)
    for n in range(A_MONTH):
        key, on = f"{site}-{month}-{n}", last if n == A_MONTH - 1 else start + timedelta(days=n % 25)
        at = datetime(on.year, on.month, on.day, 15, tzinfo=UTC)
        said = {"key": key, "site": site, "indication": "depression", "product": "esketamine_nasal"}
        yield "courses", {**said, "patient": key}
        yield "sessions", {
            "key": key, "course": key, "site": site, "status": "completed", "phase": "induction", "on_date": on,
            "started_on": on, "started_at": at, "route": "intranasal",
        }  # fmt: skip
        if way:
            yield "screens", {"key": key, "session": key, "asked_how": way}
        if n < hits:
            yield "side_effects", {"key": key, "session": key, "term": "dissociation", "severity": 1, "serious": "no"}


Months = dict[str, list[tuple[int, str]]]
"""By site, the hits and the way of asking of each month."""


def stored(months: Months, first: date = FIRST) -> Scope:
    """A network whose sites had these months."""
    scope = make_network(NOW, "Charted")
    records: dict[str, list[dict[str, Any]]] = {"sites": []}
    for site, of_site in months.items():
        records["sites"].append({"key": site, "name": f"Site {site}", "zone": "America/New_York"})
        for place, (hits, way) in enumerate(of_site):
            for name, record in month_of_sessions(site, place, hits, way, first):
                records.setdefault(name, []).append(record)
    order = ("sites", "courses", "sessions", "screens", "side_effects")
    store(scope, {name: records[name] for name in order}, NOW)
    return with_sites(scope)


def october_outside() -> Scope:
    """RIV rises in its newest month; NGT was asked otherwise from its third month on; LAK has ten months."""
    usual = [(6, "solicited")] * 13
    return stored(
        {
            "RIV": [*usual, (18, "solicited")],
            "NGT": [(5, "spontaneous")] * 2 + [(12, "solicited")] * 12,
            "LAK": [(5, "solicited")] * 10,
        }
    )


TWO_YEARS = date(2024, 11, 1)


def two_years() -> Months:
    """RUN drifts up and ends in a run; OUT falls out of its limits in the newest month; GAP is not asked in two months; NEW is young."""
    wave = [(hits, "solicited") for hits in (9, 12, 10, 11, 8, 13, 9, 12, 11, 10, 9, 12)]
    return {
        "RUN": [*wave, (8, "solicited"), (9, "solicited"), *[(13, "solicited")] * 10],
        "OUT": [*wave, *wave[:11], (0, "solicited")],
        "GAP": [(5, "spontaneous")] * 3 + [*wave[:4], (7, ""), *wave[4:], (4, ""), (20, "solicited"), *wave[:6]],
        "NEW": wave[:11],
    }
