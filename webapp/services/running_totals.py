"""Running totals, kept up with the tiers that they add up."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.queries.running_totals import COMPLIANCE, TOTALS, Total
from webapp.queries.spacing_cells import RETURN_DAYS
from webapp.services.tiers import MONTH_OF

_WEEK_OF = "(on_date - (extract(isodow FROM on_date)::integer - 1))"
_TOUCHED = """SELECT (SELECT array_agg(h.id) FROM site h WHERE h.network_id = :network),
    (SELECT array_agg(DISTINCT site_id) FROM touched_day), {steps}"""
_STEPS = {
    "months": f"SELECT array_agg(DISTINCT {MONTH_OF}) FROM touched_day",
    "weeks": f"SELECT array_agg(DISTINCT {_WEEK_OF}) FROM touched_day",
    "response": "SELECT array_agg(DISTINCT month) FROM touched_cohort",
    "course": """SELECT array_agg(DISTINCT month) FROM (SELECT month FROM touched_cohort
        UNION ALL SELECT (x.start_on - (extract(day FROM x.start_on)::integer - 1)) FROM course_spell x
            JOIN moved_clock k ON k.site_id = x.site_id WHERE x.network_id = :network AND GREATEST(x.end_on, x.horizon_on) > k.least) c""",
    "completion": f"""SELECT array_agg(DISTINCT month) FROM (SELECT {MONTH_OF} AS month FROM touched_day
        UNION ALL SELECT (c.on_date - (extract(day FROM c.on_date)::integer - 1)) FROM completion_day c
            JOIN moved_clock k ON k.site_id = c.site_id WHERE c.network_id = :network AND c.on_date > k.least - {RETURN_DAYS}) c""",
}
"""Of courses: the start months of those touched, and of those whose site's clock moved before their end or their
horizon, or up to it; all courses of a site whose clock came or went. Of completions likewise, as long as they are followed."""


def note_clocks(scope: Scope, db: Session) -> None:
    """Take down where the clocks of the touched sites stand, before they are moved."""
    for statement in (
        "DROP TABLE IF EXISTS pg_temp.clock_before, pg_temp.moved_clock",
        "CREATE TEMPORARY TABLE clock_before ON COMMIT DROP AS SELECT site_id, data_through FROM site_clock WHERE network_id = :network",
    ):
        db.execute(text(statement), {"network": scope.network_id})


_MOVED = """CREATE TEMPORARY TABLE moved_clock ON COMMIT DROP AS
    SELECT site_id, CASE WHEN b.data_through IS NULL OR k.data_through IS NULL THEN DATE '-infinity'
        ELSE LEAST(b.data_through, k.data_through) END AS least FROM clock_before b
    FULL JOIN (SELECT site_id, data_through FROM site_clock WHERE network_id = :network) k USING (site_id)
    WHERE b.data_through IS DISTINCT FROM k.data_through"""


def replace_totals(scope: Scope, db: Session, *, anew: bool = False) -> None:
    """Add up anew: of a touched site everything, of all sites together the touched months, which move what stands after them.

    anew: everything, whatever was touched and whatever is stored.
    """
    values: dict[str, object] = {"network": scope.network_id}
    if anew:
        for total in TOTALS:
            _replace_rows(db, total, values)
        return
    db.execute(text(_MOVED), values)
    steps = ", ".join(f"({step})" for step in _STEPS.values())
    every_site, sites, *found = db.execute(text(_TOUCHED.format(steps=steps)), values).one()
    touched = dict(zip(_STEPS, found, strict=True))
    for total in TOTALS:
        if total.of_network:
            moved = touched.get(total.stem, touched[f"{total.step}s"])
            if moved:
                _replace_network(db, total, {**values, "sites": every_site, "steps": moved})
        elif sites and total is not COMPLIANCE:
            _replace_rows(db, total, {**values, "sites": sites}, "site_id = ANY (:sites)")


def replace_compliance(scope: Scope, db: Session, touched: str) -> None:
    """Add up the verdicts anew of the sites that stand in a table of touched days: they are counted apart from the rest."""
    _replace_rows(db, COMPLIANCE, {"network": scope.network_id}, f"site_id IN (SELECT site_id FROM {touched})")


def _replace_rows(db: Session, total: Total, values: dict[str, object], only: str = "true") -> None:
    names = ", ".join(total.columns)
    rows = total.rows(total.steps(f"AND {only}"))
    for statement in (
        f"DELETE FROM {total.name} WHERE network_id = :network AND {only}",
        f"INSERT INTO {total.name} (network_id, {names}) SELECT :network, {names} FROM ({rows}) c",
    ):
        db.execute(text(statement), values)


def _replace_network(db: Session, total: Total, values: dict[str, object]) -> None:
    """In one statement, without a table in between: small imports are many, and each such table would stay in the catalogue for a while."""
    names, key = ", ".join(total.columns), ", ".join(total.key)
    counted = total.steps(f"AND m.site_id = ANY (:sites) AND {total.start} = ANY (CAST(:steps AS date[]))")
    kept = total.told_apart("u.start <> ALL (CAST(:steps AS date[]))")
    same = " AND ".join(f"n.{column} = t.{column}" for column in total.key)
    moved = ", ".join(f"{column} = excluded.{column}" for column in ("starts", *total.counts))
    db.execute(
        text(
            f"""WITH new AS MATERIALIZED ({total.rows(f"{kept} UNION ALL {counted}")}),
            gone AS (DELETE FROM {total.name} t WHERE t.network_id = :network AND NOT EXISTS (SELECT FROM new n WHERE {same}))
            INSERT INTO {total.name} (network_id, {names}) SELECT :network, {names} FROM new
            ON CONFLICT (network_id, {key}) DO UPDATE SET {moved}"""
        ),
        values,
    )
