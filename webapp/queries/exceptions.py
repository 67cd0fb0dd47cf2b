"""The queue of exceptions: sessions that do not meet a criterion, as known now, with what was said of each.

An exception is never stored. The counted cells say on which days there are any; only those days are judged from the facts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.answering import Standing, standing_of
from webapp.domain.compliance import Criterion
from webapp.domain.errors import NotAllowed, NotFound
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Verdict
from webapp.queries.answers import StepLine, fetch_exception_steps
from webapp.queries.fact_cells import FactView
from webapp.queries.network_settings import get_settings
from webapp.queries.session_standings import SessionStandings, fetch_session_standings
from webapp.queries.session_verdicts import ALL_SIX, LAPSE, VERDICTS, verdict_parameters, verdicts_sql

MOST_EXCEPTIONS = 500


@dataclass(frozen=True, slots=True)
class SessionException:
    """One session and one criterion that it does not meet. known_since: since when a lapse has been on record, where it is one."""

    session_id: UUID
    site_id: UUID
    on_date: date
    criterion: Criterion
    verdict: Verdict
    known_since: datetime | None
    steps: tuple[StepLine, ...] = ()

    @property
    def standing(self) -> Standing:
        """How it stands by the steps taken."""
        return standing_of([line.taken for line in self.steps])


def fetch_exceptions(
    scope: Scope,
    db: Session,
    period: Period,
    verdict: Verdict = Verdict.NOT_MET,
    limit: int = MOST_EXCEPTIONS,
) -> list[SessionException]:
    """The exceptions of a period, latest day first; at most so many days are judged as hold `limit` of them.

    Raises NotAllowed for a role that sees no rows.
    """
    if not scope.may_open_rows:
        raise NotAllowed("Your role sees counts, not the sessions behind them.")
    code = next(number for number, said in VERDICTS.items() if said is verdict)
    days = _days_with(scope, db, period, code, limit)
    return _judged(scope, db, days, code) if days else []


def count_exceptions(scope: Scope, db: Session, period: Period, verdict: Verdict = Verdict.NOT_MET) -> int:
    """How many pairs of a session and a criterion there are in the period, out of the counted cells."""
    code = next(number for number, said in VERDICTS.items() if said is verdict)
    statement = f"SELECT coalesce(sum(sessions), 0) FROM compliance_day WHERE {_CELLS}"
    return int(db.execute(text(statement), _values(scope, period, code)).scalar_one())


def get_exception(scope: Scope, db: Session, session_id: UUID, criterion: Criterion) -> SessionException:
    """One of them, whatever its verdict is by now. Raises NotFound, alike for a foreign session and one that is not there."""
    row = db.execute(
        text(
            "SELECT s.site_id, s.on_date FROM session_version s WHERE s.network_id = :network AND s.session_id = :session"
            " AND s.site_id = ANY (:sites) AND s.superseded_by_batch_id IS NULL AND NOT s.withdrawn"
            " AND s.status IN ('completed', 'stopped_early')"
        ),
        {"network": scope.network_id, "session": session_id, "sites": list(scope.site_ids)},
    ).one_or_none()
    if row is None or not scope.may_open_rows:
        raise NotFound("There is no such session, or none that you can see.")
    found = _judged(scope, db, [(row.site_id, row.on_date)], None, session_id)
    one = next((each for each in found if each.criterion is criterion), None)
    if one is None:
        raise NotFound("This criterion does not apply to the session.")
    return one


_CELLS = (
    "network_id = :network AND site_id = ANY (:sites) AND on_date >= :start AND on_date < :end AND verdict = :code"
    f" AND criterion NOT IN ('{ALL_SIX}', '{LAPSE}')"
)


def _values(scope: Scope, period: Period, code: int) -> dict[str, object]:
    return {
        "network": scope.network_id,
        "sites": list(scope.site_ids),
        "start": period.start_on,
        "end": period.end_on,
        "code": code,
    }


def _days_with(scope: Scope, db: Session, period: Period, code: int, limit: int) -> list[tuple[UUID, date]]:
    rows = db.execute(
        text(
            f"SELECT site_id, on_date FROM (SELECT site_id, on_date, sum(sum(sessions)) OVER (ORDER BY on_date DESC, site_id)"
            f" - sum(sessions) AS before FROM compliance_day WHERE {_CELLS} GROUP BY site_id, on_date) d WHERE before < :limit"
        ),
        {**_values(scope, period, code), "limit": limit},
    )
    return [(site_id, on) for site_id, on in rows]


def _judged(
    scope: Scope, db: Session, days: Sequence[tuple[UUID, date]], code: int | None, session_id: UUID | None = None
) -> list[SessionException]:
    settings = get_settings(scope, db)
    view = FactView(scope.network_id, settings.late_cancel_hours)
    standings = fetch_session_standings(scope, db, settings, view, None)
    only = (
        "AND s.site_id = ANY (:sites) AND (s.site_id, s.on_date) IN"
        " (SELECT * FROM unnest(CAST(:day_sites AS uuid[]), CAST(:day_dates AS date[])) AS t(site_id, on_date))"
        " AND (CAST(:only_session AS uuid) IS NULL OR s.session_id = :only_session)"
    )
    columns = ", ".join(f"f.{criterion.value}" for criterion in Criterion)
    rows = db.execute(
        text(
            f"SELECT f.session_id, f.site_id, f.on_date, p.administered_by_id, p.supervised_by_id, {columns}"
            f" FROM ({verdicts_sql(view, standings, only)}) f JOIN session_version p ON p.session_id = f.session_id"
            f" AND {view.current('p')} ORDER BY f.on_date DESC, f.site_id, f.session_id"
        ),
        {
            **view.parameters,
            **verdict_parameters(settings, standings),
            "sites": list(scope.site_ids),
            "day_sites": [site for site, _ in days],
            "day_dates": [on for _, on in days],
            "only_session": session_id,
        },
    ).all()
    steps = fetch_exception_steps(scope, db, {row[0] for row in rows})
    return [
        SessionException(
            row[0],
            row[1],
            row[2],
            criterion,
            VERDICTS[said],
            _known_since(standings, criterion, row[1], row[2], (row[3], row[4])),
            tuple(steps.get((row[0], criterion.value), ())),
        )
        for row in rows
        for criterion, said in zip(Criterion, row[5:], strict=True)
        if said is not None and (code is None or said == code)
    ]


def _known_since(
    standings: SessionStandings, criterion: Criterion, site_id: UUID, on: date, people: Sequence[UUID | None]
) -> datetime | None:
    if criterion is Criterion.SETTING:
        return standings.known_since(standings.sites.get(site_id, ()), on)
    if criterion is Criterion.SUPERVISION:
        found = (standings.known_since(standings.of_person(person, site_id), on) for person in people)
        return min((at for at in found if at), default=None)
    return None
