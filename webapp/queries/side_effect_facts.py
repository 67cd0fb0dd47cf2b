"""Serious side effects one by one, which no cell can tell: from the facts, by an index of their own."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.queries.cells import Selection

MOST_SERIOUS = 500


@dataclass(frozen=True, slots=True)
class SeriousEffect:
    """One serious side effect of a delivered session."""

    session_id: UUID
    site_id: UUID
    on: date
    term: str
    severity: int
    serious: str
    pseudonym: str | None


_CURRENT = "{0}.network_id = :network AND {0}.superseded_by_batch_id IS NULL AND NOT {0}.withdrawn"


def fetch_serious(scope: Scope, db: Session, selection: Selection) -> list[SeriousEffect]:
    """Serious side effects of the period, newest first; for roles that may see pseudonyms."""
    tables, values = _effects(scope, selection)
    rows = db.execute(
        text(
            f"""SELECT s.session_id, s.site_id, s.on_date, e.term, e.severity, e.serious,
                (SELECT h.pseudonym FROM patient h WHERE h.network_id = :network AND h.id = c.patient_id)
            FROM {tables} AND e.serious <> 'no' ORDER BY s.on_date DESC, s.session_id, e.term LIMIT {MOST_SERIOUS}"""
        ),
        values,
    )
    return [SeriousEffect(*row) for row in rows] if scope.may_see_pseudonyms else []


def _effects(scope: Scope, selection: Selection) -> tuple[str, dict[str, Any]]:
    """Side effects `e` of delivered sessions `s` with their courses `c`, as FROM and WHERE, with the bound values."""
    join = "JOIN" if scope.whole_network else "LEFT JOIN"
    conditions = ""
    values = selection.bound(scope)
    for name, column in (("indication", "c.indication"), ("product", "c.product"), ("phase", "s.phase")):
        if (wanted := getattr(selection, name)) is not None:
            conditions += f" AND {column} = :{name}"
            values[name] = str(wanted)
    return (
        f"""session_version s {join} course_version c ON c.course_id = s.course_id AND {_CURRENT.format("c")}
        JOIN side_effect_version e ON e.session_id = s.session_id AND {_CURRENT.format("e")}
        WHERE {_CURRENT.format("s")} AND s.site_id = ANY (:sites) AND s.on_date >= :start AND s.on_date < :end
        AND s.status IN ('completed', 'stopped_early'){conditions}""",
        values,
    )
