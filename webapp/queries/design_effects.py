"""The network's stored design effects, and which of them a question rests on."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.transactions import ask

LONGEST_MONTH = 31


def fetch_design_effects(scope: Scope, db: Session) -> dict[tuple[str, str, str], float]:
    """By measure, stratum and span; what is not among them was not estimated and is 1."""
    statement = "SELECT measure, stratum, span, value FROM design_effect WHERE network_id = :network"
    rows = ask(db, statement, {"network": scope.network_id})
    return {(measure, stratum, span): float(value) for measure, stratum, span, value in rows}


def span_of(period: Period, by: Sequence[str] = ()) -> str:
    """Which clusters a share rests on: within a month or less each has at most a month of one patient; a longer period is
    taken for a year, whose clusters are never too small."""
    return "month" if period.days <= LONGEST_MONTH or {"day", "week", "month"}.intersection(by) else "year"
