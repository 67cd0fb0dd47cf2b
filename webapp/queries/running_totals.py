"""Running totals of the cells: a row holds one kind of cell over all time, the starts of its months and what had come by each one's end.

A period of whole months is then one subtraction a row, however long it is and however many sessions it holds. Some hold the
cells of each site, others those of all sites together, for whoever sees them all; each leaves out what no page asks for beside
the rest. A row names only the months in which its kind of cell occurs, in ascending order, so that two equal rows are equal.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from webapp.queries.course_standing import FOLLOWED, STATE, STOP_REASON, joined
from webapp.queries.fact_cells import (
    RESOLUTION_COUNTS,
    SCREENING_COUNTS,
    SESSION_COUNTS,
    SIDE_EFFECT_COUNTS,
)
from webapp.queries.response_keys import RESPONSE_COUNTS
from webapp.queries.session_verdicts import COMPLIANCE_COUNTS
from webapp.queries.spacing_cells import COMPLETION_COUNTS, WITHIN
from webapp.queries.unclosed_courses import closed_reach, open_progress

KIND = ("indication", "product", "phase")
SITE = "site_id"
WIDE = frozenset({"booked_minutes", "fallen", "fallen_squares"})
"""Counts whose sums over all time pass what four bytes hold: 2^31 minutes are 18 million sessions of two hours."""
Step = Literal["month", "week"]
_STARTS = {
    "month": "m.on_date",
    "week": "(m.on_date - (extract(isodow FROM m.on_date)::integer - 1))",
}


@dataclass(frozen=True, slots=True)
class Total:
    """A table of running totals. key: what a row stands for, in the order of its primary key. source: what it adds up, if not a tier.

    each_step: whether a table of single sites is short enough to be read step by step.
    """

    name: str
    stem: str
    key: tuple[str, ...]
    counts: tuple[str, ...]
    step: Step = "month"
    source: str = ""
    each_step: bool = False

    @property
    def of_network(self) -> bool:
        """Whether all sites stand in it together."""
        return SITE not in self.key

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column after the network."""
        return (*self.key, "starts", *self.counts)

    @property
    def start(self) -> str:
        """The first day of the step of a row of the tier below, over alias `m`."""
        return "m.month" if self.stem == "response" else _STARTS[self.step]

    def steps(self, only: str = "") -> str:
        """The steps one by one, out of the tier below. `only` narrows, over alias `m`."""
        key = ", ".join(f"m.{column}" for column in self.key)
        sums = ", ".join(f"sum(m.{count})::{_type_of(count)} AS {count}" for count in self.counts)
        tier = self.source or f"{self.stem}_{'month' if self.step == 'month' else 'day'}"
        return (
            f"SELECT {key}, {self.start} AS start, {sums} FROM {tier} m WHERE m.network_id = :network {only}"
            f" GROUP BY {key}, {self.start}"
        )

    def told_apart(self, only: str) -> str:
        """The steps one by one again, out of what is stored. `only` narrows, over `u.start`."""
        key = ", ".join(f"t.{column}" for column in self.key)
        counts = ", ".join(f"u.{count} - u.{count}_before AS {count}" for count in self.counts)
        return (
            f"SELECT {key}, u.start, {counts} FROM {self.name} t {self._apart('t', self.counts)}"
            f" WHERE t.network_id = :network AND u.start IS NOT NULL AND {only}"
        )

    def rows(self, steps: str = "") -> str:
        """The rows, out of steps one by one: those of `steps`, or all of the tier below."""
        key = ", ".join(self.key)
        totals = ", ".join(f"(sum({count}) OVER w)::{_type_of(count)} AS {count}" for count in self.counts)
        arrays = ", ".join(f"array_agg({count} ORDER BY start) AS {count}" for count in self.counts)
        return f"""
            SELECT {key}, array_agg(start ORDER BY start) AS starts, {arrays} FROM (
                SELECT {key}, start, {totals} FROM ({steps or self.steps()}) s WINDOW w AS (PARTITION BY {key} ORDER BY start)) t
            GROUP BY {key}"""

    def _apart(self, alias: str, counts: Sequence[str], part: str = "") -> str:
        """A row's steps as rows, or a part of them: each count with the one before it, and nothing for the one beyond the last."""
        arrays = [f"{alias}.starts{part}"]
        for count in counts:
            before = f"ARRAY[CAST(0 AS {_type_of(count)})] || {alias}.{count}"
            arrays += [f"{alias}.{count}{part}", f"({before}){part}" if part else before]
        names = ", ".join(["start", *(f"{count}, {count}_before" for count in counts)])
        return f"CROSS JOIN LATERAL unnest({', '.join(arrays)}) AS u({names})"

    def read(
        self,
        columns: Collection[str],
        conditions: Collection[str],
        place: int,
        *,
        stepwise: bool,
        counts: Collection[str] | None = None,
    ) -> str:
        """The cells of whole steps, from :start{place} to before :end{place}, as rows of the columns and the counts.

        stepwise: each step by itself, its first day as `on_date`. conditions: over alias `c`, which is the table. counts: those
        asked for; all where none are named.
        """
        wanted = self.counts if counts is None else tuple(counts)
        named = ["u.start AS on_date" if column == "on_date" else f"c.{column}" for column in columns]
        inner = [f"c.{column}" for column in columns if column != "on_date"]
        inner += [*(("c.starts",) if stepwise else ()), *(f"c.{count}" for count in wanted)]
        inner += [
            f"width_bucket(CAST(:{edge}{place} AS date) - 1, c.starts) AS {name}"
            for edge, name in (("end", "upto"), ("start", "before"))
        ]
        where = " AND ".join(["c.network_id = :network", *conditions])
        # OFFSET 0 has each row's two places looked up once, and not again for every count.
        rows = f"(SELECT {', '.join(inner)} FROM {self.name} c WHERE {where} OFFSET 0) c"
        if stepwise:
            sums = [f"u.{count} - u.{count}_before AS {count}" for count in wanted]
            apart = self._apart("c", wanted, "[c.before + 1:c.upto]")
            return f"SELECT {', '.join([*named, *sums])} FROM {rows} {apart} WHERE c.upto > c.before"
        sums = [f"coalesce(c.{count}[c.upto], 0) - coalesce(c.{count}[c.before], 0) AS {count}" for count in wanted]
        return f"SELECT {', '.join([*named, *sums])} FROM {rows} WHERE c.upto > c.before"


def _type_of(count: str) -> str:
    return "bigint" if count in WIDE else "integer"


_EFFECT = (*KIND, "asked_how")
FOLLOWED_SO_LONG = tuple(zip(WITHIN, (0, *WITHIN), strict=False))
"""Days that a completion must lie behind the end of its site's data, and for how long it has been followed where it does not."""
_DOSES = """(SELECT d.network_id, d.site_id, d.on_date, d.indication, d.product, d.phase, d.quantity, u.size AS value, u.many
    FROM spacing_month d CROSS JOIN LATERAL unnest(d.sizes, d.counts) AS u(size, many)
    WHERE d.indication <> '' AND d.quantity LIKE 'dose\\_%')"""
_COURSES = f"""(SELECT x.network_id, x.site_id, (x.start_on - (extract(day FROM x.start_on)::integer - 1)) AS on_date, x.indication,
        x.product, x.planned, x.reached, 1 AS courses, {STATE} AS state, coalesce({STOP_REASON}, '') AS stop_reason,
        coalesce({FOLLOWED}, -1) AS day, x.horizon_on - x.start_on AS horizon
    FROM course_spell x {joined()})"""
"""Courses as they stand when their site's data end. day: since the first session, of the end or of the site's last day;
below 0 where the site has told nothing up to the first session."""
_COMPLETIONS = f"""(SELECT c.network_id, c.site_id, (c.on_date - (extract(day FROM c.on_date)::integer - 1)) AS on_date, c.indication,
        c.product, c.quantity, c.value, c.many,
        CASE {" ".join(f"WHEN c.on_date > k.data_through - {d} THEN {n}" for d, n in FOLLOWED_SO_LONG)} ELSE {WITHIN[-1]} END AS followed
    FROM completion_day c LEFT JOIN site_clock k ON k.network_id = c.network_id AND k.site_id = c.site_id)"""
COURSE_COUNTS = ("courses",)
COURSE_ENDS = Total(
    "course_end_total",
    "course",
    ("indication", "product", "state", "stop_reason", "day", "horizon"),
    COURSE_COUNTS,
    source=_COURSES,
)
COURSE_REACH = Total(
    "course_reach_total",
    "course",
    ("indication", "product", "planned", "reached"),
    COURSE_COUNTS,
    source=closed_reach(),
)
"""Of closed cohorts only."""
COURSE_PROGRESS = Total(
    "course_progress_total",
    "course",
    ("indication", "product", "infusion", "what", "day", "horizon"),
    COURSE_COUNTS,
    source=open_progress(),
)
"""Of cohorts that are not closed."""
COMPLETION = Total(
    "completion_network_total",
    "completion",
    ("indication", "product", "quantity", "value", "followed"),
    COMPLETION_COUNTS,
    source=_COMPLETIONS,
)
COMPLIANCE = Total("compliance_total", "compliance", (SITE, "criterion", "verdict"), COMPLIANCE_COUNTS, each_step=True)
DOSES_OF_SITES = Total("dose_total", "spacing", (SITE, *KIND, "quantity", "value"), ("many",), source=_DOSES)
TOTALS = (
    Total("session_network_total", "session", (*KIND, "status"), SESSION_COUNTS),
    Total("session_total", "session", (SITE, *KIND, "status"), SESSION_COUNTS),
    Total("session_phase_week_total", "session", ("indication", "phase", "status"), SESSION_COUNTS, "week"),
    Total("session_week_total", "session", (*KIND, "status"), SESSION_COUNTS, "week"),
    Total("screening_network_total", "screening", (*_EFFECT, "infusion"), SCREENING_COUNTS),
    Total("screening_total", "screening", (SITE, *_EFFECT, "infusion"), SCREENING_COUNTS),
    Total("severity_network_total", "side_effect", ("term", *_EFFECT, "severity"), SIDE_EFFECT_COUNTS),
    Total("term_network_total", "side_effect", ("term", *_EFFECT, "infusion"), SIDE_EFFECT_COUNTS),
    Total("term_total", "side_effect", ("term", SITE, *_EFFECT), SIDE_EFFECT_COUNTS),
    Total("resolution_network_total", "resolution", (*KIND, "term", "lasted"), RESOLUTION_COUNTS),
    COMPLETION,
    Total("response_network_total", "response", ("indication", "product", "scale", "infusion"), RESPONSE_COUNTS),
    COURSE_ENDS,
    COURSE_REACH,
    COURSE_PROGRESS,
    COMPLIANCE,
    DOSES_OF_SITES,
)
"""Of each stem the shorter ones first: the first that tells what is asked is read."""


def totals_for(stem: str, columns: Collection[str], *, step: Step = "month", every_site: bool) -> Iterator[Total]:
    """The totals that tell the columns apart. every_site: whether all sites of the network are asked about."""
    for total in TOTALS:
        told = total.stem == stem and total.step == step and set(columns) <= {*total.key, "on_date"}
        if told and (every_site or not total.of_network):
            yield total
