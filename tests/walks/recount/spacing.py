"""The Sessions page's tables of time, chairs and dose, recounted. These sources tell of no chairs, approvals, weights or boosters."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from tests.walks.recount.arithmetic import share
from tests.walks.recount.registry import KEY, Row, recount
from tests.walks.recount.source import Asked, Begun, months

LONGEST_SHOWN = 28
DOSES = ("dose_below", "dose_within", "dose_above", "dose_no_range")


@recount("chair_use")
def chair_use(asked: Asked) -> Iterator[Row]:
    for site in asked.all_sites if any(asked.given()) else ():
        nothing = {"use": None, "booked": 0.0, "ready": None, "free": None}
        yield {KEY: site, "site": asked.source.sites[site], **nothing}


@recount("compared")
def compared(asked: Asked) -> Iterator[Row]:
    """The period beside the one just before it, of as many months."""
    many = [len(list(asked.given())), len(list(asked.given(*_before(asked))))]
    for key, given in zip(("now", "before"), many, strict=True) if any(many) else ():
        counts = {"delivered": given, "induction": given, "maintenance": 0, "n": given, "no_shows": 0}
        yield {KEY: key, **counts, **share(0, given)}


def _before(asked: Asked) -> tuple[date, date]:
    last = asked.first - timedelta(days=1)
    first = asked.first
    for _ in months(asked.first, asked.last):
        first = (first - timedelta(days=1)).replace(day=1)
    return first, last


def gaps_of(asked: Asked) -> list[int]:
    """The days between an infusion of the period and the one before it in the same course."""
    return [
        (later - earlier).days
        for course in asked.source.begun
        for earlier, later in zip(course.days, course.days[1:], strict=False)
        if asked.first <= later <= asked.last
    ]


@recount("gaps")
def gaps(asked: Asked) -> Iterator[Row]:
    found = Counter(gaps_of(asked))
    for days in range(min(max(found), LONGEST_SHOWN) + 1) if found else ():
        yield {KEY: str(days), "days": str(days), "infusions": found[days]}
    if beyond := sum(many for days, many in found.items() if days > LONGEST_SHOWN):
        yield {KEY: "beyond", "infusions": beyond}


@recount("spaces")
def spaces(asked: Asked) -> Iterator[Row]:
    """Quartiles of the gaps; of approvals only that none is recorded, once for each course's first start."""
    starts = first_starts(asked)
    values = sorted(gaps_of(asked))
    none = dict.fromkeys(("first", "median", "third"))
    if values or starts:
        quarters = {name: _value(values, part) for name, part in (("first", 1), ("median", 2), ("third", 3))}
        yield {KEY: "approval", **none, "n": 0, "after": 0, "unknown": starts}
        yield {KEY: "gap", **quarters, "n": len(values), "after": None, "unknown": None}
        yield {KEY: "booster", **none, "n": 0, "after": None, "unknown": None}


def first_starts(asked: Asked) -> int:
    """Patients whose first infusion of all lies in the period: each of them has one course in these sources."""
    first: dict[str, date] = {}
    for course in asked.source.begun:
        first[course.patient] = min(first.get(course.patient, date.max), course.start)
    return sum(asked.first <= day <= asked.last for day in first.values())


def _value(values: Sequence[int], quarters: int) -> int | None:
    return next((value for place, value in enumerate(values, start=1) if 4 * place >= quarters * len(values)), None)


@recount("doses")
def doses(asked: Asked) -> Iterator[Row]:
    """No source tells the weight of a patient."""
    return iter(())


@recount("dose_by_site")
def dose_by_site(asked: Asked) -> Iterator[Row]:
    found = Counter(each.site for each in asked.given())
    for site in asked.all_sites if found else ():
        none = dict.fromkeys(("first", "median", "third"))
        yield {KEY: site, **none, **dict.fromkeys(DOSES, 0), "dose_unknown": found[site]}


def completed(asked: Asked) -> list[Begun]:
    """Courses completed on a day of the period."""
    return [
        course
        for course in asked.source.begun
        if course.state.startswith("completed") and asked.first <= course.end <= asked.last
    ]


@recount("returns")
def returns(asked: Asked) -> Iterator[Row]:
    for days in (30, 90) if completed(asked) else ():
        followed = [course for course in completed(asked) if course.end + timedelta(days=days) <= asked.clock]
        back = sum(_came_back(asked, course, days) for course in followed)
        yield {KEY: str(days), "returned": back, "n": len(followed), **share(back, len(followed))}


def _came_back(asked: Asked, course: Begun, days: int) -> bool:
    until = course.end + timedelta(days=days)
    return any(each.patient == course.patient and course.end < each.on <= until for each in asked.source.given)


@recount("boosters")
def boosters(asked: Asked) -> Iterator[Row]:
    """None of these sources has boosters."""
    if followed := sum(course.end + timedelta(days=90) <= asked.clock for course in completed(asked)):
        yield {KEY: "0", "boosters": 0, "courses": followed, "share": 1.0}
