"""What sessions of a period are judged with: the thresholds, the versions of the facts and the standings, as known at an instant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings
from webapp.queries.fact_cells import FactView
from webapp.queries.known_at import versions_known_at
from webapp.queries.network_settings import get_settings
from webapp.queries.session_standings import SessionStandings, fetch_session_standings
from webapp.queries.session_verdicts import verdict_parameters

Filters = Mapping[str, str]
"""What narrows the sessions: any of `indication`, `product` (of their course) and `phase`, with the value wanted."""
NO_FILTER: Filters = MappingProxyType({})

OF_PERIOD = "AND s.site_id = ANY (:sites) AND s.on_date >= :start AND s.on_date < :end"
LAPSED = "(coalesce(h.lapses @> s.on_date, false) OR coalesce(a.lapses @> s.on_date, false) OR coalesce(p.lapses @> s.on_date, false))"
"""Given under a lapse; over the joins of the standings."""


@dataclass(frozen=True, slots=True)
class Judging:
    """parameters: what a statement over `view`, `standings` and `only` is bound with."""

    settings: MeasureSettings
    view: FactView
    standings: SessionStandings
    parameters: dict[str, object]
    only: str


def fetch_judging(
    scope: Scope,
    db: Session,
    period: Period,
    known_at: datetime | None,
    filters: Filters = NO_FILTER,
    settings: MeasureSettings | None = None,
) -> Judging:
    """Judging the sessions of the scope's sites in that period. settings: those in force, where they have been read already."""
    settings = settings or get_settings(scope, db)
    current = FactView(scope.network_id, settings.late_cancel_hours)
    view = versions_known_at(scope, db, known_at) if known_at else current
    standings = fetch_session_standings(scope, db, settings, view, known_at)
    parameters = {
        **view.parameters,
        **verdict_parameters(settings, standings),
        **filters,
        "sites": list(scope.site_ids),
        "start": period.start_on,
        "end": period.end_on,
    }
    return Judging(settings, view, standings, parameters, OF_PERIOD + _narrowed(view, filters))


def _narrowed(view: FactView, filters: Filters) -> str:
    """The filters as conditions over a session version `s`."""
    of_course = "".join(f" AND n.{name} = :{name}" for name in ("indication", "product") if name in filters)
    courses = f" AND s.course_id IN (SELECT n.course_id FROM course_version n WHERE {view.current('n')}{of_course})"
    return (" AND s.phase = :phase" if "phase" in filters else "") + (courses if of_course else "")
