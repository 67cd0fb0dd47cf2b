"""The months of patients with side effects, and the steps between them: kept up with the touched months."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.queries.affected_patients import AFFECTED_COLUMNS, STEP_COLUMNS, affected_rows, step_rows
from webapp.queries.fact_cells import FactView
from webapp.services.tiers import MONTH_OF

_MONTHS = f"(site_id, on_date) IN (SELECT DISTINCT site_id, {MONTH_OF} FROM touched_day)"
_OF_TOUCHED = "AND a.patient_id IN (SELECT patient_id FROM touched_patient)"
_KEY = ", ".join(STEP_COLUMNS[:-1])
_STEPS = ", ".join(STEP_COLUMNS)


def replace_affected(scope: Scope, db: Session, view: FactView, *, anew: bool) -> None:
    """Put the months of the touched days in the place of what is stored, and move the steps of their patients.

    view: the gathered sessions, which are those of whole touched months. anew: all steps are counted again, not moved.
    """
    names = ", ".join(AFFECTED_COLUMNS)
    stored = f"DELETE FROM affected_month WHERE network_id = :network AND {_MONTHS}"
    fresh = f"INSERT INTO affected_month (network_id, {names}) SELECT :network, {names} FROM ({affected_rows(view)}) c"
    if anew:
        every = f"INSERT INTO affected_step (network_id, {_STEPS}) SELECT :network, {_STEPS} FROM ({step_rows()}) c"
        statements: tuple[str, ...] = (stored, fresh, "DELETE FROM affected_step WHERE network_id = :network", every)
    else:
        statements = (
            "DROP TABLE IF EXISTS pg_temp.touched_patient",
            f"CREATE TEMPORARY TABLE new_affected ON COMMIT DROP AS {affected_rows(view)}",
            (
                "CREATE TEMPORARY TABLE touched_patient ON COMMIT DROP AS SELECT patient_id FROM new_affected"
                f" UNION SELECT patient_id FROM affected_month WHERE network_id = :network AND {_MONTHS}"
            ),
            "ANALYZE touched_patient",
            _moved(-1),
            stored,
            f"INSERT INTO affected_month (network_id, {names}) SELECT :network, {names} FROM new_affected",
            _moved(1),
            "DELETE FROM affected_step WHERE network_id = :network AND patients = 0",
            "DROP TABLE new_affected",
        )
    for statement in statements:
        db.execute(text(statement), {**view.parameters, "network": scope.network_id})


def _moved(sign: int) -> str:
    """Take the touched patients' steps away, or put them in."""
    return (
        f"INSERT INTO affected_step AS s (network_id, {_STEPS}) SELECT :network, {_KEY}, {sign} * patients"
        f" FROM ({step_rows(_OF_TOUCHED)}) c ON CONFLICT (network_id, {_KEY}) DO UPDATE SET patients = s.patients + EXCLUDED.patients"
    )
