"""Response: how one course's scores on one rating scale stand against its baseline, infusion by infusion.

What counts (days are site-local; an infusion is a delivered induction session of the course):

- **Baseline**: the last rating at or before the first infusion, at most `baseline_days` before its day.
- **After infusion k**: the last rating after k, at or before the next infusion, at most `rating_days` after k.
- A rating on an infusion's day counts as before it where either has no time, since it is asked for on arrival.
- Of ratings of one day those without a time come first; of two at one moment the higher score is the later.

It is the score after infusion k, never relief within hours: PHQ-9 and GAD-7 ask about two weeks, PCL-5 about a month.
Suicidality (PHQ-9 item 9, C-SSRS) stands apart: it enters no response and no change of score. A course without a
score at k is missing; it is counted with the bounds that it leaves open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from webapp.domain.settings import MeasureSettings
from webapp.domain.vocabulary import Instrument

_NO_TIME = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """A site-local day, with the instant where it is known."""

    on: date
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One total score on one scale."""

    moment: Moment
    value: int


@dataclass(frozen=True, slots=True)
class RatedCourse:
    """One started course as its infusions are seen.

    infusions: the first, second ...; None where one was given that cannot be seen (at a site outside the scope). following: the
    first infusion of a later induction of the same course. planned: how many infusions its plan holds.
    """

    infusions: Sequence[Moment | None]
    planned: int
    following: Moment | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """One course on one scale. after: the score after each infusion of its plan; None is missing."""

    baseline: int | None
    after: tuple[int | None, ...]


Judge = Callable[[str, int, int, MeasureSettings], bool]
"""Whether a score meets what is asked, given the scale and the baseline."""


def progress_of(course: RatedCourse, scores: Sequence[Score], settings: MeasureSettings) -> Progress:
    """The baseline and the scores after each planned infusion out of a course's scores on one scale, in any order."""
    in_order = sorted(scores, key=lambda score: (score.moment.on, score.moment.at or _NO_TIME, score.value))
    first = course.infusions[0] if course.infusions else None
    if first is None:
        return Progress(None, (None,) * course.planned)
    baseline = [
        score.value
        for score in in_order
        if _is_before(score.moment, first) and (first.on - score.moment.on).days <= settings.baseline_days
    ]
    after = tuple(_after(course, k, in_order, settings.rating_days) for k in range(1, course.planned + 1))
    return Progress(baseline[-1] if baseline else None, after)


def _after(course: RatedCourse, k: int, in_order: Sequence[Score], rating_days: int) -> int | None:
    """The last score after infusion k; None also where k or the infusion after it was given but cannot be seen."""
    if k > len(course.infusions):
        return None
    infusion = course.infusions[k - 1]
    is_last = k == len(course.infusions)
    following = course.following if is_last else course.infusions[k]
    if infusion is None or (following is None and not is_last):
        return None
    found = [
        score.value
        for score in in_order
        if not _is_before(score.moment, infusion)
        and (following is None or _is_before(score.moment, following))
        and (score.moment.on - infusion.on).days <= rating_days
    ]
    return found[-1] if found else None


def _is_before(rating: Moment, infusion: Moment) -> bool:
    """Whether a rating speaks of the time before an infusion."""
    if rating.on != infusion.on or rating.at is None or infusion.at is None:
        return rating.on <= infusion.on
    return rating.at <= infusion.at


RESPONSE_SCALES = (Instrument.PHQ9, Instrument.MADRS, Instrument.QIDS)
"""The scales on which response and remission are defined."""
IMPROVED_SCALES = (Instrument.GAD7, Instrument.PCL5)
"""The scales on which a fall by so many points is called improved, not response."""
SUICIDAL_ITEM = "phq9_item9"
"""The item of PHQ-9 on suicidal thoughts, as a scale of its own from 0 to 3."""
SUICIDALITY_SCALES = (SUICIDAL_ITEM, Instrument.CSSRS.value)
"""Shown apart: every course with a baseline counts, and 1 or more is told of."""
SCALES = (*(scale.value for scale in (*RESPONSE_SCALES, *IMPROVED_SCALES)), *SUICIDALITY_SCALES)
"""Every scale that is followed over a course."""


def entry_cut(instrument: str, settings: MeasureSettings) -> int:
    """The baseline from which a course counts, in points. QIDS-SR has none, but from 0 nothing can fall: 1."""
    if instrument in SUICIDALITY_SCALES:
        return 0
    cuts: dict[str, int] = {
        Instrument.PHQ9: settings.entry_phq9,
        Instrument.MADRS: settings.entry_madrs,
        Instrument.GAD7: settings.entry_gad7,
        Instrument.PCL5: settings.entry_pcl5,
    }
    return max(1, cuts.get(instrument, 1))


def is_response(instrument: str, baseline: int, score: int, settings: MeasureSettings) -> bool:
    """A fall from baseline of at least the share that the settings name; False on scales without response."""
    # Rounded, so that a share of 0.7 of 10 is 7 and not a trace above it.
    return instrument in RESPONSE_SCALES and baseline - score >= round(settings.response_fall * baseline, 9)


def is_remission(instrument: str, _baseline: int, score: int, settings: MeasureSettings) -> bool:
    """A score at or below the scale's remission cut; False on scales without one."""
    cuts: dict[str, int] = {
        Instrument.PHQ9: settings.remission_phq9,
        Instrument.MADRS: settings.remission_madrs,
        Instrument.QIDS: settings.remission_qids,
    }
    return instrument in cuts and score <= cuts[instrument]


def is_improved(instrument: str, baseline: int, score: int, settings: MeasureSettings) -> bool:
    """A fall of at least so many points on GAD-7 or PCL-5; False on other scales."""
    falls: dict[str, int] = {Instrument.GAD7: settings.improved_gad7, Instrument.PCL5: settings.improved_pcl5}
    return instrument in falls and baseline - score >= falls[instrument]


def is_worse(instrument: str, baseline: int, score: int, _settings: MeasureSettings) -> bool:
    """A score above the baseline; False for suicidality, which is told by itself."""
    return instrument not in SUICIDALITY_SCALES and score > baseline


def is_suicidal(instrument: str, _baseline: int, score: int, _settings: MeasureSettings) -> bool:
    """Any suicidal thought or act told: 1 or more on a scale of suicidality; False on other scales."""
    return instrument in SUICIDALITY_SCALES and score >= 1


def meets(instrument: str, baseline: int, score: int, settings: MeasureSettings) -> bool:
    """What the scale is told by: response, improvement, or suicidality told."""
    return any(judge(instrument, baseline, score, settings) for judge in (is_response, is_improved, is_suicidal))


@dataclass(frozen=True, slots=True)
class JudgedProgress:
    """A course on one scale, judged. scores, met, remitted: of the baseline first, then after each infusion of its plan."""

    entered: bool
    scores: tuple[int | None, ...]
    met: tuple[bool, ...]
    remitted: tuple[bool, ...]


def judge_progress(instrument: str, progress: Progress, settings: MeasureSettings) -> JudgedProgress:
    """The progress with what each score meets; without a baseline nothing is met."""
    baseline = progress.baseline
    scores = (baseline, *progress.after)

    def judged(judge: Judge) -> tuple[bool, ...]:
        return tuple(
            baseline is not None and score is not None and judge(instrument, baseline, score, settings)
            for score in scores
        )

    entered = baseline is not None and baseline >= entry_cut(instrument, settings)
    return JudgedProgress(entered, scores, judged(meets), judged(is_remission))


@dataclass(slots=True)
class Tally:
    """Courses on one scale after one infusion.

    met, rated: numerator and denominator. without_baseline, below_cut: left out. not_reached, not_rated: missing after infusion k;
    they entered, and the bounds hold what they may have been.
    """

    met: int = 0
    rated: int = 0
    without_baseline: int = 0
    below_cut: int = 0
    not_reached: int = 0
    not_rated: int = 0

    @property
    def entered(self) -> int:
        """Courses with a baseline at or above the entry cut."""
        return self.rated + self.not_reached + self.not_rated

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The share of all who entered, if no missing one met it and if all did; None where nobody entered."""
        if not self.entered:
            return None
        return self.met / self.entered, (self.met + self.entered - self.rated) / self.entered


def count_course(
    tally: Tally,
    instrument: str,
    progress: Progress,
    infusion: int,
    reached: int,
    judge: Judge,
    settings: MeasureSettings,
) -> None:
    """Add one course to the tally of an infusion, 0 for the baseline. reached: how many infusions it was given."""
    if progress.baseline is None:
        tally.without_baseline += 1
    elif progress.baseline < entry_cut(instrument, settings):
        tally.below_cut += 1
    elif (score := progress.after[infusion - 1] if infusion else progress.baseline) is not None:
        tally.rated += 1
        tally.met += judge(instrument, progress.baseline, score, settings)
    elif reached < infusion:
        tally.not_reached += 1
    else:
        tally.not_rated += 1
