"""Distinct patients with each side effect: patients cannot be added up over months, so a month keeps them one by one.

A row of `affected_month` is one patient's month at a site, by indication, product and phase, with the terms recorded in screened
sessions: a fifth of the rows that the sessions and their side effects are, and no look-up beside them.

Over all sites and whole months not even they are read. `affected_step` counts patients by a month with the term and the month with
it before that one: whoever has the term in a period has one month there, and only one, whose month before lies before the period.
"""

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import ANY_TERM
from webapp.queries.cells import Selection, sees_all
from webapp.queries.fact_cells import FactView, screened_sql
from webapp.transactions import ask

AFFECTED_COLUMNS = ("site_id", "on_date", "indication", "product", "phase", "patient_id", "terms")
STEP_COLUMNS = ("indication", "product", "phase", "before", "month", "term", "patients")
ANY = ""
"""In `affected_step`: whatever the indication, product or phase."""
NEVER = date(1, 1, 1)
"""In `affected_step`: there was no month before."""
_KINDS = ("indication", "product", "phase")
_CURRENT = "{0}.network_id = :network AND {0}.superseded_by_batch_id IS NULL AND NOT {0}.withdrawn"


def affected_rows(view: FactView) -> str:
    """The rows of the table, out of the facts, or out of the sessions gathered: whole months then."""
    key = "site_id, on_date, indication, product, phase, patient_id"
    return f"""
        SELECT {key}, array_agg(DISTINCT term ORDER BY term) AS terms FROM (
            SELECT f.site_id, (f.on_date - (extract(day FROM f.on_date)::integer - 1)) AS on_date, f.indication, f.product,
                f.phase, f.patient_id, e.term
            FROM ({screened_sql(view)} OFFSET 0) f JOIN side_effect_version e ON e.session_id = f.session_id
                AND {view.current("e")}
            WHERE f.asked_how <> '') g GROUP BY {key}"""


def step_rows(only: str = "") -> str:
    """The rows of `affected_step`, out of `affected_month`: over all kinds together, and over one of a kind. `only` narrows, over `a`."""
    kinds = ", ".join(
        f"({', '.join(f'a.{name}' if name == told else repr(ANY) for name in _KINDS)})" for told in ("", *_KINDS)
    )
    key = ", ".join(STEP_COLUMNS[:-1])
    return f"""
        SELECT {key}, count(*)::integer AS patients FROM (
            SELECT indication, product, phase, term, month, coalesce(lag(month) OVER w, DATE '{NEVER}') AS before
            FROM (SELECT DISTINCT k.indication, k.product, k.phase, t.term, a.patient_id, a.on_date AS month
                FROM affected_month a CROSS JOIN LATERAL unnest(a.terms || '{ANY_TERM}'::text) AS t(term)
                CROSS JOIN LATERAL (VALUES {kinds}) AS k(indication, product, phase)
                WHERE a.network_id = :network {only}) d
            WINDOW w AS (PARTITION BY indication, product, phase, term, patient_id ORDER BY month)) s
        GROUP BY {key}"""


def _from_steps(scope: Scope, db: Session, selection: Selection) -> dict[str, int]:
    """Patients by term over whole months of all sites. filters: one at most."""
    kinds = {name: selection.filters.get(name, ANY) for name in _KINDS}
    period = selection.period
    rows = ask(
        db,
        "SELECT term, sum(patients)::bigint FROM affected_step WHERE network_id = :network AND indication = :indication"
        " AND product = :product AND phase = :phase AND before < :start AND month >= :start AND month < :end GROUP BY term",
        {**kinds, "network": scope.network_id, "start": period.start_on, "end": period.end_on},
    )
    return {ANY_TERM: 0, **{term: many for term, many in rows}}


def count_patients_by_term(scope: Scope, db: Session, selection: Selection) -> dict[str, int]:
    """Distinct patients with each term, and with any, among screened sessions of the period.

    Whole months from the stored rows, the edges from the facts; a patient of both counts once.
    """
    months, edges = selection.period.tiers()
    if not edges and len(selection.filters) <= 1 and sees_all(scope, db):
        return _from_steps(scope, db, selection)
    bound: dict[str, Any] = {**selection.filters, "network": scope.network_id, "sites": list(scope.site_ids)}
    parts = []
    for place, (part, period) in enumerate(
        [*((_of_months, m) for m in (months,) if m), *((_of_days, e) for e in edges)]
    ):
        parts.append(part(scope, selection, place))
        bound |= _days(period, place)
    statement = f"""
        WITH had AS MATERIALIZED (SELECT DISTINCT term, patient FROM ({" UNION ALL ".join(parts)}) p)
        SELECT term, count(*) FROM had GROUP BY term
        UNION ALL SELECT '{ANY_TERM}', count(*) FROM (SELECT DISTINCT patient FROM had) a"""
    return {term: many for term, many in db.execute(text(statement), bound)}


def _days(period: Period, place: int) -> dict[str, Any]:
    return {f"start{place}": period.start_on, f"end{place}": period.end_on}


def _of_months(_scope: Scope, selection: Selection, place: int) -> str:
    filters = "".join(f" AND a.{name} = :{name}" for name in selection.filters)
    return f"""
        SELECT t.term, a.patient_id AS patient FROM affected_month a CROSS JOIN LATERAL unnest(a.terms) AS t(term)
        WHERE a.network_id = :network AND a.site_id = ANY (:sites) AND a.on_date >= :start{place} AND a.on_date < :end{place}{filters}"""


def _of_days(scope: Scope, selection: Selection, place: int) -> str:
    """A course that began outside the scope hides its patient and stands for one."""
    join = "JOIN" if scope.whole_network else "LEFT JOIN"
    filters = "".join(f" AND {'s' if name == 'phase' else 'c'}.{name} = :{name}" for name in selection.filters)
    return f"""
        SELECT e.term, coalesce(c.patient_id, s.course_id) AS patient
        FROM session_version s {join} course_version c ON c.course_id = s.course_id AND {_CURRENT.format("c")}
        JOIN side_effect_version e ON e.session_id = s.session_id AND {_CURRENT.format("e")}
        WHERE {_CURRENT.format("s")} AND s.site_id = ANY (:sites) AND s.on_date >= :start{place} AND s.on_date < :end{place}
            AND s.status IN ('completed', 'stopped_early'){filters}
            AND EXISTS (SELECT 1 FROM screen_version w WHERE w.session_id = s.session_id AND {_CURRENT.format("w")})"""
