"""The one definition of what a counted cell holds, as SQL over the versioned facts.

Rollups are filled from it, `verify` recounts with it, and a question about another instant (`known_at`) reads it directly: one
definition, so the paths cannot differ. A cell source needs the parameters of `FactView.parameters`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from webapp.domain.resolution import LONGER, NOT_RECORDED, WITHIN
from webapp.domain.vocabulary import ANY_TERM

SESSION_KEY = ("site_id", "on_date", "indication", "product", "phase", "status")
SESSION_COUNTS = ("sessions", "late_cancelled", "booked_minutes")
SCREENING_KEY = ("site_id", "on_date", "indication", "product", "phase", "infusion", "asked_how")
SCREENING_COUNTS = ("sessions",)
SIDE_EFFECT_KEY = (*SCREENING_KEY, "term", "severity")
SIDE_EFFECT_COUNTS = ("sessions", "events", "serious")
RESOLUTION_KEY = ("site_id", "on_date", "indication", "product", "phase", "term", "lasted")
RESOLUTION_COUNTS = ("events",)

_DELIVERED = "('completed', 'stopped_early')"


@dataclass(frozen=True, slots=True)
class FactView:
    """Which versions of the facts count: the current ones, or those known at a data version.

    known_batches: for another data version, the batches that had been recorded by then.
    places: for another data version, the session ids and their infusion numbers as computed from the facts of then.
    known_at: for another data version, the instant that it stands for, for records that have no versions but an instant.
    gathered: a temporary table of sessions joined once, of `gathered_sql`, that several cell sources read instead of the facts.
    """

    network_id: UUID
    late_cancel_notice_hours: float
    data_version: int | None = None
    known_batches: Sequence[UUID] = field(default=())
    place_sessions: Sequence[UUID] = field(default=())
    place_infusions: Sequence[int] = field(default=())
    known_at: datetime | None = None
    gathered: str = ""

    @property
    def parameters(self) -> dict[str, object]:
        """The bound values of every statement made from this view."""
        values: dict[str, object] = {"network": self.network_id, "notice_hours": self.late_cancel_notice_hours}
        if self.data_version is not None:
            values |= {
                "known_batches": list(self.known_batches),
                "place_sessions": list(self.place_sessions),
                "place_infusions": list(self.place_infusions),
            }
        return values

    def current(self, alias: str) -> str:
        """The condition that picks each record's one version in force."""
        if self.data_version is None:
            return f"{alias}.network_id = :network AND {alias}.superseded_by_batch_id IS NULL AND NOT {alias}.withdrawn"
        return (
            f"{alias}.network_id = :network AND NOT {alias}.withdrawn AND {alias}.batch_id = ANY (:known_batches)"
            f" AND ({alias}.superseded_by_batch_id IS NULL OR {alias}.superseded_by_batch_id <> ALL (:known_batches))"
        )

    @property
    def places(self) -> str:
        """A table expression of (session_id, infusion)."""
        if self.data_version is None:
            return "(SELECT session_id, infusion FROM session_place WHERE network_id = :network)"
        return "(SELECT * FROM unnest(CAST(:place_sessions AS uuid[]), CAST(:place_infusions AS integer[])) AS t(session_id, infusion))"


def sessions_sql(view: FactView, only: str = "") -> str:
    """Every session with its course's indication and product and its infusion number. `only` narrows, over alias `s`."""
    if view.gathered:
        return f"SELECT s.* FROM {view.gathered} s WHERE true {only}"
    return f"""
        SELECT s.session_id, s.course_id, s.site_id, s.on_date, s.local_hour, s.status, s.phase, s.booked_minutes, c.indication,
            c.product, c.patient_id, coalesce(p.infusion, 0) AS infusion, s.status IN {_DELIVERED} AS delivered,
            s.status = 'cancelled' AND coalesce(s.cancelled_at > s.booked_at - make_interval(secs => :notice_hours * 3600), false)
                AS late_cancelled
        FROM session_version s
        JOIN course_version c ON c.course_id = s.course_id AND {view.current("c")}
        LEFT JOIN {view.places} p ON p.session_id = s.session_id
        WHERE {view.current("s")} {only}"""


def screened_sql(view: FactView, only: str = "") -> str:
    """Delivered sessions with their way of asking; empty where not screened. With more than one screen the first by name counts."""
    if view.gathered:
        return f"SELECT s.* FROM {view.gathered} s WHERE s.delivered {only}"
    # An import looks up the few sessions that it touched; a question about another instant reads them all.
    screens = _asked_how(view)
    join = ""
    if view.data_version is not None:
        screens = "w.asked_how"
        join = f"""LEFT JOIN (SELECT w.session_id, min(w.asked_how) AS asked_how FROM screen_version w
            WHERE {view.current("w")} GROUP BY w.session_id) w ON w.session_id = d.session_id"""
    return f"""
        SELECT d.*, coalesce(({screens}), '') AS asked_how
        FROM ({sessions_sql(view, only)}) d {join} WHERE d.delivered"""


def _asked_how(view: FactView) -> str:
    return f"SELECT min(w.asked_how) FROM screen_version w WHERE w.session_id = d.session_id AND {view.current('w')}"


def gathered_sql(view: FactView, only: str) -> str:
    """What `sessions_sql` and `screened_sql` give together, current versions only: the rows of a view's `gathered` table."""
    asked = f"CASE WHEN d.delivered THEN coalesce(({_asked_how(view)}), '') ELSE '' END"
    return f"SELECT d.*, {asked} AS asked_how FROM ({sessions_sql(view, only)}) d"


def session_cells(view: FactView, only: str = "") -> str:
    """Cells of all sessions by status. Booked minutes leave out only cancellations in time, which free the chair."""
    key = ", ".join(SESSION_KEY)
    return f"""
        SELECT {key}, count(*)::integer AS sessions, (count(*) FILTER (WHERE late_cancelled))::integer AS late_cancelled,
            coalesce(sum(booked_minutes) FILTER (WHERE status <> 'cancelled' OR late_cancelled), 0)::integer AS booked_minutes
        FROM ({sessions_sql(view, only)}) f GROUP BY {key}"""


def screening_cells(view: FactView, only: str = "") -> str:
    """Cells of delivered sessions by infusion number and way of asking."""
    key = ", ".join(SCREENING_KEY)
    return f"SELECT {key}, count(*)::integer AS sessions FROM ({screened_sql(view, only)}) f GROUP BY {key}"


def side_effect_cells(view: FactView, only: str = "") -> str:
    """Cells of delivered sessions with a side effect, per term and for any term, by the worst severity in the session."""
    key = ", ".join(SIDE_EFFECT_KEY)
    per_session = f"""
        SELECT f.site_id, f.on_date, f.indication, f.product, f.phase, f.infusion, f.asked_how, f.session_id,
            coalesce(e.term, '{ANY_TERM}') AS term, max(e.severity)::smallint AS severity, count(*) AS events,
            count(*) FILTER (WHERE e.serious <> 'no') AS serious
        FROM ({screened_sql(view, only)}) f JOIN side_effect_version e ON e.session_id = f.session_id AND {view.current("e")}
        GROUP BY GROUPING SETS (
            (f.site_id, f.on_date, f.indication, f.product, f.phase, f.infusion, f.asked_how, f.session_id, e.term),
            (f.site_id, f.on_date, f.indication, f.product, f.phase, f.infusion, f.asked_how, f.session_id))"""
    return f"""
        SELECT {key}, count(*)::integer AS sessions, sum(events)::integer AS events, sum(serious)::integer AS serious
        FROM ({per_session}) g GROUP BY {key}"""


_LASTED = f"""CASE WHEN e.onset_at IS NOT NULL AND e.resolved_at IS NOT NULL THEN CASE
        WHEN e.resolved_at < e.onset_at THEN {NOT_RECORDED}
        {" ".join(f"WHEN e.resolved_at - e.onset_at <= interval '{minutes} minutes' THEN {minutes}" for minutes in WITHIN)}
        ELSE {LONGER} END
    WHEN e.resolved_on - e.onset_on >= 2 THEN {LONGER} ELSE {NOT_RECORDED} END"""
"""`webapp.domain.resolution.bucket_of`, for the database."""


def resolution_cells(view: FactView, only: str = "") -> str:
    """Cells of the side effects of screened sessions by how long they lasted."""
    key = ", ".join(RESOLUTION_KEY)
    # OFFSET 0 keeps the planner from looking a screen up for each pair of session and side effect, before it joins them.
    return f"""
        SELECT {key}, count(*)::integer AS events FROM (
            SELECT f.site_id, f.on_date, f.indication, f.product, f.phase, e.term, {_LASTED} AS lasted
            FROM ({screened_sql(view, only)} OFFSET 0) f JOIN side_effect_version e ON e.session_id = f.session_id AND {view.current("e")}
            WHERE f.asked_how <> '') g GROUP BY {key}"""
