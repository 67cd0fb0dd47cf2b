"""Response, remission and improvement after each infusion, scale by scale. It is the score after infusion k, never relief within hours."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from webapp.domain.intervals import wilson
from webapp.domain.response import (
    IMPROVED_SCALES,
    RESPONSE_SCALES,
    SUICIDALITY_SCALES,
    Judge,
    Tally,
    count_course,
    is_improved,
    is_remission,
    is_response,
    is_suicidal,
    is_worse,
    progress_of,
)
from webapp.queries.cells import Key
from webapp.queries.measuring.asking import COURSE_GROUPS, Answer, Answers, Asking, MeasureRow
from webapp.queries.rated_courses import StartedCourse, fetch_rated_courses
from webapp.queries.response_cells import ResponseCounts, count_response

ALWAYS = ("instrument", "infusion")
"""Every row is of one scale and one infusion: sums over them would mean nothing."""

Counted = Callable[[ResponseCounts], int]
"""Which of the counted cells is the numerator."""


def _share_of(scales: Sequence[str], judge: Judge, counted: Counted, first: int = 1) -> Answer:
    """first: the infusion that the rows begin with; 0 is the baseline."""

    def answer(ask: Asking) -> Iterable[MeasureRow]:
        rest = tuple(name for name in ask.by if name not in ALWAYS)
        asked = ask.grouped((*rest, *ALWAYS))
        if ask.selection.known is not None:
            tallies = _from_facts(ask, rest, scales, judge, first)
        else:
            cells = count_response(ask.scope, ask.db, ask.selection, rest)
            tallies = {key: counts.tally(counted(counts)) for key, counts in cells.items()}
        for key, tally in sorted(tallies.items(), key=lambda item: str(item[0])):
            if key[-2] in scales and key[-1] >= first:
                yield _row(asked, key, tally)

    return answer


def _from_facts(
    ask: Asking, rest: Sequence[str], scales: Sequence[str], judge: Judge, first: int
) -> Mapping[Key, Tally]:
    """The same from the facts of another instant, judged again."""
    parts: dict[Key, list[StartedCourse]] = defaultdict(list)
    for course in fetch_rated_courses(ask.scope, ask.db, ask.selection, ask.view, scales):
        said = {
            "site": course.site_id,
            "month": course.month,
            "indication": course.indication,
            "product": course.product,
        }
        parts[tuple(said[name] for name in rest)].append(course)
    return {
        (*key, scale, infusion): tally
        for key, part in parts.items()
        for scale in scales
        for infusion, tally in _count(part, scale, judge, ask, first).items()
    }


def _count(courses: Sequence[StartedCourse], scale: str, judge: Judge, ask: Asking, first: int) -> dict[int, Tally]:
    """By infusion. A scale on which none of the courses was ever rated is left out; each course counts up to its own plan."""
    if not any(course.scores.get(scale) for course in courses):
        return {}
    tallies: dict[int, Tally] = defaultdict(Tally)
    for course in courses:
        progress = progress_of(course.rated, course.scores.get(scale, ()), ask.settings)
        for infusion in range(first, course.rated.planned + 1):
            count_course(tallies[infusion], scale, progress, infusion, course.reached, judge, ask.settings)
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
_ALL_SCALES = (*RESPONSE_SCALES, *IMPROVED_SCALES)
ANSWERS: Answers = {
    "response_rate": (_GROUPS, _share_of(RESPONSE_SCALES, is_response, lambda cell: cell.met)),
    "remission_rate": (_GROUPS, _share_of(RESPONSE_SCALES, is_remission, lambda cell: cell.remitted)),
    "improvement_rate": (_GROUPS, _share_of(IMPROVED_SCALES, is_improved, lambda cell: cell.met)),
    "score_change": (_GROUPS, _share_of(_ALL_SCALES, is_worse, lambda cell: cell.risen)),
    "suicidality": (_GROUPS, _share_of(SUICIDALITY_SCALES, is_suicidal, lambda cell: cell.met, first=0)),
}
