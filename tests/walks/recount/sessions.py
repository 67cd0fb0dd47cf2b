"""The tables of the Sessions page, recounted. In these sources every session was given: nobody failed to come or cancelled."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from tests.walks.recount.arithmetic import share
from tests.walks.recount.registry import KEY, Row, recount
from tests.walks.recount.source import Asked, month_end, months

OTHER_STATUSES = ("stopped_early", "cancelled", "no_show", "scheduled")


@recount("sessions_over_time")
def sessions_over_time(asked: Asked) -> Iterator[Row]:
    """By month: the periods asked for here are longer than those that are drawn by day or week."""
    then = [_cut(asked, _year_before(month), back=True) for month in months(asked.first, asked.last)]
    before = [len(list(asked.given(*days))) for days in then]
    first = next((days[0].replace(day=1) for days, many in zip(then, before, strict=True) if many), None)
    now = [len(list(asked.given(*_cut(asked, month)))) for month in months(asked.first, asked.last)]
    for place, month in enumerate(months(asked.first, asked.last) if any(now) or any(before) else ()):
        to_come = month > asked.source.through
        row: Row = {"month": month, "induction": None if to_come else now[place], "maintenance": None if to_come else 0}
        if first is not None:
            known = _year_before(month) >= first
            row |= {"induction_last_year": before[place] if known else None}
            row |= {"maintenance_last_year": 0 if known else None}
        yield row


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


def _cut(asked: Asked, month: date, back: bool = False) -> tuple[date, date]:
    """The days of a month that lie in the period, or in the one a year before."""
    first, last = (_year_before(asked.first), _year_before(asked.last)) if back else (asked.first, asked.last)
    return max(month, first), min(month_end(month), last)


@recount("weekday_and_hour")
def weekday_and_hour(asked: Asked) -> Iterator[Row]:
    """Sessions with a time of day."""
    found = Counter((each.at.isoweekday(), each.at.hour) for each in asked.given() if each.at is not None)
    for (weekday, hour), many in sorted(found.items()):
        yield {KEY: f"{weekday}-{hour}", "weekday": weekday, "hour": hour, "sessions": many}


@recount("sessions_by_status")
def sessions_by_status(asked: Asked) -> Iterator[Row]:
    if many := len(list(asked.given())):
        yield {KEY: "completed", "sessions": many, "share": 1.0}
        for status in OTHER_STATUSES:
            yield {KEY: status, "sessions": 0, "share": 0.0}


@recount("sessions_by_indication")
def sessions_by_indication(asked: Asked) -> Iterator[Row]:
    """Each of these sources treats one indication."""
    if many := len(list(asked.given())):
        kept = {"delivered": many, "induction": many, "maintenance": 0, "n": many, "no_shows": 0, **share(0, many)}
        yield {KEY: asked.source.indication.lower(), "indication": asked.source.indication, **kept}


@recount("no_shows_by_site")
def no_shows_by_site(asked: Asked) -> Iterator[Row]:
    found = Counter(each.site for each in asked.given())
    for site in asked.all_sites if found else ():
        name = asked.source.sites[site]
        yield {KEY: site, "site": name, "n": found[site], "no_shows": 0, **share(0, found[site])}


@recount("sessions_by_site")
def sessions_by_site(asked: Asked) -> Iterator[Row]:
    found = Counter(each.site for each in asked.given())
    for site in asked.all_sites:
        many = {"delivered": found[site], "induction": found[site], "maintenance": 0}
        yield {KEY: site, "site": asked.source.sites[site], **many, **dict.fromkeys(OTHER_STATUSES, 0)}
