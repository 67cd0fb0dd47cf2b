"""The network's stored design effects, and which of them a question rests on."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.transactions import ask

LONGEST_MONTH = 31
COUNT = "session_count"
OF_ALL_DELIVERED = "screening_coverage"


def fetch_design_effects(scope: Scope, db: Session) -> dict[tuple[str, str, str], float]:
    """By measure, stratum and span; what is not among them was not estimated and is 1.

    That of the count of delivered sessions, sum n_i^2 / sum n_i of each patient's, follows from the sums of a share of them all.
    """
    statement = (
        "SELECT measure, stratum, span, value, observed, size_squared FROM design_effect WHERE network_id = :network"
    )
    found: dict[tuple[str, str, str], float] = {}
    for measure, stratum, span, value, observed, squared in ask(db, statement, {"network": scope.network_id}):
        found[measure, stratum, span] = float(value)
        if measure == OF_ALL_DELIVERED and observed:
            found[COUNT, "", span] = squared / observed
    return found


def span_of(period: Period, by: Sequence[str] = ()) -> str:
    """Which clusters a share rests on: within a month or less each has at most a month of one patient; a longer period is
    taken for a year, whose clusters are never too small."""
    return "month" if period.days <= LONGEST_MONTH or {"day", "week", "month"}.intersection(by) else "year"
