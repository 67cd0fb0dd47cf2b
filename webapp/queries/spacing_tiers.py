"""How counts by size are stored: a row holds all values of a cell side by side, the values and how many have each.

A row a value made these the largest rollups of all, and the page read most of them. Four tables:

- `spacing_day`: a site's day by indication, product and phase; all quantities in one row, so that an import writes few.
- `spacing_month`: a site's month by the same, a row a quantity, so that one quantity is read without the others.
- `spacing_network_day`, `spacing_network_month`: the same days and months of all sites together, for whoever sees them all.

All but the first hold each cell once more without indication, product and phase (ANY), for questions that do not ask by them.
Values stand in ascending order, so that two equal cells are equal rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.queries.fact_cells import FactView
from webapp.queries.spacing_cells import spacing_cells

ANY = ""
"""The indication, product and phase of a row that holds all of them."""
KIND = ("indication", "product", "phase")
DAY_COLUMNS = ("site_id", "on_date", *KIND, "quantities", "sizes", "counts")
MONTH_COLUMNS = ("site_id", "on_date", *KIND, "quantity", "sizes", "counts")
NETWORK_DAY_COLUMNS = DAY_COLUMNS[1:]
NETWORK_MONTH_COLUMNS = MONTH_COLUMNS[1:]

_KIND = ", ".join(KIND)
_MONTH = "(d.on_date - (extract(day FROM d.on_date)::integer - 1))"
_DAY_ARRAYS = (
    "array_agg(quantity ORDER BY quantity, size) AS quantities, array_agg(size ORDER BY quantity, size) AS sizes,"
    " array_agg(many ORDER BY quantity, size) AS counts"
)
_MONTH_ARRAYS = "array_agg(size ORDER BY size) AS sizes, array_agg(many ORDER BY size) AS counts"
_OF_DAY = "spacing_day d CROSS JOIN LATERAL unnest(d.quantities, d.sizes, d.counts) AS u(quantity, size, many)"
_OF_MONTH = "spacing_month d CROSS JOIN LATERAL unnest(d.sizes, d.counts) AS u(size, many)"


def day_rows(view: FactView, only: str = "") -> str:
    """A site's days out of the facts. `only` narrows, over alias `s`."""
    cells = f"SELECT site_id, on_date, {_KIND}, quantity, value AS size, many FROM ({spacing_cells(view, only)}) c"
    return f"SELECT site_id, on_date, {_KIND}, {_DAY_ARRAYS} FROM ({cells}) f GROUP BY site_id, on_date, {_KIND}"


def month_rows(_view: FactView, only: str = "") -> str:
    """A site's months out of its days. `only` narrows, over alias `d`."""
    return _summed(f"d.site_id, {_MONTH} AS on_date", ("site_id", "on_date"), "quantity", _OF_DAY, only, _MONTH_ARRAYS)


def network_day_rows(_view: FactView, only: str = "") -> str:
    """The days of all sites together, out of those of each. `only` narrows, over alias `d`."""
    return _summed("d.on_date", ("on_date",), "", _OF_DAY, only, _DAY_ARRAYS)


def network_month_rows(_view: FactView, only: str = "") -> str:
    """The months of all sites together, out of those of each. `only` narrows, over alias `d`."""
    fine = f"AND d.indication <> '{ANY}' {only}"
    return _summed("d.on_date", ("on_date",), "quantity", _OF_MONTH, fine, _MONTH_ARRAYS)


def _summed(place: str, names: tuple[str, ...], apart: str, source: str, only: str, arrays: str) -> str:
    """Rows of a coarser place, each kind by itself and all kinds together. apart: what rows are kept apart by besides."""
    key = ", ".join(names)
    more = f", {apart}" if apart else ""
    any_kind = ", ".join(f"coalesce({name}, '{ANY}') AS {name}" for name in KIND)
    return f"""
        SELECT {key}, {any_kind}{more}, {arrays} FROM (
            SELECT {key}, {_KIND}, quantity, size, sum(many)::integer AS many
            FROM (SELECT {place}, {", ".join(f"d.{name}" for name in KIND)}, quantity, u.size, u.many FROM {source}
                WHERE d.network_id = :network {only}) e
            GROUP BY GROUPING SETS (({key}, {_KIND}, quantity, size), ({key}, quantity, size))) f
        GROUP BY {key}, {_KIND}{more}"""


@dataclass(frozen=True, slots=True)
class SpacingTable:
    """One of the four. rows: the statement that makes its rows; touched: what narrows it to an import; stale: the rows it replaces."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[FactView, str], str]
    touched: str
    stale: str


_DAYS_TOUCHED = "SELECT site_id, on_date FROM touched_day"
_MONTHS_TOUCHED = f"SELECT d.site_id, {_MONTH} FROM touched_day d"
_DATES_TOUCHED = "SELECT on_date FROM touched_day"
_MONTH_DATES_TOUCHED = f"SELECT {_MONTH} FROM touched_day d"
_EVERY_SITE = "SELECT h.id FROM site h WHERE h.network_id = :network"

SPACING_TABLES = (
    SpacingTable(
        "spacing_day",
        DAY_COLUMNS,
        day_rows,
        f"AND (s.site_id, s.on_date) IN ({_DAYS_TOUCHED})",
        f"(site_id, on_date) IN ({_DAYS_TOUCHED})",
    ),
    SpacingTable(
        "spacing_month",
        MONTH_COLUMNS,
        month_rows,
        f"AND (d.site_id, {_MONTH}) IN ({_MONTHS_TOUCHED})",
        f"(site_id, on_date) IN ({_MONTHS_TOUCHED})",
    ),
    SpacingTable(
        "spacing_network_day",
        NETWORK_DAY_COLUMNS,
        network_day_rows,
        f"AND d.site_id IN ({_EVERY_SITE}) AND d.on_date IN ({_DATES_TOUCHED})",
        f"on_date IN ({_DATES_TOUCHED})",
    ),
    SpacingTable(
        "spacing_network_month",
        NETWORK_MONTH_COLUMNS,
        network_month_rows,
        f"AND d.site_id IN ({_EVERY_SITE}) AND d.on_date IN ({_MONTH_DATES_TOUCHED})",
        f"on_date IN ({_MONTH_DATES_TOUCHED})",
    ),
)
"""In the order in which they are made: each reads those before it."""
