"""Started courses with their infusions and the scores of every scale, as `webapp.domain.response` takes them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.response import Moment, RatedCourse, Score
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
    scores: Mapping[Instrument, Sequence[Score]]

    @property
    def month(self) -> date:
        """The month in which it started."""
        return self.start_on.replace(day=1)


@dataclass(frozen=True, slots=True)
class _Spell:
    course_id: UUID
    ordinal: int
    site_id: UUID
    start_on: date
    indication: str
    product: str
    reached: int
    planned: int


def fetch_rated_courses(
    scope: Scope, db: Session, selection: Selection, view: FactView, instruments: Collection[Instrument]
) -> list[StartedCourse]:
    """The courses that started in the period, each with its scores on the instruments; many have none.

    Courses have no phase: that filter does not narrow them. A course counts in the site where it began; an infusion at a site
    outside the scope is known to have been given, not when.
    """
    spells, moments = _known(scope, db, selection) if selection.known else _current(scope, db, selection, view)
    scores = _fetch_scores(scope, db, {spell.course_id for spell in spells}, view, instruments)
    return [
        StartedCourse(
            spell.site_id,
            spell.start_on,
            spell.indication,
            spell.product,
            spell.reached,
            _rated(spell, moments),
            scores.get(spell.course_id, {}),
        )
        for spell in spells
    ]


_Moments = dict[SpellKey, dict[int, Moment]]


def _rated(spell: _Spell, moments: _Moments) -> RatedCourse:
    seen = moments.get((spell.course_id, spell.ordinal), {})
    infusions = [seen.get(number) for number in range(1, spell.reached + 1)]
    if infusions and infusions[0] is None:
        infusions[0] = Moment(spell.start_on)
    following = moments.get((spell.course_id, spell.ordinal + 1), {}).get(1)
    return RatedCourse(infusions, spell.planned, following)


def _current(scope: Scope, db: Session, selection: Selection, view: FactView) -> tuple[list[_Spell], _Moments]:
    """From what is stored of spells and places."""
    filters = {name: value for name, value in selection.filters.items() if name != "phase"}
    values = {
        **view.parameters,
        **filters,
        "sites": list(scope.site_ids),
        "start": selection.period.start_on,
        "end": selection.period.end_on,
    }
    of_period = (
        "x.network_id = :network AND x.site_id = ANY (:sites) AND x.start_on >= :start AND x.start_on < :end"
        + "".join(f" AND x.{name} = :{name}" for name in filters)
    )
    spells = db.execute(
        text(
            "SELECT x.course_id, x.ordinal, x.site_id, x.start_on, x.indication, x.product, x.reached, x.planned"
            f" FROM course_spell x WHERE {of_period}"
        ),
        values,
    )
    # Only of courses that were rated at all: the others have no score to place.
    places = db.execute(
        text(
            "SELECT p.course_id, p.spell, p.infusion, s.on_date, s.started_at FROM course_spell x"
            " JOIN session_place p ON p.network_id = x.network_id AND p.course_id = x.course_id AND p.infusion > 0"
            " AND (p.spell = x.ordinal OR (p.spell = x.ordinal + 1 AND p.infusion = 1))"
            f" JOIN session_version s ON s.session_id = p.session_id AND {view.current('s')} WHERE {of_period}"
            f" AND EXISTS (SELECT 1 FROM rating_version r WHERE r.course_id = x.course_id AND {view.current('r')})"
        ),
        values,
    )
    moments: _Moments = defaultdict(dict)
    for course_id, ordinal, infusion, on, at in places:
        moments[course_id, ordinal][infusion] = Moment(on, at)
    return [_Spell(*row) for row in spells], moments


def _known(scope: Scope, db: Session, selection: Selection) -> tuple[list[_Spell], _Moments]:
    """The same from the facts as known then, judged again."""
    view = selection.known
    assert view is not None
    days = db.execute(
        text(
            "SELECT s.session_id, s.on_date, s.started_at FROM session_version s"
            f" WHERE {view.current('s')} AND s.status IN ('completed', 'stopped_early') AND s.phase = 'induction'"
        ),
        view.parameters,
    )
    at = {session_id: Moment(on, started_at) for session_id, on, started_at in days}
    spells: list[_Spell] = []
    moments: _Moments = {}
    for course in judge_courses(db, view):
        wanted = course.site_id in scope.site_ids
        wanted &= selection.indication in (None, course.indication) and selection.product in (None, course.product)
        if not wanted:
            continue
        for spell, plan in zip(course.spells, course.plans, strict=True):
            moments[course.course_id, spell.ordinal] = {number: at[key] for key, number in spell.places if number}
            if spell.start_on in selection.period:
                said = (spell.start_on, course.indication, course.product, spell.reached, plan.planned_infusions)
                spells.append(_Spell(course.course_id, spell.ordinal, course.site_id, *said))
    return spells, moments


def _fetch_scores(
    scope: Scope, db: Session, courses: Collection[UUID], view: FactView, instruments: Collection[Instrument]
) -> dict[UUID, dict[Instrument, list[Score]]]:
    """By course and scale."""
    rows = db.execute(
        text(
            "SELECT r.course_id, r.instrument, r.rated_on, r.rated_at, r.score FROM rating_version r"
            f" WHERE {view.current('r')} AND r.course_id = ANY (:courses) AND r.instrument = ANY (:instruments)"
        ),
        {
            **view.parameters,
            "network": scope.network_id,
            "courses": list(courses),
            "instruments": [instrument.value for instrument in instruments],
        },
    )
    scales = {instrument.value: instrument for instrument in instruments}
    found: dict[UUID, dict[Instrument, list[Score]]] = defaultdict(lambda: defaultdict(list))
    for course_id, instrument, on, at, score in rows:
        found[course_id][scales[instrument]].append(Score(Moment(on, at), score))
    return found
