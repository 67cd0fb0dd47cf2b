"""Which start months of a site are closed, whatever the filters leave of them, and what is counted of the closed ones and the rest.

A cohort is the courses of one site and start month that the filters leave: it is closed when the last of them has reached its
horizon by the site's clock. So a filter decides what is closed, and each is counted of every indication or any of them with
every product or any of them.
"""

from webapp.queries.course_standing import ENDED_ON, joined

ANY = ""
"""In the place of an indication or a product: any of them."""
_MONTH = "(x.start_on - (extract(day FROM x.start_on)::integer - 1))"
_KINDS = "GROUPING SETS ((indication, product), (indication), (product), ())"
_OF_KIND = f"coalesce(indication, '{ANY}') AS indication, coalesce(product, '{ANY}') AS product"


def closed_reach() -> str:
    """Courses of closed cohorts by the infusions planned and reached, as a table."""
    return f"""(SELECT network_id, site_id, on_date, indication, product, planned, reached, courses FROM (
        SELECT r.*, max(r.horizon_on) OVER (PARTITION BY r.site_id, r.on_date, r.indication, r.product) <= r.clock AS closed FROM (
            SELECT network_id, site_id, on_date, {_OF_KIND}, planned, reached, clock, sum(courses)::integer AS courses,
                max(horizon_on) AS horizon_on
            FROM (SELECT x.network_id, x.site_id, {_MONTH} AS on_date, x.indication, x.product, x.planned, x.reached, k.clock,
                    count(*) AS courses, max(x.horizon_on) AS horizon_on FROM course_spell x {joined()}
                WHERE x.network_id = :network GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) c
            GROUP BY network_id, site_id, on_date, planned, reached, clock, {_KINDS}) r) p
    WHERE closed)"""


def open_progress() -> str:
    """Of each course of a cohort that is not closed, each infusion of its plan, as a table.

    what: reached; ended, if the course had ended without it; open, if neither had come when the site's data end. day: of that, in
    days since the first session.
    """
    return f"""(SELECT x.network_id, x.site_id, x.on_date, h.indication, h.product, i.infusion,
        CASE WHEN i.day <= x.clock_day THEN 'reached' WHEN x.end_day IS NULL THEN 'open' ELSE 'ended' END AS what,
        CASE WHEN i.day <= x.clock_day THEN i.day ELSE coalesce(x.end_day, x.clock_day) END AS day, x.horizon, 1 AS courses
    FROM (SELECT site_id, on_date, {_OF_KIND} FROM (
            SELECT x.site_id, {_MONTH} AS on_date, x.indication, x.product, max(x.horizon_on) AS horizon_on, k.clock
            FROM course_spell x {joined()} WHERE x.network_id = :network GROUP BY 1, 2, 3, 4, 6) c
        GROUP BY site_id, on_date, clock, {_KINDS} HAVING max(horizon_on) > clock) h
    JOIN (SELECT x.network_id, x.site_id, {_MONTH} AS on_date, x.indication, x.product, x.infusion_days, x.planned,
            x.horizon_on - x.start_on AS horizon, k.clock - x.start_on AS clock_day, {ENDED_ON} - x.start_on AS end_day
        FROM course_spell x {joined()} WHERE x.network_id = :network AND x.start_on <= k.clock) x
        ON x.site_id = h.site_id AND x.on_date = h.on_date AND h.indication IN (x.indication, '{ANY}')
            AND h.product IN (x.product, '{ANY}')
    CROSS JOIN LATERAL (SELECT n AS infusion, CAST(x.infusion_days[n] AS integer) AS day FROM generate_series(1, x.planned) n) i)"""
