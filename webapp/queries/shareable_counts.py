"""Counts of one month of a network with the distinct patients behind each, from the facts: what small cells are judged by."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.suppression import Cell, Decision, Key, Sum, decide
from webapp.domain.vocabulary import DELIVERED, CourseState, Status, Term
from webapp.queries.course_standing import STATE, joined
from webapp.queries.fact_cells import FactView, sessions_sql

TOTAL = "total"
KINDS = {
    "sessions": "true",
    "delivered": "delivered",
    "not_delivered": "NOT delivered",
    "screened": "screened",
    "not_screened": "delivered AND NOT screened",
    "with_any": "screened AND affected",
    "without_any": "screened AND NOT affected",
}
"""What is counted of each site and of all: kind -> condition."""
SHOWN = ("sessions", "delivered", "screened", "with_any")
DIFFERENCES: Mapping[str, tuple[str, ...]] = {
    "sessions_but_screened": ("not_delivered", "not_screened"),
    "sessions_but_with_any": ("not_delivered", "not_screened", "without_any"),
    "delivered_but_with_any": ("not_screened", "without_any"),
}
"""What is left when one shown kind is taken from another that is not the next: kind -> what it is the sum of."""


@dataclass(frozen=True, slots=True)
class Release:
    """Everything that is told of a month to readers without rows, and what of it is hidden. All pages print from it.

    A key is (what, of what): ("delivered", site id or TOTAL), ("status", "no_show"), ("term", "nausea"), ("started", site id),
    ("state", "lapsed"). Whatever is left when one shown number is taken from another is a cell that is never shown.
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
    for read in (_by_site, _by_status, _by_term, _courses_by_site, _courses_by_state):
        part_cells, part_sums = read(db, view, values, cells)
        cells |= {cell.key: cell for cell in part_cells}
        sums += part_sums
    if scope.may_open_rows:
        cells = {key: replace(cell, is_known=_is_in_rows(key)) for key, cell in cells.items()}
    idle = {key for key, cell in cells.items() if _is_left_over(key) and cell.patients >= min_cell}
    cells = {key: cell for key, cell in cells.items() if key not in idle}
    sums = [one for one in sums if idle.isdisjoint((one.total, *one.parts))]
    return Release(cells, tuple(sums), decide(cells.values(), sums, min_cell))


_Part = tuple[list[Cell], list[Sum]]
_Values = Mapping[str, object]
_Cells = Mapping[Key, Cell]
_ONLY = "AND s.on_date >= :start AND s.on_date < :end"


def _flagged(view: FactView) -> str:
    """The sessions of the month with what they are counted by."""
    screen = f"SELECT 1 FROM screen_version w WHERE w.session_id = d.session_id AND {view.current('w')}"
    effect = f"SELECT 1 FROM side_effect_version e WHERE e.session_id = d.session_id AND {view.current('e')}"
    return f"""SELECT d.session_id, d.site_id, d.status, d.patient_id, d.delivered, d.delivered AND EXISTS ({screen}) AS screened,
        EXISTS ({effect}) AS affected FROM ({sessions_sql(view, _ONLY)}) d"""


def _by_site(db: Session, view: FactView, values: _Values, _cells: _Cells) -> _Part:
    conditions = {**KINDS, **{kind: _any_of(parts) for kind, parts in DIFFERENCES.items()}}
    counts = ", ".join(_counted(one) for one in conditions.values())
    rows = db.execute(
        text(f"SELECT site_id, {counts} FROM ({_flagged(view)}) f GROUP BY GROUPING SETS ((site_id), ())"), values
    )
    cells: list[Cell] = []
    sites: list[UUID] = []
    for site_id, *numbers in rows:
        of: Hashable = site_id or TOTAL
        sites += [site_id] if site_id else []
        for place, kind in enumerate(conditions):
            shown = kind in SHOWN
            cells.append(Cell((kind, of), numbers[2 * place], numbers[2 * place + 1], shown, is_total=of == TOTAL))
    return cells, site_sums(sites)


def _counted(condition: str) -> str:
    return f"count(*) FILTER (WHERE {condition}), count(DISTINCT patient_id) FILTER (WHERE {condition})"


def _any_of(kinds: Sequence[str]) -> str:
    return " OR ".join(f"({KINDS[kind]})" for kind in kinds)


def site_sums(sites: Sequence[Hashable]) -> list[Sum]:
    """What adds up in the table of sites by kind, as any reader can see."""
    everywhere = [*sites, TOTAL]
    sums = [Sum(("sessions", of), (("delivered", of), ("not_delivered", of))) for of in everywhere]
    sums += [Sum(("delivered", of), (("screened", of), ("not_screened", of))) for of in everywhere]
    sums += [Sum(("screened", of), (("with_any", of), ("without_any", of))) for of in everywhere]
    sums += [
        Sum((kind, of), tuple((part, of) for part in parts)) for kind, parts in DIFFERENCES.items() for of in everywhere
    ]
    return sums + [Sum((kind, TOTAL), tuple((kind, site) for site in sites)) for kind in KINDS if sites]


@dataclass(frozen=True, slots=True)
class _Count:
    """How many of some rows are of one part, of how many patients; and of each whole, of how many who have nothing else of it."""

    many: int
    patients: int
    only: Mapping[str, int]

    def cells(self, part: Key, rest: Key, of: str, known: _Cells) -> list[Cell]:
        """The part, and what is left of a whole without it, which any reader can work out: it is judged, and never shown."""
        whole = known[of, TOTAL]
        left = Cell(rest, whole.value - self.many, whole.patients - self.only[of], is_shown=False)
        return [Cell(part, self.many, self.patients), left]


def _count_parts(db: Session, values: _Values, rows: str, parts: str, wholes: Mapping[str, str]) -> dict[str, _Count]:
    """By part; what is not found has none. rows: SQL of rows with a patient_id each, read as `f` in parts: SQL of part and patient_id.

    wholes: name -> condition on a row; each holds every part. Rows are read once, and the patients of a rest are those of its whole
    who have more of it than of the part: counting them for each part anew took seconds in a month of a few thousand sessions.
    """
    whole = ", ".join(f"count(*) FILTER (WHERE {condition}) AS of_{name}" for name, condition in wholes.items())
    only = ", ".join(f"count(*) FILTER (WHERE p.many = w.of_{name})" for name in wholes)
    found = db.execute(
        text(
            f"""WITH f AS MATERIALIZED ({rows}), p AS (SELECT part, patient_id, count(*) AS many FROM ({parts}) t
                GROUP BY part, patient_id), w AS (SELECT patient_id, {whole} FROM f GROUP BY patient_id)
            SELECT p.part, sum(p.many)::bigint, count(*), {only} FROM p JOIN w USING (patient_id) GROUP BY p.part"""
        ),
        values,
    )
    return {
        part: _Count(many, patients, dict(zip(wholes, alone, strict=True))) for part, many, patients, *alone in found
    }


_NONE = _Count(0, 0, dict.fromkeys((*KINDS, "started"), 0))


def _by_status(db: Session, view: FactView, values: _Values, known: _Cells) -> _Part:
    found = _count_parts(
        db, values, _flagged(view), "SELECT status AS part, patient_id FROM f", {"sessions": KINDS["sessions"]}
    )
    cells: list[Cell] = []
    sums: list[Sum] = []
    for status in Status:
        part, rest = ("status", status.value), ("sessions_but_status", status.value)
        cells += found.get(status.value, _NONE).cells(part, rest, "sessions", known)
        sums.append(Sum(("sessions", TOTAL), (part, rest)))
    of = {
        delivered: tuple(("status", s.value) for s in Status if (s in DELIVERED) == delivered)
        for delivered in (True, False)
    }
    sums += [Sum(("delivered", TOTAL), of[True]), Sum(("not_delivered", TOTAL), of[False])]
    return cells, [*sums, Sum(("sessions", TOTAL), (*of[True], *of[False]))]


_IN_ROWS = frozenset({"sessions", "delivered", "not_delivered", "status", "sessions_but_status"})
"""What whoever may open rows can count there: each row has its site, day and outcome."""
_WHOLES = {
    "screened": "without",
    "with_any": "any_but_term",
    "delivered": "delivered_but_term",
    "sessions": "sessions_but_term",
}
"""What a term's sessions are a part of -> what is left of it without them."""
_LEFT_OVER = frozenset(
    {*DIFFERENCES, "sessions_but_status", "started_but_state", *(set(_WHOLES.values()) - {"without"})}
)
"""Cells that need no look where they are large: they are the sum of nothing else, and take any change."""


def _is_in_rows(key: Key) -> bool:
    return isinstance(key, tuple) and key[0] in _IN_ROWS


def _is_left_over(key: Key) -> bool:
    return isinstance(key, tuple) and key[0] in _LEFT_OVER


def _by_term(db: Session, view: FactView, values: _Values, known: _Cells) -> _Part:
    """Each term's screened sessions with it; those without it are told by whatever they are a part of, so they are judged too."""
    with_term = f"""SELECT DISTINCT f.session_id, e.term AS part, f.patient_id FROM f
        JOIN side_effect_version e ON e.session_id = f.session_id AND {view.current("e")} WHERE f.screened"""
    found = _count_parts(db, values, _flagged(view), with_term, {whole: KINDS[whole] for whole in _WHOLES})
    cells: list[Cell] = []
    sums: list[Sum] = []
    for term in Term:
        part = ("term", term.value)
        for whole, rest in _WHOLES.items():
            cells += found.get(term.value, _NONE).cells(part, (rest, term.value), whole, known)
            sums.append(Sum((whole, TOTAL), (part, (rest, term.value))))
    return cells, sums


def _started() -> str:
    """The courses that started in the month, each with its state by its site's clock."""
    return f"""SELECT x.site_id, {STATE} AS state, c.patient_id FROM course_spell x
        JOIN course_version c ON c.network_id = x.network_id AND c.course_id = x.course_id
            AND c.superseded_by_batch_id IS NULL AND NOT c.withdrawn
        {joined()}
        WHERE x.network_id = :network AND x.start_on >= :start AND x.start_on < :end"""


def _courses_by_site(db: Session, _view: FactView, values: _Values, _cells: _Cells) -> _Part:
    rows = db.execute(
        text(f"SELECT site_id, {_counted('true')} FROM ({_started()}) s GROUP BY GROUPING SETS ((site_id), ())"), values
    )
    cells = [
        Cell(("started", site_id or TOTAL), many, patients, is_total=site_id is None)
        for site_id, many, patients in rows
    ]
    return cells, [Sum(("started", TOTAL), tuple(cell.key for cell in cells if cell.key != ("started", TOTAL)))]


def _courses_by_state(db: Session, _view: FactView, values: _Values, known: _Cells) -> _Part:
    found = _count_parts(db, values, _started(), "SELECT state AS part, patient_id FROM f", {"started": "true"})
    cells: list[Cell] = []
    sums: list[Sum] = []
    for state in CourseState:
        part, rest = ("state", state.value), ("started_but_state", state.value)
        cells += found.get(state.value, _NONE).cells(part, rest, "started", known)
        sums.append(Sum(("started", TOTAL), (part, rest)))
    return cells, [*sums, Sum(("started", TOTAL), tuple(("state", state.value) for state in CourseState))]
