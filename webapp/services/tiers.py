"""The two tiers of a rollup: the touched days out of the facts, the touched months out of the days."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope

MONTH_OF = "(on_date - (extract(day FROM on_date)::integer - 1))"


def months_sql(stem: str, key: tuple[str, ...], counts: tuple[str, ...], only: str = "") -> str:
    """The month tier of a rollup, out of its day tier."""
    rest = ", ".join(column for column in key if column not in ("site_id", "on_date"))
    sums = ", ".join(f"sum({count})::integer AS {count}" for count in counts)
    return (
        f"SELECT site_id, {MONTH_OF} AS on_date, {rest}, {sums} FROM {stem}_day d"
        f" WHERE d.network_id = :network {only} GROUP BY site_id, {MONTH_OF}, {rest}"
    )


def replace_days(
    scope: Scope,
    db: Session,
    stem: str,
    cells: str,
    columns: tuple[str, ...],
    values: Mapping[str, object],
    touched: str = "touched_day",
) -> None:
    """Put the cells of the touched days in the place of what is counted there. values: those that `cells` needs bound."""
    bound = {**values, "network": scope.network_id}
    db.execute(
        text(
            f"DELETE FROM {stem}_day d USING {touched} t"
            " WHERE d.network_id = :network AND d.site_id = t.site_id AND d.on_date = t.on_date"
        ),
        {"network": scope.network_id},
    )
    names = ", ".join(columns)
    db.execute(text(f"INSERT INTO {stem}_day (network_id, {names}) SELECT :network, {names} FROM ({cells}) c"), bound)


def replace_months(
    scope: Scope,
    db: Session,
    stem: str,
    key: tuple[str, ...],
    counts: tuple[str, ...],
    touched: str = "touched_day",
) -> None:
    """Sum the touched months up again."""
    values = {"network": scope.network_id}
    months_touched = f"(SELECT DISTINCT site_id, {MONTH_OF} AS month FROM {touched})"
    db.execute(
        text(
            f"DELETE FROM {stem}_month m USING {months_touched} t"
            " WHERE m.network_id = :network AND m.site_id = t.site_id AND m.on_date = t.month"
        ),
        values,
    )
    names = ", ".join(key + counts)
    # Bounded by sites and days besides, which an index finds: of a large network the other months are not read.
    only = (
        f"AND site_id = ANY (ARRAY(SELECT DISTINCT site_id FROM {touched}))"
        f" AND on_date >= (SELECT min({MONTH_OF}) FROM {touched})"
        f" AND on_date < (SELECT max({MONTH_OF}) FROM {touched}) + interval '1 month'"
        f" AND (site_id, {MONTH_OF}) IN (SELECT site_id, month FROM {months_touched} t)"
    )
    months = months_sql(stem, key, counts, only)
    db.execute(
        text(f"INSERT INTO {stem}_month (network_id, {names}) SELECT :network, {names} FROM ({months}) c"), values
    )
