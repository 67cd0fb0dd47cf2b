"""Counting what is counted by its size: out of the fewest stored rows that hold the answer, or of the facts as known then."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.queries.cells import BY_DAY, GROUPS, SPACINGS, Key, Selection, count_cells, sees_all
from webapp.queries.running_totals import DOSES_OF_SITES
from webapp.queries.spacing_cells import DOSES, Quantity
from webapp.queries.spacing_tiers import ANY, KIND
from webapp.transactions import ask

_DAYS = "CROSS JOIN LATERAL unnest(d.quantities, d.sizes, d.counts) AS u(quantity, value, many)"
_MONTHS = "CROSS JOIN LATERAL unnest(d.sizes, d.counts) AS u(value, many)"


def count_spacing(
    scope: Scope, db: Session, selection: Selection, by: Sequence[str], quantities: Collection[Quantity] = ()
) -> dict[Key, int]:
    """How many sessions have each value, over the selection: group values in the order of `by` -> how many.

    quantities: those asked for; all where none is named. A scope without sites counts nothing.
    """
    wanted = [quantity.value for quantity in quantities or Quantity]
    if selection.known is not None:
        where, values = "c.quantity = ANY (:quantities)", {"quantities": wanted}
        found = count_cells(scope, db, SPACINGS, selection, by, where=where, values=values)
        return {key: many for key, (many,) in found.items()}
    together = "site" not in by and sees_all(scope, db)
    any_kind = not selection.filters and not set(KIND).intersection(by)
    bound: dict[str, Any] = {**selection.filters, "network": scope.network_id, "quantities": wanted}
    bound |= {} if together else {"sites": list(scope.site_ids)}
    any_date, parts = {"day", "week", "month"}.intersection(by), []
    doses = not together and not any_date and set(wanted) <= {dose.value for dose in DOSES}
    for place, (tier, piece) in enumerate(_pieces(selection.period, by)):
        if doses and tier == "month":
            parts.append(_dose_totals(place, selection))
        else:
            parts.append(_stored(tier, place, selection, together, any_kind))
        bound |= {f"start{place}": piece.start_on, f"end{place}": piece.end_on}
    groups = ", ".join(GROUPS[name] for name in by)
    statement = f"SELECT {groups}, sum(c.many)::bigint FROM ({' UNION ALL '.join(parts)}) c GROUP BY {groups}"
    return {tuple(key): many for *key, many in ask(db, statement, bound)}


def _pieces(period: Period, by: Sequence[str]) -> Iterator[tuple[str, Period]]:
    """Whole months, and the days at their edges; days alone where they are asked for."""
    months, edges = (None, (period,)) if BY_DAY.intersection(by) else period.tiers()
    if months:
        yield "month", months
    for edge in edges:
        yield "day", edge


def _dose_totals(place: int, selection: Selection) -> str:
    """The doses of whole months out of their running totals, in the columns of `_stored`."""
    columns = ("site_id", *KIND, "quantity", "value")
    conditions = ["c.site_id = ANY (:sites)", "c.quantity = ANY (:quantities)"]
    conditions += [f"c.{name} = :{name}" for name in selection.filters]
    cells = DOSES_OF_SITES.read(columns, conditions, place, stepwise=False)
    return f"SELECT site_id, CAST(NULL AS date) AS on_date, indication, product, phase, quantity, value, many FROM ({cells}) r"


def _stored(tier: str, place: int, selection: Selection, together: bool, any_kind: bool) -> str:
    """The stored rows of a piece of the period, a row a value."""
    site = "CAST(NULL AS uuid)" if together else "d.site_id"
    table = f"spacing_network_{tier}" if together else f"spacing_{tier}"
    conditions = [f"d.on_date >= :start{place}", f"d.on_date < :end{place}"]
    conditions += [] if together else ["d.site_id = ANY (:sites)"]
    if table != "spacing_day":
        of_any = " AND ".join(f"d.{name} = '{ANY}'" for name in KIND)
        conditions.append(of_any if any_kind else f"d.indication <> '{ANY}'")
    conditions += [f"d.{name} = :{name}" for name in selection.filters]
    quantity, values = ("u.quantity", _DAYS) if tier == "day" else ("d.quantity", _MONTHS)
    return (
        f"SELECT {site} AS site_id, d.on_date, d.indication, d.product, d.phase, {quantity}, u.value, u.many FROM {table} d {values}"
        f" WHERE d.network_id = :network AND {quantity} = ANY (:quantities) AND {' AND '.join(conditions)}"
    )
