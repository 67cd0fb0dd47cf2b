"""Use of chairs: booked chair time against the time that the chairs stood ready, as far as a site's data reach."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from webapp.queries.cells import GROUPS, SESSIONS, Key, count_cells
from webapp.queries.clocks import fetch_clocks
from webapp.queries.fact_cells import sessions_sql
from webapp.queries.measuring.asking import Answers, Asking, MeasureRow
from webapp.queries.site_terms import SiteTerms, fetch_site_terms

_NO_CHAIRS = "sites without chairs or opening hours"
_NO_MINUTES = "sessions without booked minutes"
_AFTER_DATA = "days after a site's data end"
_PART_OF: Mapping[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
}


def _chair_use(ask: Asking) -> Iterable[MeasureRow]:
    """Of all sessions, whatever the filters: an hour in which a chair is used by others is not free."""
    ask = replace(ask, selection=replace(ask.selection, indication=None, phase=None, product=None))
    by_site = ask.grouped(("site", *(name for name in ask.by if name != "site")))
    terms = {each.site_id: each for each in fetch_site_terms(ask.scope, ask.db, ask.view)}
    booked = count_cells(ask.scope, ask.db, SESSIONS, ask.selection, by_site.by, where="c.status <> 'scheduled'")
    unstated = _count_without_minutes(by_site)
    ready: Counter[Key] = Counter()
    found: dict[Key, Counter[str]] = defaultdict(Counter)
    told = replace(ask.selection, on=ask.selection.period.last_on)  # however early the day for which states are asked
    clocks = fetch_clocks(ask.scope, ask.db, told)
    for each in terms.values():
        _add_ready(ask, each, clocks, ready, found)
    for key, (*_, minutes) in booked.items():
        values = dict(zip(by_site.by, key, strict=True))
        if _has_chairs(terms.get(values["site"])):
            found[ask.key_of(values)]["booked"] += minutes
            found[ask.key_of(values)][_NO_MINUTES] += unstated.get(key, 0)
    for key, counts in found.items():
        excluded = {name: counts[name] for name in (_NO_CHAIRS, _NO_MINUTES, _AFTER_DATA)}
        yield MeasureRow(ask.keyed(key), counts["booked"], ready[key], excluded=excluded)


def _has_chairs(terms: SiteTerms | None) -> bool:
    return terms is not None and terms.chair_minutes is not None


def _add_ready(
    ask: Asking, terms: SiteTerms, clocks: Mapping[UUID, date], ready: Counter[Key], found: dict[Key, Counter[str]]
) -> None:
    """Add one site's chair minutes to the rows that its days belong to; without chairs, add the site to those left out.

    Days after its data end are left out and counted.
    """
    a_week, clock = terms.chair_minutes, clocks.get(terms.site_id)
    rows: set[Key] = set()
    for day in terms.open_days(ask.selection.period):
        values: dict[str, Any] = {"site": terms.site_id, **{name: part(day) for name, part in _PART_OF.items()}}
        key = ask.key_of(values)
        rows.add(key)
        if a_week is not None:
            silent = clock is None or day > clock
            ready[key] += 0 if silent else a_week[day.weekday()]
            found[key][_AFTER_DATA] += silent
    for key in rows:
        found[key][_NO_CHAIRS] += a_week is None


def _count_without_minutes(ask: Asking) -> dict[Key, int]:
    """Sessions that took or held a chair without saying for how long, by the groups asked for."""
    only = (
        "AND s.site_id = ANY (:sites) AND s.on_date >= :start AND s.on_date < :end AND s.booked_minutes IS NULL"
        " AND s.status <> 'scheduled'"
    )
    groups = ", ".join(GROUPS[name] for name in ask.by)
    rows = ask.db.execute(
        text(
            f"SELECT {groups}, count(*) FROM ({sessions_sql(ask.view, only)}) c"
            f" WHERE (c.status <> 'cancelled' OR c.late_cancelled) GROUP BY {groups}"
        ),
        {
            **ask.view.parameters,
            "sites": list(ask.scope.site_ids),
            "start": ask.selection.period.start_on,
            "end": ask.selection.period.end_on,
        },
    )
    return {tuple(key): count for *key, count in rows}


ANSWERS: Answers = {"chair_use": (("site", "day", "week", "month"), _chair_use)}
