"""A network with fourteen months of one side effect at three sites, of which one leaves its own limits in the newest."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.conftest import NOW
from tests.making import make_network, store
from tests.queries.conftest import with_sites
from webapp.domain.periods import Period, add_months, month_period
from webapp.domain.scope import Scope

FIRST = date(2025, 9, 1)
A_MONTH = 30

Records = Iterator[tuple[str, dict[str, Any]]]
"""Record type and record."""
Months = dict[str, list[tuple[int, str]]]
"""By site, the hits and the way of asking of each month."""


def sessions_of(
    site: str, days: Period, many: int, screened: int, hits: int, each: int = 1, way: str = "solicited"
) -> Records:
    """Delivered sessions from the first to the last of the days, `each` of them one patient's; the first `screened` were asked so."""
    patient = ""
    for n in range(many):
        key = f"{site}-{days.start_on}-{n}"
        on = days.last_on if n == many - 1 else days.start_on + timedelta(days=n % min(25, days.days))
        at = datetime(on.year, on.month, on.day, 15, n % 60, tzinfo=UTC)
        if n % each == 0:
            patient = key
            said = {"key": key, "site": site, "indication": "depression", "product": "esketamine_nasal"}
            yield "courses", {**said, "patient": key}
        yield "sessions", {
            "key": key, "course": patient, "site": site, "status": "completed", "phase": "induction", "on_date": on,
            "started_on": on, "started_at": at, "route": "intranasal",
        }  # fmt: skip
        if n < screened:
            yield "screens", {"key": key, "session": key, "asked_how": way}
        if n < hits:
            yield "side_effects", {"key": key, "session": key, "term": "dissociation", "severity": 1, "serious": "no"}


def month_of_sessions(site: str, month: int, hits: int, way: str, first: date = FIRST) -> Records:
    """A month in which 30 patients were treated and screened once. way: how they were asked; empty where nobody was."""
    return sessions_of(site, month_period(add_months(first, month)), A_MONTH, A_MONTH if way else 0, hits, way=way)


def stored(months: Months, first: date = FIRST) -> Scope:
    """A network whose sites had these months."""
    return stored_of(
        "Charted",
        *(
            month_of_sessions(site, place, hits, way, first)
            for site, of_site in months.items()
            for place, (hits, way) in enumerate(of_site)
        ),
    )


def stored_of(name: str, *parts: Records) -> Scope:
    """A network of these sessions."""
    scope = make_network(NOW, name)
    records: dict[str, list[dict[str, Any]]] = {
        each: [] for each in ("sites", "courses", "sessions", "screens", "side_effects")
    }
    for part in parts:
        for of_type, record in part:
            records[of_type].append(record)
    sites = sorted({record["site"] for record in records["sessions"]})
    records["sites"] = [{"key": site, "name": f"Site {site}", "zone": "America/New_York"} for site in sites]
    store(scope, records, NOW)
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
