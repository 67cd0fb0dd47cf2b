"""What the tables of several pages share: a share with its interval as cells, and the words for missing ones."""

from collections.abc import Sequence
from dataclasses import replace

from webapp.domain.intervals import effective_number, wilson
from webapp.domain.screening import is_enough
from webapp.domain.settings import MeasureSettings
from webapp.presentation import formats
from webapp.presentation.figures import ChartKind
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Cell, Column, Table
from webapp.queries.measures import MeasureRow

LOW = Column("low", "95 % from", "percent")
HIGH = Column("high", "95 % to", "percent")
NOT_ENOUGH = "not enough screening"
ADHERENCE = "Completion is adherence, not benefit."
ALIKE = (
    "Intervals rest on the effective number of sessions, since sessions of one patient are alike; n is the plain count."
)


def words(value: str) -> str:
    """A value of a closed list as people read it: `raised_blood_pressure` as `Raised blood pressure`."""
    return value.replace("_", " ").capitalize()


def share_cells(k: int, n: int, deff: float = 1.0) -> tuple[Cell, Cell, Cell]:
    """k of n with its 95 % interval on n / deff; three missing cells where n is 0."""
    interval = wilson(k, n, n_eff=effective_number(n, deff)) if n else None
    return (k / n, interval.low, interval.high) if interval else (None, None, None)


def is_told(rate: MeasureRow, settings: MeasureSettings) -> bool:
    """Whether a row of `side_effect_rate` rests on enough screening to be told. It says itself how many were not screened."""
    screened = rate.denominator or 0
    return is_enough(screened, screened + rate.excluded.get("not screened", 0), settings)


def too_little_screening(settings: MeasureSettings) -> str:
    """The note of a table by month: which of its months have no rate, under the network's thresholds."""
    coverage = formats.percent(settings.min_coverage, 0)
    return f"Months with fewer than {settings.min_screened} screened sessions or less than {coverage} screened have no rate."


def joined(names: Sequence[str]) -> str:
    """`Elm Park, Lakeside and Riverside`."""
    *first, last = names or ("",)
    return f"{', '.join(first)} and {last}" if first else last


def site_chart(sites: Sequence[object]) -> ChartKind | None:
    """How panels with a row a site are drawn: of a single site there is only the table."""
    return "dots" if len(sites) > 1 else None


def settled(*panels: Panel) -> tuple[Panel, ...]:
    """The panels; an empty one does not say how its numbers are to be read."""
    return tuple(replace(panel, table=_settled(panel.table)) for panel in panels)


def _settled(table: Table) -> Table:
    if table.rows:
        return table
    return replace(table, notes=tuple(note for note in table.notes if note not in (ALIKE, ADHERENCE)))
