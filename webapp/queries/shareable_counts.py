"""Counts of one month of a network with the distinct patients behind each, from the facts: what small cells are judged by."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.suppression import Cell, Decision, Key, Sum, decide
from webapp.domain.vocabulary import Status, Term
from webapp.queries.course_standing import STATE, joined
from webapp.queries.fact_cells import FactView, sessions_sql

TOTAL = "total"
KINDS = ("sessions", "delivered", "screened", "not_screened", "with_any", "without_any")
_DELIVERED = (Status.COMPLETED.value, Status.STOPPED_EARLY.value)


@dataclass(frozen=True, slots=True)
class Release:
    """Everything that is told of a month to readers without rows, and what of it is hidden. All pages print from it.

    A key is (what, of what): ("delivered", site id or TOTAL), ("status", "no_show"), ("term", "nausea"), ("started", site id),
    ("state", "lapsed"). Complements are cells that are never shown.
    """

    cells: Mapping[Key, Cell]
    sums: tuple[Sum, ...]
    decision: Decision

    def shown(self, what: str, of: Hashable = TOTAL) -> int | None:
        """The number, or None where it is hidden; 0 where there is nothing."""
        key = (what, of)
        if key in self.decision.hidden:
            return None
        return self.cells[key].value if key in self.cells else 0

    @property
    def printed(self) -> dict[Hashable, int | None]:
        """What any reader has before them: for the audit."""
        return {
            key: None if key in self.decision.hidden else cell.value
            for key, cell in self.cells.items()
            if cell.is_shown
        }


def fetch_release(scope: Scope, db: Session, month: Period, min_cell: int, notice_hours: float) -> Release:
    """The release of one whole month. The scope must see the whole network: a part would be a second table to subtract."""
    view = FactView(scope.network_id, notice_hours)
    values = {**view.parameters, "start": month.start_on, "end": month.end_on}
    cells: dict[Key, Cell] = {}
    sums: list[Sum] = []
    for part_cells, part_sums in (
        _by_site(db, view, values),
        _by_status(db, view, values),
        _by_term(db, view, values),
        _courses(db, values),
    ):
        cells |= {cell.key: cell for cell in part_cells}
        sums += part_sums
    return Release(cells, tuple(sums), decide(cells.values(), sums, min_cell))


_Part = tuple[list[Cell], list[Sum]]
_ONLY = "AND s.on_date >= :start AND s.on_date < :end"


def _flagged(view: FactView) -> str:
    """The sessions of the month with what they are counted by."""
    screen = f"SELECT 1 FROM screen_version w WHERE w.session_id = d.session_id AND {view.current('w')}"
    effect = f"SELECT 1 FROM side_effect_version e WHERE e.session_id = d.session_id AND {view.current('e')}"
    return f"""SELECT d.session_id, d.site_id, d.status, d.patient_id, d.delivered, d.delivered AND EXISTS ({screen}) AS screened,
        EXISTS ({effect}) AS affected FROM ({sessions_sql(view, _ONLY)}) d"""


def _by_site(db: Session, view: FactView, values: Mapping[str, object]) -> _Part:
    conditions = (
        "true",
        "delivered",
        "screened",
        "delivered AND NOT screened",
        "screened AND affected",
        "screened AND NOT affected",
    )
    counts = ", ".join(
        f"count(*) FILTER (WHERE {one}), count(DISTINCT patient_id) FILTER (WHERE {one})" for one in conditions
    )
    rows = db.execute(
        text(f"SELECT site_id, {counts} FROM ({_flagged(view)}) f GROUP BY GROUPING SETS ((site_id), ())"), values
    )
    cells: list[Cell] = []
    sites: list[UUID] = []
    for site_id, *numbers in rows:
        of: Hashable = site_id or TOTAL
        sites += [site_id] if site_id else []
        for place, kind in enumerate(KINDS):
            shown = kind not in ("not_screened", "without_any")
            cells.append(Cell((kind, of), numbers[2 * place], numbers[2 * place + 1], shown, is_total=of == TOTAL))
    return cells, site_sums(sites)


def site_sums(sites: Sequence[Hashable]) -> list[Sum]:
    """What adds up in the table of sites by kind, as any reader can see."""
    everywhere = [*sites, TOTAL]
    sums = [Sum(("delivered", of), (("screened", of), ("not_screened", of))) for of in everywhere]
    sums += [Sum(("screened", of), (("with_any", of), ("without_any", of))) for of in everywhere]
    return sums + [Sum((kind, TOTAL), tuple((kind, site) for site in sites)) for kind in KINDS if sites]


def _by_status(db: Session, view: FactView, values: Mapping[str, object]) -> _Part:
    rows = db.execute(
        text(f"SELECT status, count(*), count(DISTINCT patient_id) FROM ({_flagged(view)}) f GROUP BY status"), values
    )
    found = {status: (many, patients) for status, many, patients in rows}
    cells = [Cell(("status", status.value), *found.get(status.value, (0, 0))) for status in Status]
    delivered = tuple(("status", status) for status in _DELIVERED)
    every = tuple(cell.key for cell in cells)
    return cells, [Sum(("delivered", TOTAL), delivered), Sum(("sessions", TOTAL), every)]


def _by_term(db: Session, view: FactView, values: Mapping[str, object]) -> _Part:
    """Each term's screened sessions with it; those without it are told by the screened ones, so they are judged too."""
    has = f"""EXISTS (SELECT 1 FROM side_effect_version e WHERE e.session_id = f.session_id AND e.term = t.term
        AND {view.current("e")})"""
    rows = db.execute(
        text(
            f"""SELECT t.term, {has}, count(*), count(DISTINCT f.patient_id) FROM ({_flagged(view)}) f
            CROSS JOIN unnest(CAST(:terms AS text[])) AS t(term) WHERE f.screened GROUP BY 1, 2"""
        ),
        {**values, "terms": [term.value for term in Term]},
    )
    found = {(term, with_it): (many, patients) for term, with_it, many, patients in rows}
    cells: list[Cell] = []
    sums: list[Sum] = []
    for term in Term:
        cells.append(Cell(("term", term.value), *found.get((term.value, True), (0, 0))))
        cells.append(Cell(("without", term.value), *found.get((term.value, False), (0, 0)), is_shown=False))
        sums.append(Sum(("screened", TOTAL), (("term", term.value), ("without", term.value))))
    return cells, sums


def _courses(db: Session, values: Mapping[str, object]) -> _Part:
    """Courses that started in the month by site and, by each site's clock, by state."""
    rows = db.execute(
        text(
            f"""SELECT x.site_id, {STATE}, count(*), count(DISTINCT c.patient_id) FROM course_spell x
            JOIN course_version c ON c.network_id = x.network_id AND c.course_id = x.course_id
                AND c.superseded_by_batch_id IS NULL AND NOT c.withdrawn
            {joined()}
            WHERE x.network_id = :network AND x.start_on >= :start AND x.start_on < :end
            GROUP BY GROUPING SETS ((x.site_id), ({STATE}), ())"""
        ),
        values,
    )
    cells: list[Cell] = []
    sites: list[Key] = []
    states: list[Key] = []
    for site_id, in_state, many, patients in rows:
        key: Key = ("started", site_id) if site_id else ("state", in_state) if in_state else ("started", TOTAL)
        cells.append(Cell(key, many, patients, is_total=key == ("started", TOTAL)))
        (sites if site_id else states if in_state else []).append(key)
    if not sites:
        return [Cell(("started", TOTAL), 0, 0, is_total=True)], []
    return cells, [Sum(("started", TOTAL), tuple(sites)), Sum(("started", TOTAL), tuple(states))]
