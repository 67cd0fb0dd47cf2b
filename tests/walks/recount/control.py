"""The control charts of the Side effects page, recounted: any side effect, month by month, at each site. No source changes its protocol."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import sqrt

from tests.walks.recount.arithmetic import has, rate_effect, wilson
from tests.walks.recount.registry import KEY, Row, recount
from tests.walks.recount.side_effects import enough
from tests.walks.recount.source import Asked, month_end, months

BASELINE, RUN, SIGMAS, MIN_EXPECTED = 12, 8, 3.0, 5.0


@dataclass(frozen=True)
class Counted:
    """A whole month of one site. way: how most of its screens were asked."""

    month: date
    n: int
    k: int
    eligible: bool
    way: str

    @property
    def rate(self) -> float:
        return self.k / self.n


@dataclass(frozen=True)
class Read:
    """A month that is held against the centre."""

    counted: Counted
    centre: float
    low: float
    high: float
    beyond: bool
    row: int

    @property
    def side(self) -> str:
        return "above" if self.counted.rate > self.centre else "below"


@recount("control_by_site")
def control_by_site(asked: Asked) -> Iterator[Row]:
    """The newest month that is compared, and what it says."""
    anywhere = {each.site for each in asked.source.given}
    for site in asked.all_sites if anywhere else ():
        counted = _counted(asked, site)
        read = _read(asked, counted)
        row: Row = {
            KEY: site,
            "site": asked.source.sites[site],
            **dict.fromkeys(("month", "rate", "centre", "low", "high")),
        }
        if site not in anywhere:
            yield {**row, "standing": "no sessions"}
        elif not read:
            since = [each for each in counted if each.eligible and each.month >= _begun(counted)]
            yield {**row, "standing": f"no limits yet: {len(since)} of {BASELINE} eligible months"}
        else:
            newest = read[max(read)]
            run = f"{newest.row} months in a row {newest.side}" if newest.row >= RUN else "steady"
            words = f"{newest.side} the limit" if newest.beyond else run
            kept = {"month": newest.counted.month, "rate": newest.counted.rate, "standing": words}
            yield {**row, **kept, "centre": newest.centre, "low": newest.low, "high": newest.high}


@recount("control_chart")
def control_chart(asked: Asked) -> Iterator[Row]:
    """One site, every month since its first session."""
    counted = _counted(asked, *asked.all_sites)
    read = _read(asked, counted)
    for each in counted if read else ():
        row: Row = {"month": each.month, "n": each.n, "sessions": each.k}
        if point := read.get(each.month):
            standing = "beyond the limit" if point.beyond else "part of a run" if point.row >= RUN else "inside"
            limits = {"centre": point.centre, "centre_low": point.low, "centre_high": point.high}
            yield {**row, "rate": each.rate, **limits, "standing": standing}
        else:
            yield {**row, **dict.fromkeys(("rate", "centre", "centre_low", "centre_high")), "standing": "not compared"}


def _counted(asked: Asked, site: str) -> list[Counted]:
    """From the month of the site's first session to the last that ended by the asked day and by the end of the data."""
    here = [each for each in asked.source.given if each.site == site]
    through = asked.told_until(site)
    found = []
    for month in months(min(each.on for each in here), through) if here else ():
        if month_end(month) <= through:
            given = [each for each in here if each.on.replace(day=1) == month]
            screened = [each for each in given if each.asked]
            ways = [each.asked for each in screened]
            way = min(ways, key=lambda name: (-ways.count(name), name)) if ways else ""
            k = sum(has(each, "any") for each in screened)
            found.append(Counted(month, len(screened), k, enough(len(screened), len(given)), way))
    return found


def _begun(counted: list[Counted]) -> date:
    """The month of the last change of the way of asking."""
    told = [each for each in counted if each.way]
    changed = [later.month for earlier, later in pairwise(told) if earlier.way != later.way]
    return changed[-1] if changed else date.min


def _read(asked: Asked, counted: list[Counted]) -> dict[date, Read]:
    """The eligible months since the chart began, held against the first twelve of them; none while there are fewer."""
    eligible = [each for each in counted if each.eligible and each.month >= _begun(counted)]
    first = eligible[:BASELINE]
    if len(first) < BASELINE:
        return {}
    centre = sum(each.k for each in first) / sum(each.n for each in first)
    deff = max(1.0, rate_effect(asked, "any", by_month=True))
    found = {}
    for place, each in enumerate(eligible):
        n_eff = each.n / deff
        half = SIGMAS * sqrt(centre * (1 - centre) / n_eff)
        low, high = wilson(each.k, each.n, SIGMAS, deff)
        compared = min(n_eff * centre, n_eff * (1 - centre)) >= MIN_EXPECTED
        beyond = compared and not low <= centre <= high
        ends = max(0.0, centre - half), min(1.0, centre + half)
        row = _row([(one.rate > centre) - (one.rate < centre) for one in eligible], place)
        found[each.month] = Read(each, centre, *ends, beyond, row)
    return found


def _row(sides: list[int], place: int) -> int:
    """How many neighbours in a row lie on the side of this one, itself included; none of a point on the centre."""
    side, many = sides[place], 1
    for onward in (sides[place + 1 :], sides[:place][::-1]):
        for other in onward:
            if other != side:
                break
            many += 1
    return many if side else 0
