"""Sessions joined once into a temporary table, where several cells of one transaction are counted from the same ones."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.queries.fact_cells import FactView, gathered_sql


def gather(db: Session, view: FactView, table: str, only: str, values: Mapping[str, object]) -> FactView:
    """Join the sessions that `only` names (over alias `s`, with its `values` bound); returns the view that reads them from `table`."""
    db.execute(text(f"DROP TABLE IF EXISTS pg_temp.{table}"))
    statement = f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {gathered_sql(view, only)}"
    db.execute(text(statement), values)
    db.execute(text(f"ANALYZE {table}"))
    return replace(view, gathered=table)
