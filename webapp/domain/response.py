"""Response: how one course's scores on one rating scale stand against its baseline, infusion by infusion.

What counts (days are site-local; an infusion is a delivered induction session of the course):

- **Baseline**: the last rating at or before the first infusion, at most `baseline_days` before its day.
- **After infusion k**: the last rating after k, at or before the next infusion, at most `rating_days` after k.
- A rating on an infusion's day counts as before it where either has no time, since it is asked for on arrival.
- Of ratings of one day those without a time come first; of two at one moment the higher score is the later.

It is the score after infusion k, never relief within hours: PHQ-9 and GAD-7 ask about two weeks, PCL-5 about a month.
Suicidality (PHQ-9 item 9, C-SSRS) stands apart: nothing here reads it. A course without a score at k is missing; it is
counted with the bounds that it leaves open.
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


Judge = Callable[[Instrument, int, int, MeasureSettings], bool]
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


def entry_cut(instrument: Instrument, settings: MeasureSettings) -> int:
    """The baseline from which a course counts, in points. QIDS-SR has none, but from 0 nothing can fall: 1."""
    cuts = {
        Instrument.PHQ9: settings.entry_phq9,
        Instrument.MADRS: settings.entry_madrs,
        Instrument.GAD7: settings.entry_gad7,
        Instrument.PCL5: settings.entry_pcl5,
    }
    return max(1, cuts.get(instrument, 1))


def is_response(instrument: Instrument, baseline: int, score: int, settings: MeasureSettings) -> bool:
    """A fall from baseline of at least the share that the settings name; False on scales without response."""
    # Rounded, so that a share of 0.7 of 10 is 7 and not a trace above it.
    return instrument in RESPONSE_SCALES and baseline - score >= round(settings.response_fall * baseline, 9)


def is_remission(instrument: Instrument, _baseline: int, score: int, settings: MeasureSettings) -> bool:
    """A score at or below the scale's remission cut; False on scales without one."""
    cuts = {
        Instrument.PHQ9: settings.remission_phq9,
        Instrument.MADRS: settings.remission_madrs,
        Instrument.QIDS: settings.remission_qids,
    }
    return instrument in cuts and score <= cuts[instrument]


def is_improved(instrument: Instrument, baseline: int, score: int, settings: MeasureSettings) -> bool:
    """A fall of at least so many points on GAD-7 or PCL-5; False on other scales."""
    falls = {Instrument.GAD7: settings.improved_gad7, Instrument.PCL5: settings.improved_pcl5}
    return instrument in falls and baseline - score >= falls[instrument]


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
    instrument: Instrument,
    progress: Progress,
    infusion: int,
    reached: int,
    judge: Judge,
    settings: MeasureSettings,
) -> None:
    """Add one course to the tally of an infusion. reached: how many infusions it was given."""
    if progress.baseline is None:
        tally.without_baseline += 1
    elif progress.baseline < entry_cut(instrument, settings):
        tally.below_cut += 1
    elif (score := progress.after[infusion - 1]) is not None:
        tally.rated += 1
        tally.met += judge(instrument, progress.baseline, score, settings)
    elif reached < infusion:
        tally.not_reached += 1
    else:
        tally.not_rated += 1
