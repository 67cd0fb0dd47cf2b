"""Started courses with their infusions and the scores of every scale, as `webapp.domain.response` takes them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.response import SUICIDAL_ITEM, Moment, RatedCourse, Score
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Instrument
from webapp.queries.cells import Selection
from webapp.queries.course_facts import judge_courses
from webapp.queries.fact_cells import FactView

SpellKey = tuple[UUID, int]
"""A course's id and the ordinal of a spell."""


@dataclass(frozen=True, slots=True)
class StartedCourse:
    """One spell. reached: how many infusions it was given. rated: its infusions, as far as the scope sees them."""

    site_id: UUID
    start_on: date
    indication: str
    product: str
    reached: int
    rated: RatedCourse
    scores: Mapping[str, Sequence[Score]]

    @property
    def month(self) -> date:
        """The month in which it started."""
        return self.start_on.replace(day=1)


@dataclass(frozen=True, slots=True)
class SpellSeen:
    """One spell as it is stored, before its infusions are put to it."""

    course_id: UUID
    ordinal: int
    site_id: UUID
    start_on: date
    indication: str
    product: str
    reached: int
    planned: int


def fetch_rated_courses(
    scope: Scope, db: Session, selection: Selection, view: FactView, instruments: Collection[str]
) -> list[StartedCourse]:
    """The courses that started in the period as the view knows them, each with its scores on the instruments; many have none.

    Courses have no phase: that filter does not narrow them. A course counts in the site where it began; an infusion at a site
    outside the scope is known to have been given, not when.
    """
    spells, moments = _known(scope, db, selection, view)
    scores = fetch_scores(db, view, {spell.course_id for spell in spells}, instruments)
    return [
        StartedCourse(
            spell.site_id,
            spell.start_on,
            spell.indication,
            spell.product,
            spell.reached,
            rated_course(spell, moments),
            scores.get(spell.course_id, {}),
        )
        for spell in spells
    ]


Moments = dict[SpellKey, dict[int, Moment]]


def rated_course(spell: SpellSeen, moments: Moments) -> RatedCourse:
    """The spell's infusions as `webapp.domain.response` takes them."""
    seen = moments.get((spell.course_id, spell.ordinal), {})
    infusions = [seen.get(number) for number in range(1, spell.reached + 1)]
    if infusions and infusions[0] is None:
        infusions[0] = Moment(spell.start_on)
    following = moments.get((spell.course_id, spell.ordinal + 1), {}).get(1)
    return RatedCourse(infusions, spell.planned, following)


def fetch_spells(db: Session, view: FactView, which: str, values: Mapping[str, Any]) -> tuple[list[SpellSeen], Moments]:
    """The stored spells that a condition over alias `x` leaves, and when the infusions were of those that were rated at all."""
    spells = db.execute(
        text(
            "SELECT x.course_id, x.ordinal, x.site_id, x.start_on, x.indication, x.product, x.reached, x.planned"
            f" FROM course_spell x WHERE {which}"
        ),
        values,
    )
    places = db.execute(
        text(
            "SELECT p.course_id, p.spell, p.infusion, s.on_date, s.started_at FROM course_spell x"
            " JOIN session_place p ON p.network_id = x.network_id AND p.course_id = x.course_id AND p.infusion > 0"
            " AND (p.spell = x.ordinal OR (p.spell = x.ordinal + 1 AND p.infusion = 1))"
            f" JOIN session_version s ON s.session_id = p.session_id AND {view.current('s')} WHERE {which}"
            f" AND EXISTS (SELECT 1 FROM rating_version r WHERE r.course_id = x.course_id AND {view.current('r')})"
        ),
        values,
    )
    moments: Moments = defaultdict(dict)
    for course_id, ordinal, infusion, on, at in places:
        moments[course_id, ordinal][infusion] = Moment(on, at)
    return [SpellSeen(*row) for row in spells], moments


def _known(scope: Scope, db: Session, selection: Selection, view: FactView) -> tuple[list[SpellSeen], Moments]:
    """The same from the facts as known then, judged again."""
    days = db.execute(
        text(
            "SELECT s.session_id, s.on_date, s.started_at FROM session_version s"
            f" WHERE {view.current('s')} AND s.status IN ('completed', 'stopped_early') AND s.phase = 'induction'"
        ),
        view.parameters,
    )
    at = {session_id: Moment(on, started_at) for session_id, on, started_at in days}
    spells: list[SpellSeen] = []
    moments: Moments = {}
    for course in judge_courses(db, view):
        wanted = course.site_id in scope.site_ids
        wanted &= selection.indication in (None, course.indication) and selection.product in (None, course.product)
        if not wanted:
            continue
        for spell, plan in zip(course.spells, course.plans, strict=True):
            moments[course.course_id, spell.ordinal] = {number: at[key] for key, number in spell.places if number}
            if spell.start_on in selection.period:
                said = (spell.start_on, course.indication, course.product, spell.reached, plan.planned_infusions)
                spells.append(SpellSeen(course.course_id, spell.ordinal, course.site_id, *said))
    return spells, moments


def fetch_scores(
    db: Session, view: FactView, courses: Collection[UUID], scales: Collection[str]
) -> dict[UUID, dict[str, list[Score]]]:
    """By course and scale; PHQ-9's item on suicidal thoughts as a scale of its own."""
    asked = {Instrument.PHQ9.value if scale == SUICIDAL_ITEM else scale for scale in scales}
    rows = db.execute(
        text(
            "SELECT r.course_id, r.instrument, r.rated_on, r.rated_at, r.score, r.suicidality FROM rating_version r"
            f" WHERE {view.current('r')} AND r.course_id = ANY (:courses) AND r.instrument = ANY (:instruments)"
        ),
        {**view.parameters, "courses": list(courses), "instruments": sorted(asked)},
    )
    found: dict[UUID, dict[str, list[Score]]] = defaultdict(lambda: defaultdict(list))
    for course_id, instrument, on, at, score, item in rows:
        if instrument in scales:
            found[course_id][instrument].append(Score(Moment(on, at), score))
        if SUICIDAL_ITEM in scales and instrument == Instrument.PHQ9 and item is not None:
            found[course_id][SUICIDAL_ITEM].append(Score(Moment(on, at), item))
    return found
