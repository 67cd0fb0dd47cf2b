"""What is counted by its size: hours of start, days between one thing and the next, doses by weight; as SQL over the versioned facts.

Each fact gives a *quantity* and a whole-number *value*; a cell says how many have that value, so medians and shares over any period
are exact without a look at the facts. One definition for rollups, `verify`, rows behind a number, and questions about another instant.
"""

from enum import StrEnum

from webapp.queries.fact_cells import FactView, sessions_sql

SPACING_KEY = ("site_id", "on_date", "indication", "product", "phase", "quantity", "value")
SPACING_COUNTS = ("many",)
COMPLETION_KEY = ("site_id", "on_date", "indication", "product", "quantity", "value")
COMPLETION_COUNTS = ("many",)
DOSE_STEPS_PER_MG_KG = 20
"""Doses are counted in steps of 0.05 mg/kg: value 10 holds 0.50 up to, not including, 0.55."""

NOT_RECORDED = -32_768
"""The value where the approval has no day."""
NOT_YET = -1
"""The days to a return that has not come."""
NO_HOUR = 99
WITHIN = (30, 90)
"""For how long, in days, a completed course is followed, each length by itself."""
RETURN_DAYS = WITHIN[-1]


class Quantity(StrEnum):
    """What the value measures.

    hour: weekday (1 Monday) times 100 plus the site-local hour of a delivered session. approval: days from approval to a course's first
    infusion. gap: days from the delivered session before to an infusion after the first. booster: days from the delivered session before
    to a booster. dose_*: steps of 0.05 mg/kg, by the range of the protocol in force on that day. return: days from a course's completion
    to its next delivered session. boosters: how many came in the 90 days after completion. no_minutes: sessions that held a chair without
    booked minutes.
    """

    HOUR = "hour"
    APPROVAL = "approval"
    GAP = "gap"
    BOOSTER = "booster"
    DOSE_BELOW = "dose_below"
    DOSE_WITHIN = "dose_within"
    DOSE_ABOVE = "dose_above"
    DOSE_NO_RANGE = "dose_no_range"
    DOSE_UNKNOWN = "dose_unknown"
    RETURN = "return"
    BOOSTERS = "boosters"
    NO_MINUTES = "no_minutes"


DOSES = (
    Quantity.DOSE_BELOW,
    Quantity.DOSE_WITHIN,
    Quantity.DOSE_ABOVE,
    Quantity.DOSE_NO_RANGE,
    Quantity.DOSE_UNKNOWN,
)
_DELIVERED = "('completed', 'stopped_early')"
_COMPLETED = "('completed_on_time', 'completed_late')"


def delivered_values_sql(view: FactView, only: str = "") -> str:
    """Every value of every delivered session. `only` narrows, over alias `s` with its site_id and on_date.

    The session before is looked for among all of the course, so whole courses are read wherever one of their sessions is asked for.
    """
    courses = f"AND s.course_id IN (SELECT s.course_id FROM session_version s WHERE {view.current('s')} {only})"
    given = f"""
        SELECT s.session_id, s.site_id, s.on_date, s.local_hour, s.phase, c.indication, c.product, c.approved_on,
            coalesce(p.infusion, 0) AS infusion, CASE WHEN s.weight_kg > 0 THEN s.dose_mg / s.weight_kg END AS per_kg,
            lag(s.on_date) OVER w AS before_on, count(*) FILTER (WHERE s.phase = 'induction') OVER w AS inductions
        FROM session_version s
        JOIN course_version c ON c.course_id = s.course_id AND {view.current("c")}
        LEFT JOIN {view.places} p ON p.session_id = s.session_id
        WHERE {view.current("s")} AND s.status IN {_DELIVERED} {courses if only else ""}
        WINDOW w AS (PARTITION BY s.course_id ORDER BY s.on_date, s.started_at NULLS FIRST, s.session_id)"""
    return f"""
        SELECT s.session_id, s.site_id, s.on_date, s.indication, s.product, s.phase, q.quantity, q.value
        FROM ({given}) s
        LEFT JOIN LATERAL (SELECT r.dose_low_mg_per_kg AS low, r.dose_high_mg_per_kg AS high FROM protocol_version r
            WHERE {view.current("r")} AND r.indication = s.indication AND r.product = s.product AND r.valid_from <= s.on_date
            ORDER BY r.valid_from DESC, r.protocol_id DESC LIMIT 1) r ON s.per_kg IS NOT NULL
        CROSS JOIN LATERAL (VALUES
            ('{Quantity.HOUR}', extract(isodow FROM s.on_date)::integer * 100 + coalesce(s.local_hour, {NO_HOUR})),
            ('{Quantity.APPROVAL}', CASE WHEN s.phase = 'induction' AND s.inductions = 1
                THEN coalesce(s.on_date - s.approved_on, {NOT_RECORDED}) END),
            ('{Quantity.GAP}', CASE WHEN s.infusion > 1 THEN s.on_date - s.before_on END),
            ('{Quantity.BOOSTER}', CASE WHEN s.phase = 'maintenance' THEN s.on_date - s.before_on END),
            (CASE WHEN s.per_kg IS NULL THEN '{Quantity.DOSE_UNKNOWN}' WHEN r.low IS NULL AND r.high IS NULL THEN '{Quantity.DOSE_NO_RANGE}'
                WHEN s.per_kg < r.low THEN '{Quantity.DOSE_BELOW}' WHEN s.per_kg > r.high THEN '{Quantity.DOSE_ABOVE}'
                ELSE '{Quantity.DOSE_WITHIN}' END, coalesce(floor(s.per_kg * {DOSE_STEPS_PER_MG_KG})::integer, 0))
        ) AS q(quantity, value) WHERE q.value IS NOT NULL {only}"""


def spacing_cells(view: FactView, only: str = "") -> str:
    """Cells of what sessions have: everything but what follows a completion."""
    key = ", ".join(SPACING_KEY)
    parts = [delivered_values_sql(view, only), _without_minutes(view, only)]
    every = " UNION ALL ".join(f"SELECT {key} FROM ({part}) v" for part in parts)
    return f"SELECT {key}, count(*)::integer AS many FROM ({every}) f GROUP BY {key}"


def _without_minutes(view: FactView, only: str) -> str:
    return f"""
        SELECT f.*, '{Quantity.NO_MINUTES}' AS quantity, 0 AS value FROM ({sessions_sql(view, only)}) f
        WHERE f.booked_minutes IS NULL AND f.status <> 'scheduled' AND (f.status <> 'cancelled' OR f.late_cancelled)"""


def completion_cells(view: FactView, only: str = "") -> str:
    """Cells of completed courses on the day of completion: what came after it in the same course, as stored now."""
    key = ", ".join(COMPLETION_KEY)
    return f"SELECT {key}, count(*)::integer AS many FROM ({_after_completion(view, only)}) f GROUP BY {key}"


def after_completion_values(view: FactView, course: str, completed_on: str) -> dict[Quantity, str]:
    """What followed one completed course, as SQL: days to its next delivered session (NOT_YET where none came), boosters within 90 days.

    course, completed_on: its id and the day, as expressions of the statement around.
    """
    later = f"""FROM session_version n WHERE {view.current("n")} AND n.course_id = {course} AND n.status IN {_DELIVERED}
        AND n.on_date > {completed_on}"""
    boosters = f"n.phase = 'maintenance' AND n.on_date <= {completed_on} + {RETURN_DAYS}"
    return {
        Quantity.RETURN: f"coalesce((SELECT min(n.on_date) {later}) - {completed_on}, {NOT_YET})",
        Quantity.BOOSTERS: f"(SELECT count(*)::integer {later} AND {boosters})",
    }


def _after_completion(view: FactView, only: str) -> str:
    values = after_completion_values(view, "s.course_id", "s.on_date")
    listed = ", ".join(f"('{quantity}', {value})" for quantity, value in values.items())
    return f"""
        SELECT s.site_id, s.on_date, s.indication, s.product, q.quantity, q.value
        FROM (SELECT x.course_id, x.site_id, x.end_on AS on_date, x.indication, x.product FROM course_spell x
            WHERE x.network_id = :network AND x.end_state IN {_COMPLETED}) s
        CROSS JOIN LATERAL (VALUES {listed}
        ) AS q(quantity, value) WHERE true {only}"""
