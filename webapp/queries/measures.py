"""Every measure as rows: numerator, denominator, interval, exclusions. Screens, reports, the API and the command line ask here."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.domain.errors import BadInput
from webapp.domain.measure import Measure
from webapp.domain.measures import MEASURES
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings
from webapp.queries.cells import Selection
from webapp.queries.measuring import (
    chair_measures,
    course_measures,
    response_measures,
    session_measures,
    side_effect_measures,
    spacing_measures,
    standing_measures,
)
from webapp.queries.measuring.asking import (
    Answer,
    Answers,
    Asking,
    MeasureRow,
)
from webapp.queries.network_settings import get_settings

__all__ = [
    "MeasureResult",
    "MeasureRow",
    "fetch_measure",
    "groups_of",
    "measure_ids",
]

_EVERY: Answers = {
    **session_measures.ANSWERS,
    **chair_measures.ANSWERS,
    **spacing_measures.ANSWERS,
    **course_measures.ANSWERS,
    **response_measures.ANSWERS,
    **side_effect_measures.ANSWERS,
    **standing_measures.ANSWERS,
}
_ANSWERS: Answers = {measure_id: _EVERY[measure_id] for measure_id in MEASURES}
"""In the order of the registry; a measure that nothing answers does not start."""


@dataclass(frozen=True, slots=True)
class MeasureResult:
    """A measure's rows, in the order of their keys, and the definition that they were counted under."""

    measure: Measure
    settings: MeasureSettings
    rows: tuple[MeasureRow, ...]


def fetch_measure(
    scope: Scope,
    db: Session,
    measure_id: str,
    selection: Selection,
    by: Sequence[str] = (),
    settings: MeasureSettings | None = None,
) -> MeasureResult:
    """The rows of a measure within the scope, grouped by any of its groups. Raises BadInput for an unknown measure or group.

    settings: the network's thresholds, where whoever asks many measures has read them already in the same transaction.
    """
    groups, answer = _answer(measure_id)
    for name in by:
        if name not in groups:
            raise BadInput(f"{measure_id} cannot be shown by {name!r}; it can by: {', '.join(groups)}.")
    settings = settings or get_settings(scope, db)
    rows = answer(Asking(scope, db, selection, tuple(by), settings))
    return MeasureResult(MEASURES[measure_id], settings, tuple(sorted(rows, key=_place)))


def _place(row: MeasureRow) -> tuple[str, ...]:
    """Where a row stands among the others: numbers by their size."""
    return tuple(f"{value:09d}" if isinstance(value, int) else str(value) for value in row.key.values())


def measure_ids() -> tuple[str, ...]:
    """Every measure that can be asked for."""
    return tuple(_ANSWERS)


def groups_of(measure_id: str) -> tuple[str, ...]:
    """What a measure can be grouped by. Raises BadInput for an unknown measure."""
    return _answer(measure_id)[0]


def _answer(measure_id: str) -> tuple[tuple[str, ...], Answer]:
    if measure_id not in _ANSWERS:
        raise BadInput(f"There is no measure {measure_id!r}. The measures are: {', '.join(_ANSWERS)}.")
    return _ANSWERS[measure_id]
