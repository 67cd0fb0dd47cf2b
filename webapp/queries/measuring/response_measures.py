"""Response, remission and improvement after each infusion, scale by scale. It is the score after infusion k, never relief within hours."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from webapp.domain.intervals import wilson
from webapp.domain.response import (
    IMPROVED_SCALES,
    RESPONSE_SCALES,
    Judge,
    Tally,
    count_course,
    is_improved,
    is_remission,
    is_response,
    progress_of,
)
from webapp.domain.vocabulary import Instrument
from webapp.queries.cells import Key
from webapp.queries.measuring.asking import COURSE_GROUPS, Answer, Answers, Asking, MeasureRow
from webapp.queries.rated_courses import StartedCourse, fetch_rated_courses

ALWAYS = ("instrument", "infusion")
"""Every row is of one scale and one infusion: sums over them would mean nothing."""


def _share_of(scales: Sequence[Instrument], judge: Judge) -> Answer:
    def answer(ask: Asking) -> Iterable[MeasureRow]:
        rest = tuple(name for name in ask.by if name not in ALWAYS)
        courses = fetch_rated_courses(ask.scope, ask.db, ask.selection, ask.view, scales)
        parts: dict[Key, list[StartedCourse]] = defaultdict(list)
        for course in courses:
            said = {
                "site": course.site_id,
                "month": course.month,
                "indication": course.indication,
                "product": course.product,
            }
            parts[tuple(said[name] for name in rest)].append(course)
        asked = ask.grouped((*rest, *ALWAYS))
        for key, part in parts.items():
            for instrument in scales:
                for infusion, tally in _count(part, instrument, judge, ask).items():
                    yield _row(asked, (*key, instrument.value, infusion), tally)

    return answer


def _count(courses: Sequence[StartedCourse], instrument: Instrument, judge: Judge, ask: Asking) -> dict[int, Tally]:
    """By infusion. A scale on which none of the courses was ever rated is left out; each course counts up to its own plan."""
    if not any(course.scores.get(instrument) for course in courses):
        return {}
    tallies: dict[int, Tally] = defaultdict(Tally)
    for course in courses:
        progress = progress_of(course.rated, course.scores.get(instrument, ()), ask.settings)
        for infusion in range(1, course.rated.planned + 1):
            count_course(tallies[infusion], instrument, progress, infusion, course.reached, judge, ask.settings)
    return tallies


def _row(ask: Asking, key: Key, tally: Tally) -> MeasureRow:
    return MeasureRow(
        ask.keyed(key),
        tally.met,
        tally.rated,
        float(tally.rated),
        wilson(tally.met, tally.rated) if tally.rated else None,
        tally.bounds,
        {
            "without a baseline": tally.without_baseline,
            "with a baseline below the entry cut": tally.below_cut,
            "missing: infusion not reached": tally.not_reached,
            "missing: no rating after it": tally.not_rated,
        },
    )


_GROUPS = (*COURSE_GROUPS, *ALWAYS)
ANSWERS: Answers = {
    "response_rate": (_GROUPS, _share_of(RESPONSE_SCALES, is_response)),
    "remission_rate": (_GROUPS, _share_of(RESPONSE_SCALES, is_remission)),
    "improvement_rate": (_GROUPS, _share_of(IMPROVED_SCALES, is_improved)),
}
