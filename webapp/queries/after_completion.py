"""What came after completed courses: returns within 30 and 90 days, boosters in 90 days; of those that were followed so long."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.domain.vocabulary import CourseState, Phase
from webapp.queries.cells import COMPLETIONS, Selection, count_cells, sees_all
from webapp.queries.clocks import fetch_clocks
from webapp.queries.course_cohorts import in_cells
from webapp.queries.course_facts import judge_courses
from webapp.queries.running_totals import COMPLETION
from webapp.queries.spacing_cells import NOT_YET, RETURN_DAYS, WITHIN, Quantity
from webapp.transactions import ask

_COMPLETED = (CourseState.COMPLETED_ON_TIME, CourseState.COMPLETED_LATE)


@dataclass(slots=True)
class AfterCompletion:
    """Courses completed in the period. followed, returned: by days; boosters: how many came in 90 days -> followed courses."""

    completed: int = 0
    followed: Counter[int] = field(default_factory=Counter)
    returned: Counter[int] = field(default_factory=Counter)
    boosters: Counter[int] = field(default_factory=Counter)

    def add(self, quantity: str, value: int, many: int, within: Iterable[int] = WITHIN) -> None:
        """Count courses of one value among those followed for some lengths; a negative `many` takes them away."""
        for days in within:
            if quantity == Quantity.RETURN:
                self.followed[days] += many
                self.returned[days] += many if 0 <= value <= days else 0
            elif days == RETURN_DAYS:
                self.boosters[value] += many


# The last weeks of each site's data are the only ones that have not been followed long enough.
_TOO_RECENT = """
    SELECT {site}, d.days, c.quantity, c.value, sum(c.many)::integer
    FROM unnest(CAST(:clock_sites AS uuid[]), CAST(:clock_days AS date[])) AS k(site_id, clock)
    CROSS JOIN LATERAL (SELECT c.on_date, c.quantity, c.value, c.many FROM completion_day c
        WHERE c.network_id = :network AND c.site_id = k.site_id AND c.site_id = ANY (:sites) AND c.on_date > k.clock - {longest}
            AND c.on_date >= :start AND c.on_date < :end {more}) c
    JOIN unnest(CAST(:within AS integer[])) AS d(days) ON c.on_date > k.clock - d.days
    GROUP BY 1, 2, 3, 4"""


def fetch_after_completion(
    scope: Scope, db: Session, selection: Selection, *, by_site: bool = False
) -> dict[UUID | None, AfterCompletion]:
    """The courses completed in the period, each counted where it began: of each site that has any, or of all of them (None).

    Courses have no phase: that filter does not narrow them.
    """
    asked = replace(selection, phase=None)
    if not by_site and in_cells(scope, db, asked) and sees_all(scope, db):
        return {None: _counted(scope, db, asked)}
    clocks = fetch_clocks(scope, db, asked)
    found: dict[UUID | None, AfterCompletion] = {} if by_site else {None: AfterCompletion()}
    if selection.known is not None:
        for site_id, quantity, value, within in _known_values(scope, db, asked, clocks):
            part = found.setdefault(site_id if by_site else None, AfterCompletion())
            part.completed += quantity is Quantity.RETURN
            part.add(quantity, value, 1, within)
        return found
    cells = count_cells(scope, db, COMPLETIONS, asked, (*(("site",) if by_site else ()), "quantity", "value"))
    for (*site, quantity, value), (many,) in cells.items():
        part = found.setdefault(site[0] if site else None, AfterCompletion())
        part.completed += many if quantity == Quantity.RETURN else 0
        part.add(quantity, value, many)
    for site_id, days, quantity, value, many in _too_recent(scope, db, asked, clocks, by_site):
        found[site_id].add(quantity, value, -many, (days,))
    for part in found.values():
        part.boosters += Counter()
    return found


def _counted(scope: Scope, db: Session, selection: Selection) -> AfterCompletion:
    """Of all sites, out of the rows that tell how long a completion has been followed."""
    found, period = AfterCompletion(), selection.period
    columns = ("quantity", "value", "followed")
    cells = COMPLETION.read(columns, [f"c.{name} = :{name}" for name in selection.filters], 0, stepwise=False)
    values = {**selection.filters, "network": scope.network_id, "start0": period.start_on, "end0": period.end_on}
    named = ", ".join(columns)
    for quantity, value, followed, many in ask(
        db, f"SELECT {named}, sum(many)::integer FROM ({cells}) t GROUP BY {named}", values
    ):
        found.completed += many if quantity == Quantity.RETURN else 0
        found.add(quantity, value, many, [days for days in WITHIN if days <= followed])
    found.boosters += Counter()
    return found


def _too_recent(
    scope: Scope, db: Session, selection: Selection, clocks: dict[UUID, date], by_site: bool
) -> Iterable[Any]:
    filters = selection.filters
    site = "k.site_id" if by_site else "CAST(NULL AS uuid)"
    more = "".join(f" AND c.{name} = :{name}" for name in filters)
    return db.execute(
        text(_TOO_RECENT.format(site=site, longest=RETURN_DAYS, more=more)),
        {
            **filters,
            **selection.bound(scope),
            "clock_sites": list(clocks),
            "clock_days": list(clocks.values()),
            "within": list(WITHIN),
        },
    )


def _known_values(
    scope: Scope, db: Session, selection: Selection, clocks: dict[UUID, date]
) -> Iterator[tuple[UUID, Quantity, int, list[int]]]:
    """The same of the facts as known then: site, quantity, value and the lengths for which the course was followed."""
    view = selection.known
    assert view is not None
    statement = (
        f"SELECT s.course_id, s.on_date, s.phase FROM session_version s WHERE {view.current('s')}"
        " AND s.status IN ('completed', 'stopped_early') ORDER BY s.on_date"
    )
    sessions: dict[UUID, list[tuple[date, str]]] = defaultdict(list)
    for course_id, on, phase in db.execute(text(statement), view.parameters):
        sessions[course_id].append((on, phase))
    for course in judge_courses(db, view):
        wanted = course.site_id in scope.site_ids and course.site_id in clocks
        wanted = wanted and selection.indication in (None, course.indication)
        if not (wanted and selection.product in (None, course.product)):
            continue
        for spell in course.spells:
            if spell.end_state not in _COMPLETED or spell.end_on not in selection.period:
                continue
            within = [days for days in WITHIN if spell.end_on + timedelta(days=days) <= clocks[course.site_id]]
            later = [((on - spell.end_on).days, phase) for on, phase in sessions[course.course_id] if on > spell.end_on]
            boosters = sum(phase == Phase.MAINTENANCE and days <= RETURN_DAYS for days, phase in later)
            yield course.site_id, Quantity.RETURN, min((days for days, _ in later), default=NOT_YET), within
            yield course.site_id, Quantity.BOOSTERS, boosters, within
