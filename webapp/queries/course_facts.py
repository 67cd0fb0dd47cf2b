"""Course facts out of the versions, and the spells that follow from them: now, or as known at a data version."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.courses import CourseFacts, DeliveredSession, Protocol, Spell, protocol_on, spells_by_start
from webapp.domain.vocabulary import Phase
from webapp.queries.fact_cells import FactView


@dataclass(frozen=True, slots=True)
class JudgedCourse:
    """One course with the spells that its facts give and the plan of each; it is counted in the site where it began.

    infusion_days: of each spell, the days from its start to each infusion; the first is 0.
    """

    course_id: UUID
    site_id: UUID
    indication: str
    product: str
    spells: tuple[Spell, ...]
    plans: tuple[Protocol, ...]
    infusion_days: tuple[tuple[int, ...], ...]
    last_on: date


class ProtocolBook:
    """The protocol versions of one network: which plan governs a course that starts on a day."""

    def __init__(self, protocols: list[Protocol]) -> None:
        self._of: dict[tuple[str, str], list[Protocol]] = defaultdict(list)
        for protocol in protocols:
            self._of[protocol.indication, protocol.product].append(protocol)

    def on(self, indication: str, product: str, day: date) -> Protocol:
        """The plan in force on that day."""
        return protocol_on(self._of.get((indication, product), ()), indication, product, day)


def fetch_protocols(db: Session, view: FactView) -> ProtocolBook:
    """All protocol versions that the view knows."""
    rows = db.execute(
        text(
            "SELECT indication, product, valid_from, planned_infusions, window_days, lapse_days, horizon_days"
            f" FROM protocol_version v WHERE {view.current('v')} ORDER BY valid_from, protocol_id"
        ),
        view.parameters,
    )
    return ProtocolBook([Protocol(*row) for row in rows])


def judge_courses(db: Session, view: FactView, only: str = "") -> Iterator[JudgedCourse]:
    """Every course of the view with at least one spell. `only` narrows by the course, over alias `c`."""
    book = fetch_protocols(db, view)
    sessions = _delivered(db, view, only)
    rows = db.execute(
        text(
            "SELECT c.course_id, c.site_id, c.indication, c.product, c.stopped_on, c.stop_reason, c.transferred_on, c.stated_outcome,"
            f" c.stated_on FROM course_version c WHERE {view.current('c')} {only}"
        ),
        view.parameters,
    )
    for course_id, site_id, indication, product, *said in rows:
        delivered = sessions.get(course_id)
        if not delivered:
            continue
        facts = CourseFacts(course_id, *said)

        def protocol_at(day: date, indication: str = indication, product: str = product) -> Protocol:
            return book.on(indication, product, day)

        spells = spells_by_start(facts, delivered, protocol_at)
        if spells:
            last = max(session.on for session in delivered)
            plans = tuple(protocol_at(spell.start_on) for spell in spells)
            days = {session.session_id: session.on for session in delivered}
            since = tuple(_infusion_days(spell, days) for spell in spells)
            yield JudgedCourse(course_id, site_id, indication, product, spells, plans, since, last)


def _infusion_days(spell: Spell, days: Mapping[UUID, date]) -> tuple[int, ...]:
    return tuple((days[session_id] - spell.start_on).days for session_id, infusion in spell.places if infusion)


_PHASES = {phase.value: phase for phase in Phase}


def _delivered(db: Session, view: FactView, only: str) -> dict[UUID, list[DeliveredSession]]:
    """The delivered sessions of each course."""
    rows = db.execute(
        text(
            "SELECT s.course_id, s.session_id, s.on_date, s.started_at, s.phase FROM session_version s"
            f" JOIN course_version c ON c.course_id = s.course_id AND {view.current('c')}"
            f" WHERE {view.current('s')} AND s.status IN ('completed', 'stopped_early') {only}"
        ),
        view.parameters,
    )
    found: dict[UUID, list[DeliveredSession]] = defaultdict(list)
    for course_id, session_id, on, at, phase in rows:
        found[course_id].append(DeliveredSession(session_id, on, at, _PHASES[phase]))
    return found
