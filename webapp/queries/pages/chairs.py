"""Use of chairs by site: booked time against the time that chairs stood ready, and the hours that were free."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from webapp.domain.vocabulary import Status
from webapp.presentation import formats
from webapp.presentation.tables import Cell, Column, Table
from webapp.queries.fact_cells import FactView
from webapp.queries.pages.ground import Ground
from webapp.queries.site_terms import SiteTerms, fetch_site_terms

HOUR = 60
NO_CHAIRS = "no chairs or hours on record"

Cells = Mapping[tuple[Any, ...], tuple[int, ...]]


def chair_use(ground: Ground, cells: Cells, without_minutes: int) -> Table:
    """Each site by name. cells: (site, indication, phase, status) -> sessions, cancelled late, booked minutes."""
    booked: dict[UUID, int] = defaultdict(int)
    for (site_id, *_, status), (*_, minutes) in cells.items():
        booked[site_id] += minutes if status != Status.SCHEDULED else 0
    view = FactView(ground.scope.network_id, ground.settings.late_cancel_hours)
    terms = {each.site_id: each for each in fetch_site_terms(ground.scope, ground.db, view)}
    rows: list[tuple[Cell, ...]] = []
    in_all, ready_in_all, late = 0, 0, 0
    for site in ground.sites:
        ready = ready_minutes(terms.get(site.id), ground)
        if ready is None:
            rows.append((site.name, None, booked[site.id] / HOUR, None, None, NO_CHAIRS))
            continue
        use = booked[site.id] / ready if ready else None
        rows.append((site.name, use, booked[site.id] / HOUR, ready / HOUR, max(0, ready - booked[site.id]) / HOUR, ""))
        in_all, ready_in_all = in_all + booked[site.id], ready_in_all + ready
        late += site.data_through is None or site.data_through < ground.filters.period.last_on
    whole = f"; {formats.percent(in_all / ready_in_all)} in all" if ready_in_all else ""
    notes = [f"{formats.plural(without_minutes, 'session')} without booked minutes take no time here."]
    silent = (
        f"At {formats.plural(late, 'site')} the data end before the period: chairs stood ready on days not yet told of."
    )
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
        (*(notes if without_minutes else ()), *((silent,) if late else ())),
        row_keys=tuple(site.code for site in ground.sites) if cells else (),
    )


def ready_minutes(terms: SiteTerms | None, ground: Ground) -> int | None:
    """Chairs times opening minutes of the period's days; None without chairs or hours on record."""
    week = terms.chair_minutes if terms else None
    if terms is None or week is None:
        return None
    days = terms.open_days(ground.filters.period)
    weeks, rest = divmod(len(days), 7)  # one day after the other, without a gap
    return weeks * sum(week) + sum(week[day.weekday()] for day in days[:rest])
