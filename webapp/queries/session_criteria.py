"""Sessions held against the criteria, one by one: the verdicts of each, and those given under a lapse, also when found out later."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.compliance import Criterion
from webapp.domain.errors import NotAllowed
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings
from webapp.domain.vocabulary import Standing, Verdict
from webapp.queries.fact_cells import FactView
from webapp.queries.judging import LAPSED, OF_PERIOD, fetch_judging
from webapp.queries.session_standings import SessionStandings
from webapp.queries.session_verdicts import LAPSE, VERDICTS, verdicts_sql

Lapsed = Literal["site", "administering person", "supervising person"]
MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Lapse:
    """Whose standing was recorded and not valid on the session's day, and since when the records have said so."""

    whose: Lapsed
    standing: Standing
    known_since: datetime | None


@dataclass(frozen=True, slots=True)
class LapsedSession:
    """A delivered session given under a lapse. It never carries a pseudonym or a rating.

    setting, supervision: the verdicts of the two criteria. known_since: since when at least one lapse was on record.
    """

    session_id: UUID
    site_id: UUID
    on_date: date
    administered_by: str | None
    supervised_by: str | None
    setting: Verdict
    supervision: Verdict
    lapses: tuple[Lapse, ...]

    @property
    def known_since(self) -> datetime | None:
        """The earliest instant since which one of the lapses has been on record."""
        return min((lapse.known_since for lapse in self.lapses if lapse.known_since), default=None)


@dataclass(frozen=True, slots=True)
class SessionVerdicts:
    """How one delivered session meets each criterion; the esketamine one is left out for other products."""

    session_id: UUID
    site_id: UUID
    on_date: date
    verdicts: dict[Criterion, Verdict]


_LAPSED_DAYS = (
    " AND (s.site_id, s.on_date) IN (SELECT d.site_id, d.on_date FROM compliance_day d WHERE d.network_id = :network"
    f" AND d.site_id = ANY (:sites) AND d.on_date >= :start AND d.on_date < :end AND d.criterion = '{LAPSE}' AND d.verdict = 2)"
)
"""The days that hold any, as they are counted now."""


def fetch_session_verdicts(
    scope: Scope,
    db: Session,
    period: Period,
    known_at: datetime | None = None,
    limit: int = MOST_ROWS,
    of: Sequence[UUID] | None = None,
) -> list[SessionVerdicts]:
    """Each delivered session of the period with its verdicts, by day. Raises NotAllowed for a role that sees no rows.

    of: only these sessions; their verdicts are all given, whatever the limit.
    """
    _require_rows(scope)
    asked = fetch_judging(scope, db, period, known_at)
    columns = ", ".join(criterion.value for criterion in Criterion)
    only = OF_PERIOD if of is None else f"{OF_PERIOD} AND s.session_id = ANY (:of)"
    rows = db.execute(
        text(
            f"SELECT session_id, site_id, on_date, {columns} FROM ({verdicts_sql(asked.view, asked.standings, only)}) f"
            " ORDER BY on_date, session_id LIMIT :limit"
        ),
        {**asked.parameters, "limit": limit if of is None else len(of), "of": list(of or ())},
    )
    return [
        SessionVerdicts(
            row[0],
            row[1],
            row[2],
            {c: VERDICTS[code] for c, code in zip(Criterion, row[3:], strict=True) if code is not None},
        )
        for row in rows
    ]


def fetch_lapsed_sessions(
    scope: Scope,
    db: Session,
    period: Period,
    known_at: datetime | None = None,
    limit: int = MOST_ROWS,
    settings: MeasureSettings | None = None,
) -> list[LapsedSession]:
    """The sessions given under a lapse, latest first. Raises NotAllowed for a role that sees no rows.

    settings: those in force, where they have been read already.
    """
    _require_rows(scope)
    asked = fetch_judging(scope, db, period, known_at, settings=settings)
    days = _LAPSED_DAYS if known_at is None else ""
    rows = db.execute(
        text(
            "SELECT s.session_id, s.site_id, s.on_date, s.administered_by_id, s.supervised_by_id,"
            " h.lapses @> s.on_date, a.lapses @> s.on_date, p.lapses @> s.on_date"
            f" FROM session_version s {asked.standings.joins}"
            f" WHERE {asked.view.current('s')} AND s.status IN ('completed', 'stopped_early') {OF_PERIOD}{days} AND {LAPSED}"
            " ORDER BY s.on_date DESC, s.site_id, s.session_id LIMIT :limit"
        ),
        {**asked.parameters, "limit": limit},
    ).all()
    names = _names(db, asked.view, {person for row in rows for person in row[3:5] if person is not None})
    return [_lapsed(row, asked.standings, names) for row in rows]


def _names(db: Session, view: FactView, people: Collection[UUID]) -> dict[UUID, str]:
    """What people are called; asked apart, since the planner takes longer over two more joins than both statements run."""
    if not people:
        return {}
    current = f"{view.current('v')} AND v.practitioner_id = ANY (:people)"
    statement = f"SELECT v.practitioner_id, v.name FROM practitioner_version v WHERE {current}"
    return {person: name for person, name in db.execute(text(statement), {**view.parameters, "people": list(people)})}


def _require_rows(scope: Scope) -> None:
    if not scope.may_open_rows:
        raise NotAllowed("Your role sees counts, not the sessions behind them.")


def _lapsed(row: Sequence[Any], standings: SessionStandings, names: Mapping[UUID, str]) -> LapsedSession:
    session_id, site_id, on, administered_id, supervised_id, *lapsed = row
    administered, supervised = names.get(administered_id), names.get(supervised_id)
    histories = (
        standings.sites.get(site_id, ()),
        standings.of_person(administered_id, site_id),
        standings.of_person(supervised_id, site_id),
    )
    whose: tuple[Lapsed, ...] = ("site", "administering person", "supervising person")
    lapses = tuple(
        Lapse(who, standings.standing_of(held, on), standings.known_since(held, on))
        for who, held, is_lapsed in zip(whose, histories, lapsed, strict=True)
        if is_lapsed
    )
    setting, *people = (
        Verdict.NOT_RECORDED if one is None else Verdict.NOT_MET if one else Verdict.MET for one in lapsed
    )
    order = (Verdict.MET, Verdict.NOT_RECORDED, Verdict.NOT_MET)
    return LapsedSession(
        session_id, site_id, on, administered, supervised, setting, max(people, key=order.index), lapses
    )
