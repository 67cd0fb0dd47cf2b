"""How a course stands as of its site's clock: one reading, in every question about courses.

A site without a clock has told nothing yet: its courses are started and open as of nothing, so they have no day up to which they
are followed, and none of them is due. (PostgreSQL's LEAST passes over NULL, so each of these asks for the clock itself.)
"""

STATE = "CASE WHEN x.end_on <= k.clock THEN x.end_state ELSE 'open' END"
"""`x` is `course_spell`, `k` what `joined` gives, here and below."""
STOP_REASON = "CASE WHEN x.end_on <= k.clock THEN x.stop_reason END"
ENDED_ON = "CASE WHEN x.end_on <= k.clock THEN x.end_on END"
FOLLOWED = "CASE WHEN k.clock IS NOT NULL THEN LEAST(x.end_on, k.clock) - x.start_on END"
"""Days since the first session, up to the end or to the clock; NULL without a clock, below 0 for a course begun after it."""


def joined(on: str | None = None) -> str:
    """The clock of a course's site as `k.clock`: the day that its data reach, or the day bound as `on` where that is earlier."""
    clock = f"LEAST(:{on}, data_through)" if on else "data_through"
    return (
        f"LEFT JOIN (SELECT site_id, {clock} AS clock FROM site_clock WHERE network_id = :network) k"
        " ON k.site_id = x.site_id"
    )
