"""What is derived from the facts: course spells, places of sessions in them, and counted cells in two tiers.

Nothing here is a source of truth: every row can be rebuilt, and `verify` rebuilds them all and compares. A day tier refers to no
site: its month, counted from the same facts in the same transaction, does, and asking twice is most of what counting a day costs.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Boolean, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, OfNetwork, in_network, within

COUNTED_OF_COURSES = ["indication", "product", "end_on", "end_state", "stop_reason", "planned", "reached", "horizon_on"]
"""What pages count courses by: they need the index alone."""


class CourseSpell(OfNetwork, Base):
    """One started course as it is counted: a later induction session after its end opens a further spell.

    infusion_days: the days from `start_on` to each infusion; the first is 0.
    """

    __tablename__ = "course_spell"
    __table_args__ = in_network(
        within("course", "course_id"),
        within("site", "site_id"),
        Index("ix_course_spell_start", "network_id", "site_id", "start_on", postgresql_include=COUNTED_OF_COURSES),
        Index("ix_course_spell_end", "network_id", "site_id", "end_on"),
    )

    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    site_id: Mapped[UUID]
    indication: Mapped[str]
    product: Mapped[str]
    start_on: Mapped[date]
    end_on: Mapped[date | None]
    end_state: Mapped[str | None]
    stop_reason: Mapped[str | None]
    as_stated: Mapped[bool]
    planned: Mapped[int] = mapped_column(SmallInteger)
    reached: Mapped[int] = mapped_column(SmallInteger)
    window_ends_on: Mapped[date]
    horizon_on: Mapped[date]
    last_on: Mapped[date]
    infusion_days: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))


class CourseCohort(OfNetwork, Base):
    """Courses of a site's start month by how they stand when the site's data end.

    last_horizon_on: the last day on which one of them reaches its horizon. month: the first day of the month.
    """

    __tablename__ = "course_cohort"
    __table_args__ = in_network(within("site", "site_id"))

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    completed_on_time: Mapped[int]
    completed_late: Mapped[int]
    stopped_response: Mapped[int]
    stopped_other: Mapped[int]
    transferred: Mapped[int]
    lapsed: Mapped[int]
    open_at_horizon: Mapped[int]
    open: Mapped[int]
    last_horizon_on: Mapped[date]


class SessionPlace(OfNetwork, Base):
    """Where a delivered session stands in its course: the spell and the infusion number (0 = booster)."""

    __tablename__ = "session_place"
    __table_args__ = in_network(
        within("session", "session_id"),
        within("site", "site_id"),
        Index("ix_session_place_course", "network_id", "course_id"),
    )

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID]
    site_id: Mapped[UUID]
    spell: Mapped[int] = mapped_column(SmallInteger)
    infusion: Mapped[int] = mapped_column(SmallInteger)


class _SessionCell(OfNetwork):
    """Sessions by status. Booked minutes are chair minutes."""

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    sessions: Mapped[int]
    late_cancelled: Mapped[int]
    booked_minutes: Mapped[int]


class SessionDay(_SessionCell, Base):
    """The day tier."""

    __tablename__ = "session_day"


class SessionMonth(_SessionCell, Base):
    """The month tier: `on_date` is the first day of the month."""

    __tablename__ = "session_month"
    __table_args__ = in_network(within("site", "site_id"))


class _ScreeningCell(OfNetwork):
    """Delivered sessions by infusion number and way of asking; an empty way of asking is not screened."""

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    infusion: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    asked_how: Mapped[str] = mapped_column(primary_key=True)
    sessions: Mapped[int]


class ScreeningDay(_ScreeningCell, Base):
    """The day tier."""

    __tablename__ = "screening_day"


class ScreeningMonth(_ScreeningCell, Base):
    """The month tier."""

    __tablename__ = "screening_month"
    __table_args__ = in_network(within("site", "site_id"))


class _SideEffectCell(OfNetwork):
    """Screened sessions with a side effect, by term (or `any`) and worst severity; events and serious ones beside."""

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    infusion: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    asked_how: Mapped[str] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    severity: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    sessions: Mapped[int]
    events: Mapped[int]
    serious: Mapped[int]


class SideEffectDay(_SideEffectCell, Base):
    """The day tier."""

    __tablename__ = "side_effect_day"


class SideEffectMonth(_SideEffectCell, Base):
    """The month tier."""

    __tablename__ = "side_effect_month"
    __table_args__ = in_network(within("site", "site_id"))


class _ComplianceCell(OfNetwork):
    """Delivered sessions by criterion (or `all_six`, `lapse`) and verdict: 0 met, 1 not recorded, 2 not met."""

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    criterion: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    sessions: Mapped[int]


class ComplianceDay(_ComplianceCell, Base):
    """The day tier."""

    __tablename__ = "compliance_day"
    __table_args__ = (
        Index(
            "ix_compliance_day_lapse",
            "network_id",
            "site_id",
            "on_date",
            postgresql_where=text("criterion = 'lapse' AND verdict = 2"),
        ),
    )


class ComplianceMonth(_ComplianceCell, Base):
    """The month tier: `on_date` is the first day of the month."""

    __tablename__ = "compliance_month"
    __table_args__ = in_network(within("site", "site_id"))


class _ResolutionCell(OfNetwork):
    """Side effects of delivered sessions by how long they lasted: the bucket's upper end in minutes (see `domain.resolution`)."""

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    lasted: Mapped[int] = mapped_column(primary_key=True)
    events: Mapped[int]


class ResolutionDay(_ResolutionCell, Base):
    """The day tier."""

    __tablename__ = "resolution_day"


class ResolutionMonth(_ResolutionCell, Base):
    """The month tier: `on_date` is the first day of the month."""

    __tablename__ = "resolution_month"
    __table_args__ = in_network(within("site", "site_id"))


class TermMonth(OfNetwork, Base):
    """One term at one site month by month, whatever else differs: what a control chart over all the months reads.

    term: empty for the sessions themselves, delivered (`asked_how` empty: not screened) and screened. sessions: with the term.
    """

    __tablename__ = "term_month"
    __table_args__ = in_network(within("site", "site_id"))

    term: Mapped[str] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    asked_how: Mapped[str] = mapped_column(primary_key=True)
    sessions: Mapped[int]


class AffectedMonth(OfNetwork, Base):
    """A patient's month at a site with the side effects of screened sessions: patients are counted once over any months.

    on_date: the first day of the month. terms: in ascending order.
    """

    __tablename__ = "affected_month"
    __table_args__ = in_network(
        within("site", "site_id"), Index("ix_affected_month_patient", "network_id", "patient_id")
    )

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(primary_key=True)
    terms: Mapped[list[str]] = mapped_column(ARRAY(Text(collation="C")))


class AffectedStep(OfNetwork, Base):
    """Patients of all sites by a month with the term and the month with it before that one; see `webapp.queries.affected_patients`."""

    __tablename__ = "affected_step"
    __table_args__ = in_network()

    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    before: Mapped[date] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    patients: Mapped[int]


class CourseProgress(OfNetwork, Base):
    """One started course on one scale on which it was rated, judged under the network's thresholds.

    scale: a rating scale, or PHQ-9's item 9 apart. entered: its baseline counts. scores, met, remitted: of the baseline first, then
    after each infusion of its plan; a missing score is NULL. It is the day tier of `response_month`.
    """

    __tablename__ = "course_progress"
    __table_args__ = in_network(
        within("course", "course_id"),
        within("site", "site_id"),
        Index("ix_course_progress_start", "network_id", "site_id", "start_on"),
    )

    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    scale: Mapped[str] = mapped_column(primary_key=True)
    site_id: Mapped[UUID]
    start_on: Mapped[date]
    indication: Mapped[str]
    product: Mapped[str]
    planned: Mapped[int] = mapped_column(SmallInteger)
    reached: Mapped[int] = mapped_column(SmallInteger)
    entered: Mapped[bool]
    scores: Mapped[list[int | None]] = mapped_column(ARRAY(SmallInteger))
    met: Mapped[list[bool]] = mapped_column(ARRAY(Boolean))
    remitted: Mapped[list[bool]] = mapped_column(ARRAY(Boolean))


class ResponseMonth(OfNetwork, Base):
    """Courses by month of their first session, scale and infusion: how many had a baseline, a score, a response.

    scale: empty for all started courses. Infusion 0 is the baseline. A course counts up to the infusions of its own plan. reached,
    rated and what follows: of those that entered. fallen, fallen_squares: the sum of their falls from baseline, and of the squares.
    """

    __tablename__ = "response_month"
    __table_args__ = in_network(within("site", "site_id"))

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    scale: Mapped[str] = mapped_column(primary_key=True)
    infusion: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    courses: Mapped[int]
    baselines: Mapped[int]
    entered: Mapped[int]
    reached: Mapped[int]
    rated: Mapped[int]
    met: Mapped[int]
    remitted: Mapped[int]
    risen: Mapped[int]
    fallen: Mapped[int]
    fallen_squares: Mapped[int]


class DesignEffect(OfNetwork, Base):
    """How much wider than a binomial's the spread of a session share is, because sessions of one patient are alike.

    span: `month` takes a patient's sessions of one month for a cluster, `year` those of a year; a longer question has larger
    clusters. `since_on`: the sessions after that day were looked at. `clusters` to `size_squared` are the sums that `value` follows
    from, over clusters of n sessions of which x count: n, x, x^2, x n, n^2. The network's own, outside the site policy.
    """

    __tablename__ = "design_effect"
    __table_args__ = in_network()

    measure: Mapped[str] = mapped_column(primary_key=True)
    stratum: Mapped[str] = mapped_column(primary_key=True)
    span: Mapped[str] = mapped_column(primary_key=True)
    since_on: Mapped[date]
    clusters: Mapped[int]
    observed: Mapped[int] = mapped_column(BigInteger)
    hits: Mapped[int] = mapped_column(BigInteger)
    hits_squared: Mapped[int] = mapped_column(BigInteger)
    hits_by_size: Mapped[int] = mapped_column(BigInteger)
    size_squared: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[float]


class NetworkMonth(OfNetwork, Base):
    """The network's own line, outside the site policy, so that one site can be shown beside it.

    patients_with, patients_without: distinct patients behind the numerator, and behind the rest of the denominator.
    """

    __tablename__ = "network_month"
    __table_args__ = in_network()

    month: Mapped[date] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    stratum: Mapped[str] = mapped_column(primary_key=True)
    numerator: Mapped[int]
    denominator: Mapped[int]
    sites: Mapped[int]
    patients: Mapped[int]
    patients_with: Mapped[int]
    patients_without: Mapped[int]
