"""The network's own line beside one site's: shown only where enough other sites and patients stand behind it.

Whoever reads the line can subtract every site that they may see, whichever of them the page shows. So what is left, the
other sites, is what the rule looks at: how many they are, how many patients of their own stand behind them, and how many of
those behind the line's numerator and behind its complement.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import WHOLE_NETWORK_ROLES, Scope
from webapp.domain.settings import MeasureSettings
from webapp.queries.fact_cells import FactView, screened_sql, sessions_sql
from webapp.transactions import over_reach

LINE_COUNTS = ("numerator", "denominator", "sites", "patients", "patients_with", "patients_without")
"""What a month of a line holds. patients_with, patients_without: distinct patients behind the numerator, and behind the rest."""


@dataclass(frozen=True, slots=True)
class LineMonth:
    """One month of a line, of the whole network or of some sites: the columns of LINE_COUNTS."""

    numerator: int
    denominator: int
    sites: int
    patients: int
    patients_with: int
    patients_without: int

    def without(self, own: "LineMonth") -> "LineMonth":
        """The month of the other sites. Patients that are also treated at one's own sites are not theirs: at least so many."""
        return LineMonth(*(getattr(self, name) - getattr(own, name) for name in LINE_COUNTS))

    def gives_nobody_away(self, min_sites: int, min_patients: int) -> bool:
        """Whether enough sites and patients stand behind the month, its numerator and its complement; none at all is enough."""
        parts = ((self.numerator, self.patients_with), (self.denominator - self.numerator, self.patients_without))
        return (
            self.sites >= min_sites
            and self.patients >= min_patients
            and all(sessions == 0 or patients >= min_patients for sessions, patients in parts)
        )


NOTHING = LineMonth(0, 0, 0, 0, 0, 0)


def fetch_network_line(
    scope: Scope, db: Session, settings: MeasureSettings, measure: str, stratum: str, period: Period
) -> dict[date, float]:
    """The network's share by month, without the months in which the line would give the other sites' patients away.

    The other sites: all but those that the person may see; for whoever sees the whole network, all but those in view.
    """
    values = {"measure": measure, "stratum": stratum, "start": period.start_on, "end": period.end_on}
    whole = _by_month(
        db,
        f"SELECT month, {', '.join(LINE_COUNTS)} FROM network_month WHERE network_id = :network AND measure = :measure"
        " AND stratum = :stratum AND month >= :start AND month < :end",
        {**values, "network": scope.network_id},
    )
    if not whole:
        return {}
    view = FactView(scope.network_id, settings.late_cancel_hours)
    own_months = network_months(view, "AND s.site_id = ANY (:sites) AND s.on_date >= :start AND s.on_date < :end")
    with _own_rows(scope, db) as sites:
        own = _by_month(
            db,
            f"SELECT month, {', '.join(LINE_COUNTS)} FROM ({own_months}) o WHERE measure = :measure AND stratum = :stratum",
            {**values, **view.parameters, "sites": list(sites)},
        )
    return {
        month: line.numerator / line.denominator
        for month, line in whole.items()
        if line.without(own.get(month, NOTHING)).gives_nobody_away(settings.min_other_sites, settings.min_cell)
    }


def network_months(view: FactView, only: str = "") -> str:
    """The lines month by month: delivered sessions, and screened sessions with any side effect. `only` narrows, over alias `s`.

    A query of `month`, `measure`, `stratum` and LINE_COUNTS.
    """
    month = "(f.on_date - (extract(day FROM f.on_date)::integer - 1))"
    return f"""
        SELECT {month} AS month, 'session_count' AS measure, '' AS stratum, {_counted("true")}
        FROM ({sessions_sql(view, only)}) f WHERE f.delivered GROUP BY {month}
        UNION ALL
        SELECT {month}, 'side_effect_rate', 'any', {_counted("f.affected")}
        FROM (SELECT d.*, EXISTS (SELECT 1 FROM side_effect_version e WHERE e.session_id = d.session_id AND {view.current("e")})
            AS affected FROM ({screened_sql(view, only)}) d WHERE d.asked_how <> '') f GROUP BY {month}"""


def _counted(numerator: str) -> str:
    return f"""(count(*) FILTER (WHERE {numerator}))::integer AS numerator, count(*)::integer AS denominator,
            count(DISTINCT f.site_id)::integer AS sites, count(DISTINCT f.patient_id)::integer AS patients,
            (count(DISTINCT f.patient_id) FILTER (WHERE {numerator}))::integer AS patients_with,
            (count(DISTINCT f.patient_id) FILTER (WHERE NOT {numerator}))::integer AS patients_without"""


@contextmanager
def _own_rows(scope: Scope, db: Session) -> Iterator[frozenset[UUID]]:
    """The sites to be left out of the others, whose rows can be read within the block."""
    if scope.role in WHOLE_NETWORK_ROLES:
        yield scope.site_ids
    else:
        with over_reach(scope, db):
            yield scope.reach


def _by_month(db: Session, statement: str, values: dict[str, object]) -> dict[date, LineMonth]:
    return {month: LineMonth(*counts) for month, *counts in db.execute(text(statement), values)}
