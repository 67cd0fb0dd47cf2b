"""Response: what rating scales say after each infusion, with those that were not rated; suicidality apart."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

from webapp.domain.intervals import wilson
from webapp.domain.response import IMPROVED_SCALES, RESPONSE_SCALES, SCALES, SUICIDALITY_SCALES
from webapp.domain.vocabulary import Indication, Instrument
from webapp.presentation.filter_bar import INDICATION_LABELS
from webapp.presentation.report_document import Panel
from webapp.presentation.scales import SCALE_LABELS
from webapp.presentation.tables import Cell, Column, Table
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.shares import HIGH, LOW
from webapp.queries.response_cells import ResponseCounts, count_response
from webapp.queries.response_keys import RESPONSE_COUNTS

NOT_RELIEF = "It is the score after infusion k, not relief within hours: PHQ-9 and GAD-7 ask about two weeks, PCL-5 about a month."
NOT_JOINED = "Points are not joined: other courses stand behind each."
BAND = "The band runs from the lowest to the highest share that the courses without a score leave open."
COURSES_ONLY = "Courses have no phase; that filter does not narrow them."
FEWEST_FOR_SPREAD = 2

ByInfusion = Mapping[int, ResponseCounts]


@dataclass(frozen=True)
class Rated:
    """The counts of one page, asked for once."""

    ground: Ground

    @cached_property
    def cells(self) -> Mapping[tuple[str, str, int], ResponseCounts]:
        """(indication, scale, infusion) -> counts."""
        found = count_response(self.ground.scope, self.ground.db, self.ground.period, ("indication",))
        return {(indication, scale, infusion): counts for (indication, scale, infusion), counts in found.items()}

    @cached_property
    def by_scale(self) -> Mapping[str, ByInfusion]:
        """Scale -> infusion -> counts over all indications; a scale counts all courses that started, rated on it or not."""
        started = self._started()
        found: dict[str, dict[int, ResponseCounts]] = defaultdict(dict)
        for scale in SCALES:
            parts: dict[int, list[ResponseCounts]] = defaultdict(list)
            for (_, of_scale, infusion), counts in self.cells.items():
                if of_scale == scale:
                    parts[infusion].append(counts)
            for infusion, counted in sorted(parts.items()):
                found[scale][infusion] = _sum(counted, started.get(infusion, 0))
        return dict(found)

    def _started(self) -> Mapping[int, int]:
        """Infusion -> started courses whose plan holds it."""
        found = count_response(self.ground.scope, self.ground.db, self.ground.period)
        return {infusion: counts.started for (_, infusion), counts in found.items()}

    @property
    def scale(self) -> str:
        """The scale looked at: the one asked for, else the one with the most rated courses."""
        asked = self.ground.filters.rows.scale
        if asked and asked not in SUICIDALITY_SCALES:
            return asked
        told = [scale for scale in self.by_scale if scale not in SUICIDALITY_SCALES]
        return max(told, key=lambda scale: self.by_scale[scale][0].courses, default=Instrument.PHQ9.value)


def panels(ground: Ground) -> tuple[Panel, ...]:
    """Every panel of the page."""
    rated = Rated(ground)
    remission = (Panel(remission_by_infusion(rated), "after_infusion"),) if rated.scale in RESPONSE_SCALES else ()
    return (
        Panel(response_by_infusion(rated), "after_infusion"),
        *remission,
        Panel(change_by_infusion(rated)),
        Panel(response_by_scale(rated)),
        Panel(response_by_indication(rated)),
        Panel(baselines(rated)),
        Panel(suicidality(rated)),
    )


def measure_of(scale: str) -> str:
    """The measure that a scale is told by."""
    return "improvement_rate" if scale in IMPROVED_SCALES else "response_rate"


def word_of(scale: str) -> str:
    """Response, or improved."""
    return "Improved" if scale in IMPROVED_SCALES else "Response"


_SHARE = (
    LOW,
    HIGH,
    Column("lowest", "Lowest", "percent"),
    Column("highest", "Highest", "percent"),
    Column("entered", "With a baseline that counts", "integer"),
    Column("n", "Rated", "integer"),
    Column("met", "Of these", "integer"),
    Column("missing", "No score", "integer"),
    Column("not_reached", "of these, infusion not reached", "integer"),
)


def response_by_infusion(rated: Rated) -> Table:
    """The chosen scale after each infusion: the share of the rated, and the bounds over all that entered."""
    scale = rated.scale
    infusions = _after(rated.by_scale.get(scale, {}))
    return Table(
        "response_by_infusion",
        "How many respond after each infusion?"
        if scale in RESPONSE_SCALES
        else "How many improve after each infusion?",
        f"{SCALE_LABELS[scale]}, score after infusion k: share of rated courses with a baseline that counts",
        (_INFUSION, Column("rate", word_of(scale), "percent"), *_SHARE),
        tuple((infusion, *_share(counts, counts.met)) for infusion, counts in infusions),
        measure_of(scale),
        (NOT_RELIEF, BAND, NOT_JOINED) if infusions else (),
        row_keys=_keys(rated, infusions),
    )


def remission_by_infusion(rated: Rated) -> Table:
    """The chosen scale's remission after each infusion."""
    infusions = _after(rated.by_scale.get(rated.scale, {}))
    return Table(
        "remission_by_infusion",
        "How many are in remission?",
        f"{SCALE_LABELS[rated.scale]}, score after infusion k: share of rated courses with a baseline that counts",
        (_INFUSION, Column("rate", "Remission", "percent"), *_SHARE),
        tuple((infusion, *_share(counts, counts.remitted)) for infusion, counts in infusions),
        "remission_rate",
        (BAND,) if infusions else (),
        row_keys=_keys(rated, infusions),
    )


def change_by_infusion(rated: Rated) -> Table:
    """How far the chosen scale's scores fell from baseline, and how many stand above it."""
    infusions = _after(rated.by_scale.get(rated.scale, {}))
    return Table(
        "change_by_infusion",
        "How far do scores fall?",
        f"{SCALE_LABELS[rated.scale]}, points below baseline after infusion k, of rated courses with a baseline that counts",
        (
            _INFUSION,
            Column("n", "Rated", "integer"),
            Column("fall", "Mean fall, points", "number"),
            Column("spread", "Standard deviation", "number"),
            Column("risen", "Above their baseline", "integer"),
            Column("rate", "Share above", "percent"),
            LOW,
            HIGH,
        ),
        tuple((infusion, *_change(counts)) for infusion, counts in infusions),
        "score_change",
        row_keys=_keys(rated, infusions),
    )


def response_by_scale(rated: Rated) -> Table:
    """Every scale after each infusion."""
    rows: list[tuple[Cell, ...]] = []
    keys: list[str] = []
    for scale, infusions in rated.by_scale.items():
        for infusion, counts in _after(infusions) if scale not in SUICIDALITY_SCALES else ():
            rows.append((SCALE_LABELS[scale], infusion, word_of(scale).lower(), *_share(counts, counts.met)))
            keys.append(f"{scale}-{infusion}")
    return Table(
        "response_by_scale",
        "What does each scale say?",
        "Score after infusion k: share of rated courses with a baseline that counts",
        (
            Column("scale", "Scale"),
            _INFUSION,
            Column("word", "Counted as"),
            Column("rate", "Share", "percent"),
            *_SHARE,
        ),
        tuple(rows),
        "response_rate",
        ("GAD-7 and PCL-5 are told as improved, not as response.",) if rows else (),
        row_keys=tuple(keys),
    )


def response_by_indication(rated: Rated) -> Table:
    """The chosen scale after each infusion by what the course was for."""
    rows: list[tuple[Cell, ...]] = []
    keys: list[str] = []
    for indication in Indication:
        of = {k: counts for (why, scale, k), counts in rated.cells.items() if (why, scale) == (indication, rated.scale)}
        for infusion, counts in _after(of):
            rows.append((INDICATION_LABELS[indication], infusion, *_share(counts, counts.met)))
            keys.append(f"{indication.value}-{rated.scale}-{infusion}")
    return Table(
        "response_by_indication",
        "Does it differ by indication?",
        f"{SCALE_LABELS[rated.scale]}, score after infusion k, by what the course was for",
        (Column("indication", "Indication"), _INFUSION, Column("rate", word_of(rated.scale), "percent"), *_SHARE),
        tuple(rows),
        measure_of(rated.scale),
        row_keys=tuple(keys),
    )


def baselines(rated: Rated) -> Table:
    """Per scale: how many of the started courses were rated at all, had a baseline, and count."""
    of = [(scale, infusions[0]) for scale, infusions in rated.by_scale.items() if 0 in infusions]
    notes = (COURSES_ONLY,) if rated.ground.filters.phase else ()
    return Table(
        "baselines",
        "Who is counted?",
        f"Courses started in {rated.ground.filters.period}, by scale",
        (
            Column("scale", "Scale"),
            Column("started", "Courses started", "integer"),
            Column("courses", "Ever rated on it", "integer"),
            Column("baselines", "With a baseline", "integer"),
            Column("below", "Below the entry cut", "integer"),
            Column("entered", "Counted", "integer"),
        ),
        tuple(
            (SCALE_LABELS[scale], c.started, c.courses, c.baselines, c.baselines - c.entered, c.entered)
            for scale, c in of
        ),
        "response_rate",
        notes,
        row_keys=tuple(scale for scale, _ in of),
    )


def suicidality(rated: Rated) -> Table:
    """Any suicidal thought or act told, at baseline and after each infusion."""
    rows: list[tuple[Cell, ...]] = []
    keys: list[str] = []
    for scale in SUICIDALITY_SCALES:
        for infusion, counts in rated.by_scale.get(scale, {}).items():
            moment = f"after infusion {infusion}" if infusion else "baseline"
            risen: Cell = counts.risen if infusion else None
            rows.append((SCALE_LABELS[scale], moment, *_share(counts, counts.met), risen))
            keys.append(f"{scale}-{infusion}")
    return Table(
        "suicidality",
        "Are suicidal thoughts told of?",
        "Apart from response: 1 or more on the item, of courses with a baseline and a rating of it",
        (
            Column("scale", "Scale"),
            Column("moment", "When"),
            Column("rate", "Told of", "percent"),
            *_SHARE,
            Column("risen", "Above their baseline", "integer"),
        ),
        tuple(rows),
        "suicidality",
        ("Any number here is for a clinician to look at: it is no measure of treatment.",) if rows else (),
        row_keys=tuple(keys),
    )


_INFUSION = Column("infusion", "After infusion", "integer")


def _keys(rated: Rated, infusions: Sequence[tuple[int, ResponseCounts]]) -> tuple[str, ...]:
    return tuple(f"{rated.scale}-{infusion}" for infusion, _ in infusions)


def _after(infusions: ByInfusion) -> list[tuple[int, ResponseCounts]]:
    """Without the baseline; nothing where no course counts."""
    if not any(counts.entered for counts in infusions.values()):
        return []
    return [(infusion, counts) for infusion, counts in sorted(infusions.items()) if infusion]


def _share(counts: ResponseCounts, met: int) -> Iterator[Cell]:
    """Rate, interval, bounds, entered, rated, met, missing, of them not reached."""
    tally = counts.tally(met)
    interval = wilson(met, counts.rated) if counts.rated else None
    yield met / counts.rated if counts.rated else None
    yield from (interval.low, interval.high) if interval else (None, None)
    yield from tally.bounds or (None, None)
    yield from (counts.entered, counts.rated, met, counts.entered - counts.rated, tally.not_reached)


def _change(counts: ResponseCounts) -> Iterator[Cell]:
    """Rated, mean fall and its standard deviation (n - 1), how many rose, their share with its interval."""
    n = counts.rated
    mean = counts.fallen / n if n else None
    spread = None
    if mean is not None and n >= FEWEST_FOR_SPREAD:
        spread = round(sqrt(max(0.0, counts.fallen_squares - n * mean * mean) / (n - 1)), 2)
    interval = wilson(counts.risen, n) if n else None
    yield from (n, None if mean is None else round(mean, 2), spread, counts.risen)
    yield counts.risen / n if n else None
    yield from (interval.low, interval.high) if interval else (None, None)


def _sum(parts: Sequence[ResponseCounts], started: int) -> ResponseCounts:
    return ResponseCounts(started, *(sum(getattr(part, name) for part in parts) for name in RESPONSE_COUNTS))
