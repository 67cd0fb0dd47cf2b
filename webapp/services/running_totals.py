"""Running totals, kept up with the tiers that they add up."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.queries.running_totals import TOTALS, Total
from webapp.services.tiers import MONTH_OF

_WEEK_OF = "(on_date - (extract(isodow FROM on_date)::integer - 1))"
_TOUCHED = """SELECT (SELECT array_agg(h.id) FROM site h WHERE h.network_id = :network),
    (SELECT array_agg(DISTINCT site_id) FROM touched_day), {steps}"""
_STEPS = {
    "months": f"SELECT array_agg(DISTINCT {MONTH_OF}) FROM touched_day",
    "weeks": f"SELECT array_agg(DISTINCT {_WEEK_OF}) FROM touched_day",
    "cohorts": "SELECT array_agg(DISTINCT month) FROM touched_cohort",
}


def replace_totals(scope: Scope, db: Session) -> None:
    """Add up anew: of a touched site everything, of all sites together the touched months, which move what stands after them."""
    values = {"network": scope.network_id}
    steps = ", ".join(f"({step})" for step in _STEPS.values())
    every_site, sites, *found = db.execute(text(_TOUCHED.format(steps=steps)), values).one()
    touched = dict(zip(_STEPS, found, strict=True))
    for total in TOTALS:
        if total.of_network:
            moved = touched["cohorts" if total.stem == "response" else f"{total.step}s"]
            if moved:
                _replace_network(db, total, {**values, "sites": every_site, "steps": moved})
        elif sites:
            _replace_sites(db, total, {**values, "sites": sites})


def _replace_sites(db: Session, total: Total, values: dict[str, object]) -> None:
    names = ", ".join(total.columns)
    rows = total.rows(total.steps("AND m.site_id = ANY (:sites)"))
    for statement in (
        f"DELETE FROM {total.name} WHERE network_id = :network AND site_id = ANY (:sites)",
        f"INSERT INTO {total.name} (network_id, {names}) SELECT :network, {names} FROM ({rows}) c",
    ):
        db.execute(text(statement), values)


def _replace_network(db: Session, total: Total, values: dict[str, object]) -> None:
    names = ", ".join(total.columns)
    counted = total.steps(f"AND m.site_id = ANY (:sites) AND {total.start} = ANY (CAST(:steps AS date[]))")
    kept = total.told_apart("u.start <> ALL (CAST(:steps AS date[]))")
    for statement in (
        "DROP TABLE IF EXISTS pg_temp.new_total",
        f"CREATE TEMPORARY TABLE new_total ON COMMIT DROP AS {total.rows(f'{kept} UNION ALL {counted}')}",
        f"DELETE FROM {total.name} WHERE network_id = :network",
        f"INSERT INTO {total.name} (network_id, {names}) SELECT :network, {names} FROM new_total",
    ):
        db.execute(text(statement), values)
