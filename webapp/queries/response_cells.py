"""Counting response: whole months from `response_month`, the edges from each course's own progress; both by one definition."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.response import Tally
from webapp.domain.scope import Scope
from webapp.queries.cells import Key, Selection, sees_all
from webapp.queries.response_keys import RESPONSE_COUNTS, RESPONSE_KEY
from webapp.queries.running_totals import totals_for

GROUPS = {
    "site": "site_id",
    "month": "month",
    "indication": "indication",
    "product": "product",
    "instrument": "scale",
    "infusion": "infusion",
}
_MONTH = "CAST(date_trunc('month', x.start_on) AS date) AS month"


@dataclass(frozen=True, slots=True)
class ResponseCounts:
    """Courses on one scale after one infusion; infusion 0 is the baseline.

    started: all started courses of the group whose plan holds the infusion. courses: those rated on the scale at all. reached and
    what follows: of those that entered. fallen: sum of the falls from baseline; fallen_squares: of their squares.
    """

    started: int
    courses: int
    baselines: int
    entered: int
    reached: int
    rated: int
    met: int
    remitted: int
    risen: int
    fallen: int
    fallen_squares: int

    def tally(self, met: int) -> Tally:
        """The counts as a tally of those that met something: `self.met`, `self.remitted` or `self.risen`."""
        return Tally(
            met,
            self.rated,
            self.started - self.baselines,
            self.baselines - self.entered,
            self.entered - self.reached,
            self.reached - self.rated,
        )


def response_cells(only_progress: str = "", only_spells: str = "") -> str:
    """The cells out of `course_progress` and `course_spell`, both over alias `x`; needs :network."""
    key = ", ".join(RESPONSE_KEY)
    entered = "x.entered AND u.score IS NOT NULL"
    fall = "(x.scores[1] - u.score)"
    return f"""
        SELECT {key}, count(*)::integer AS courses, count(first)::integer AS baselines,
            (count(*) FILTER (WHERE entered))::integer AS entered,
            (count(*) FILTER (WHERE entered AND course_reached >= infusion))::integer AS reached,
            (count(*) FILTER (WHERE rated))::integer AS rated,
            (count(*) FILTER (WHERE rated AND is_met))::integer AS met,
            (count(*) FILTER (WHERE rated AND is_remitted))::integer AS remitted,
            (count(*) FILTER (WHERE rated AND fall < 0))::integer AS risen,
            coalesce(sum(fall) FILTER (WHERE rated), 0)::integer AS fallen,
            coalesce(sum(fall * fall) FILTER (WHERE rated), 0)::integer AS fallen_squares
        FROM (SELECT x.site_id, {_MONTH}, x.indication, x.product, x.scale, (u.place - 1)::smallint AS infusion,
                x.scores[1] AS first, x.entered, x.reached AS course_reached, {entered} AS rated, u.met AS is_met,
                u.remitted AS is_remitted, {fall}::integer AS fall
            FROM course_progress x CROSS JOIN LATERAL unnest(x.scores, x.met, x.remitted)
                WITH ORDINALITY AS u(score, met, remitted, place)
            WHERE x.network_id = :network {only_progress}) c GROUP BY {key}
        UNION ALL
        SELECT x.site_id, {_MONTH}, x.indication, x.product, '' AS scale, u.infusion::smallint, count(*)::integer,
            0, 0, 0, 0, 0, 0, 0, 0, 0
        FROM course_spell x CROSS JOIN LATERAL generate_series(0, x.planned) AS u(infusion)
        WHERE x.network_id = :network {only_spells} GROUP BY 1, 2, 3, 4, 5, 6"""


def count_response(
    scope: Scope, db: Session, selection: Selection, by: Sequence[str] = ()
) -> dict[Key, ResponseCounts]:
    """Counts of the courses that started in the period, by the groups asked for, then scale and infusion.

    by: site, month, indication, product. Courses have no phase: that filter does not narrow them. Scales on which no course of a group
    was ever rated are left out of it.
    """
    names = (*by, "instrument", "infusion")
    columns = [GROUPS[name] for name in names]
    filters = {name: value for name, value in selection.filters.items() if name != "phase"}
    narrowed = [f"c.{name} = :{name}" for name in filters]
    every_site = "site" not in by and sees_all(scope, db)
    cells, bound = _cells(selection, columns, narrowed, every_site, stepwise="month" in by)
    groups = ", ".join(columns)
    sums = ", ".join(f"sum(c.{count})::bigint" for count in RESPONSE_COUNTS)
    rows = db.execute(
        text(f"SELECT {groups}, {sums} FROM ({cells}) c GROUP BY {groups}"),
        {**bound, **filters, "network": scope.network_id, "sites": list(scope.site_ids)},
    )
    found = {tuple(row[: len(names)]): tuple(row[len(names) :]) for row in rows}
    started: dict[Key, dict[int, int]] = defaultdict(dict)
    for key, counts in found.items():
        if key[-2] == "":
            started[key[:-2]][key[-1]] = counts[0]
    scales = {key[:-1] for key in found if key[-2] != ""}
    nothing = (0,) * len(RESPONSE_COUNTS)
    return {
        (*group, infusion): ResponseCounts(many, *found.get((*group, infusion), nothing))
        for group in sorted(scales, key=str)
        for infusion, many in sorted(started[group[:-1]].items())
    }


def _cells(
    selection: Selection, columns: Sequence[str], narrowed: Sequence[str], every_site: bool, *, stepwise: bool
) -> tuple[str, dict[str, Any]]:
    """The cells of a period as a statement of the columns and the counts, with its bound values."""
    months, edges = selection.period.tiers()
    listed = ", ".join([*(f"c.{column}" for column in columns), *(f"c.{count}" for count in RESPONSE_COUNTS)])
    conditions = " AND ".join(["c.site_id = ANY (:sites)", *narrowed])
    parts: list[str] = []
    bound: dict[str, date] = {}
    pieces = [*((months,) if months else ()), *edges]
    for place, piece in enumerate(pieces):
        bound |= {f"start{place}": piece.start_on, f"end{place}": piece.end_on}
        total = next(totals_for("response", columns, every_site=every_site), None)
        if piece is not months:
            only = f"AND x.site_id = ANY (:sites) AND x.start_on >= :start{place} AND x.start_on < :end{place}"
            parts.append(f"SELECT {listed} FROM ({response_cells(only, only)}) c WHERE {conditions}")
        elif total is None or stepwise:
            whole = f"c.network_id = :network AND c.month >= :start{place} AND c.month < :end{place}"
            parts.append(f"SELECT {listed} FROM response_month c WHERE {whole} AND {conditions}")
        else:
            parts.append(total.read(columns, narrowed, place, stepwise=False))
    return " UNION ALL ".join(parts), bound
