"""Running totals of the counted cells: see `webapp.queries.running_totals`, which says what each table is read for.

Columns repeat from table to table in another order: the order of a key is what the table is for.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, OfNetwork, in_network, within

_Numbers = ARRAY(Integer)
_WideNumbers = ARRAY(BigInteger)


class _Total(OfNetwork):
    """starts: the first days of the months, or weeks, in which the row's kind of cell occurs, in ascending order."""

    starts: Mapped[list[date]] = mapped_column(ARRAY(Date))


class _SessionTotal(_Total):
    """Of each start: the sum of the counts up to its end."""

    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    sessions: Mapped[list[int]] = mapped_column(_Numbers)
    late_cancelled: Mapped[list[int]] = mapped_column(_Numbers)
    booked_minutes: Mapped[list[int]] = mapped_column(_WideNumbers)


class SessionNetworkTotal(_SessionTotal, Base):
    """Months of all sites together."""

    __tablename__ = "session_network_total"
    __table_args__ = in_network()


class SessionTotal(_SessionTotal, Base):
    """Months of each site."""

    __tablename__ = "session_total"
    __table_args__ = in_network(within("site", "site_id"))

    site_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)


class SessionWeekTotal(_SessionTotal, Base):
    """Weeks from Monday of all sites together."""

    __tablename__ = "session_week_total"
    __table_args__ = in_network()


class SessionPhaseWeekTotal(_Total, Base):
    """The same whatever the product: what the weeks of a page are asked for by."""

    __tablename__ = "session_phase_week_total"
    __table_args__ = in_network()

    indication: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    sessions: Mapped[list[int]] = mapped_column(_Numbers)
    late_cancelled: Mapped[list[int]] = mapped_column(_Numbers)
    booked_minutes: Mapped[list[int]] = mapped_column(_WideNumbers)


class _ScreeningTotal(_Total):
    """Delivered sessions; an empty way of asking is not screened."""

    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    asked_how: Mapped[str] = mapped_column(primary_key=True)
    infusion: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    sessions: Mapped[list[int]] = mapped_column(_Numbers)


class ScreeningNetworkTotal(_ScreeningTotal, Base):
    """Of all sites together."""

    __tablename__ = "screening_network_total"
    __table_args__ = in_network()


class ScreeningTotal(_ScreeningTotal, Base):
    """Of each site."""

    __tablename__ = "screening_total"
    __table_args__ = in_network(within("site", "site_id"))

    site_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)


class _EffectTotal(_Total):
    """Delivered sessions with a side effect, its events and the serious ones. The key begins with the term, which most questions name."""

    term: Mapped[str] = mapped_column(primary_key=True, sort_order=-11)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    asked_how: Mapped[str] = mapped_column(primary_key=True)
    sessions: Mapped[list[int]] = mapped_column(_Numbers)
    events: Mapped[list[int]] = mapped_column(_Numbers)
    serious: Mapped[list[int]] = mapped_column(_Numbers)


class SeverityNetworkTotal(_EffectTotal, Base):
    """By the worst severity, whatever the infusion; of all sites together."""

    __tablename__ = "severity_network_total"
    __table_args__ = in_network()

    severity: Mapped[int] = mapped_column(SmallInteger, primary_key=True, sort_order=1)


class TermNetworkTotal(_EffectTotal, Base):
    """By infusion, whatever the severity; of all sites together."""

    __tablename__ = "term_network_total"
    __table_args__ = in_network()

    infusion: Mapped[int] = mapped_column(SmallInteger, primary_key=True, sort_order=1)


class TermTotal(_EffectTotal, Base):
    """Of each site, whatever the infusion and the severity."""

    __tablename__ = "term_total"
    __table_args__ = in_network(within("site", "site_id"))

    site_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)


class ResolutionNetworkTotal(_Total, Base):
    """Side effects by how long they lasted; of all sites together."""

    __tablename__ = "resolution_network_total"
    __table_args__ = in_network()

    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    lasted: Mapped[int] = mapped_column(primary_key=True)
    events: Mapped[list[int]] = mapped_column(_Numbers)


class CompletionNetworkTotal(_Total, Base):
    """What came after completed courses; of all sites together. followed: for how many days they have been, of 0, 30 and 90."""

    __tablename__ = "completion_network_total"
    __table_args__ = in_network()

    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True)
    followed: Mapped[int] = mapped_column(primary_key=True)
    many: Mapped[list[int]] = mapped_column(_Numbers)


class ComplianceTotal(_Total, Base):
    """Verdicts of delivered sessions by criterion, of each site."""

    __tablename__ = "compliance_total"
    __table_args__ = in_network(within("site", "site_id"))

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    criterion: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    sessions: Mapped[list[int]] = mapped_column(_Numbers)


class ResponseNetworkTotal(_Total, Base):
    """Response by month of the first session; of all sites together."""

    __tablename__ = "response_network_total"
    __table_args__ = in_network()

    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    scale: Mapped[str] = mapped_column(primary_key=True)
    infusion: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    courses: Mapped[list[int]] = mapped_column(_Numbers)
    baselines: Mapped[list[int]] = mapped_column(_Numbers)
    entered: Mapped[list[int]] = mapped_column(_Numbers)
    reached: Mapped[list[int]] = mapped_column(_Numbers)
    rated: Mapped[list[int]] = mapped_column(_Numbers)
    met: Mapped[list[int]] = mapped_column(_Numbers)
    remitted: Mapped[list[int]] = mapped_column(_Numbers)
    risen: Mapped[list[int]] = mapped_column(_Numbers)
    fallen: Mapped[list[int]] = mapped_column(_WideNumbers)
    fallen_squares: Mapped[list[int]] = mapped_column(_WideNumbers)


class _CourseTotal(_Total):
    """Courses of all sites by the month of their first session, as they stand when their site's data end."""

    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    courses: Mapped[list[int]] = mapped_column(_Numbers)


class CourseEndTotal(_CourseTotal, Base):
    """By what ended them and on which day since the first session; the site's last day where they are open."""

    __tablename__ = "course_end_total"
    __table_args__ = in_network()

    state: Mapped[str] = mapped_column(primary_key=True, sort_order=1)
    stop_reason: Mapped[str] = mapped_column(primary_key=True, sort_order=1)
    day: Mapped[int] = mapped_column(primary_key=True, sort_order=1)
    horizon: Mapped[int] = mapped_column(primary_key=True, sort_order=1)


class CourseReachTotal(_CourseTotal, Base):
    """Of closed cohorts, by the infusions planned and reached. An empty indication or product is any of them."""

    __tablename__ = "course_reach_total"
    __table_args__ = in_network()

    planned: Mapped[int] = mapped_column(SmallInteger, primary_key=True, sort_order=1)
    reached: Mapped[int] = mapped_column(SmallInteger, primary_key=True, sort_order=1)


class CourseProgressTotal(_CourseTotal, Base):
    """Of cohorts that are not closed, by infusion: reached on which day, or not. An empty indication or product is any of them."""

    __tablename__ = "course_progress_total"
    __table_args__ = in_network()

    infusion: Mapped[int] = mapped_column(primary_key=True, sort_order=1)
    what: Mapped[str] = mapped_column(primary_key=True, sort_order=1)
    day: Mapped[int] = mapped_column(primary_key=True, sort_order=1)
    horizon: Mapped[int] = mapped_column(primary_key=True, sort_order=1)


class DoseTotal(_Total, Base):
    """Delivered sessions of each site by dose, against the protocol's range."""

    __tablename__ = "dose_total"
    __table_args__ = in_network(within("site", "site_id"))

    site_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True)
    many: Mapped[list[int]] = mapped_column(_Numbers)
