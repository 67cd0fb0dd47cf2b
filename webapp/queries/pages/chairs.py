"""Use of chairs by site: booked time against the time that chairs stood ready, and the hours that were free."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from webapp.domain.periods import Period
from webapp.domain.vocabulary import Status
from webapp.presentation import formats
from webapp.presentation.tables import Cell, Column, Table
from webapp.queries.cells import SESSIONS, Selection, count_cells
from webapp.queries.fact_cells import FactView
from webapp.queries.pages.ground import Ground
from webapp.queries.site_terms import SiteTerms, fetch_site_terms
from webapp.queries.spacing_cells import Quantity
from webapp.queries.spacing_counts import count_spacing

HOUR = 60
NO_CHAIRS = "no chairs or hours on record"
NOT_NARROWED = "Chairs are used by everybody: the choice of indication, phase or product does not narrow this table."

Cells = Mapping[tuple[Any, ...], tuple[int, ...]]


def chair_use(ground: Ground, cells: Cells, without_minutes: int) -> Table:
    """Each site by name, of all sessions: an hour in which a chair is used by others is not free, so no filter narrows this table.

    cells: (site, indication, phase, status) -> sessions, cancelled late, booked minutes, and without_minutes: what the filters
    leave; where there are any, both are asked for again without them.
    """
    if ground.period.filters:
        everything = Selection(ground.filters.period, ground.on)
        cells = count_cells(ground.scope, ground.db, SESSIONS, everything, ("site", "status"))
        of_minutes = count_spacing(ground.scope, ground.db, everything, ("quantity",), (Quantity.NO_MINUTES,))
        without_minutes = sum(of_minutes.values())
    booked: dict[UUID, int] = defaultdict(int)
    for (site_id, *_, status), (*_, minutes) in cells.items():
        booked[site_id] += minutes if status != Status.SCHEDULED else 0
    view = FactView(ground.scope.network_id, ground.settings.late_cancel_hours)
    terms = {each.site_id: each for each in fetch_site_terms(ground.scope, ground.db, view)}
    rows: list[tuple[Cell, ...]] = []
    in_all, ready_in_all, late = 0, 0, 0
    for site in ground.sites:
        ready = ready_minutes(terms.get(site.id), site.data_through, ground.filters.period)
        if ready is None:
            rows.append((site.name, None, booked[site.id] / HOUR, None, None, NO_CHAIRS))
            continue
        use = booked[site.id] / ready if ready else None
        rows.append((site.name, use, booked[site.id] / HOUR, ready / HOUR, max(0, ready - booked[site.id]) / HOUR, ""))
        in_all, ready_in_all = in_all + booked[site.id], ready_in_all + ready
        late += site.data_through is None or site.data_through < ground.filters.period.last_on
    whole = f"; {formats.percent(in_all / ready_in_all)} in all" if ready_in_all else ""
    notes = [NOT_NARROWED] if ground.period.filters else []
    if without_minutes:
        notes.append(f"{formats.plural(without_minutes, 'session')} without booked minutes take no time here.")
    if late:
        notes.append(f"At {formats.plural(late, 'site')} the data end before the period: later days are not counted.")
    return Table(
        "chair_use",
        "How much chair time is free?",
        f"Booked time of sessions delivered, missed or cancelled late, of the hours in which chairs stood ready{whole}",
        (
            Column("site", "Site"),
            Column("use", "Chair use", "percent"),
            Column("booked", "Booked hours", "number"),
            Column("ready", "Chair-hours", "number"),
            Column("free", "Free chair-hours", "number"),
            Column("standing", "Note"),
        ),
        tuple(rows) if cells else (),
        "chair_use",
        tuple(notes),
        row_keys=tuple(site.code for site in ground.sites) if cells else (),
    )


def ready_minutes(terms: SiteTerms | None, through: date | None, period: Period) -> int | None:
    """Chairs times opening minutes of the period's days of which the site's data tell; None without chairs or hours on record."""
    week = terms.chair_minutes if terms else None
    if terms is None or week is None:
        return None
    days = terms.open_days(period, through) if through else []
    weeks, rest = divmod(len(days), 7)  # one day after the other, without a gap
    return weeks * sum(week) + sum(week[day.weekday()] for day in days[:rest])
