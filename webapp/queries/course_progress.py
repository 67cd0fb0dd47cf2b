"""Every rated course on each of its scales, judged under the network's thresholds: what response is counted from."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.response import SCALES, judge_progress, progress_of
from webapp.domain.settings import MeasureSettings
from webapp.queries.fact_cells import FactView
from webapp.queries.rated_courses import fetch_scores, fetch_spells, rated_course

PROGRESS_COLUMNS = (
    "course_id",
    "ordinal",
    "scale",
    "site_id",
    "start_on",
    "indication",
    "product",
    "planned",
    "reached",
    "entered",
    "scores",
    "met",
    "remitted",
)


def progress_rows(db: Session, view: FactView, settings: MeasureSettings, only: str = "") -> Iterator[tuple[Any, ...]]:
    """The rows of `course_progress`, in the order of `PROGRESS_COLUMNS`. only: narrows the spells, over alias `x`."""
    rated = f"SELECT 1 FROM rating_version r WHERE r.course_id = x.course_id AND {view.current('r')}"
    spells, moments = fetch_spells(db, view, f"x.network_id = :network {only} AND EXISTS ({rated})", view.parameters)
    scores = fetch_scores(db, view, {spell.course_id for spell in spells}, SCALES)
    for spell in spells:
        course = rated_course(spell, moments)
        for scale, said in scores.get(spell.course_id, {}).items():
            judged = judge_progress(scale, progress_of(course, said, settings), settings)
            yield (
                spell.course_id,
                spell.ordinal,
                scale,
                spell.site_id,
                spell.start_on,
                spell.indication,
                spell.product,
                spell.planned,
                spell.reached,
                judged.entered,
                list(judged.scores),
                list(judged.met),
                list(judged.remitted),
            )
