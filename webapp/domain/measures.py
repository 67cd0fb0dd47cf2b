"""The registry of measures: what each number counts, as data.

The screen's "how is this counted?", a report's appendix, the API and docs/measures.md all read it. A number that cannot
name its measure does not appear. Sentences name thresholds in braces; `explain` puts a network's own values in.
"""

from dataclasses import dataclass

from webapp.domain.measure import EVENTS, NO_INTERVAL, WILSON, WILSON_CLUSTERED, WILSON_SOURCE, Measure
from webapp.domain.rated_measures import RATED_MEASURES
from webapp.domain.settings import DEFAULT_SETTINGS, MeasureSettings
from webapp.domain.spacing_measures import COURSE_SPACING, SESSION_SPACING

_CLUSTER_SOURCE = f"{WILSON_SOURCE} Rao JNK, Scott AJ. Biometrics 1992;48:577-585."
_POISSON_SOURCE = "Garwood F. Biometrika 1936;28:437-442. Breslow NE, Day NE. IARC 1987."
_OWN = "The product's own definition."


def _side_effect_exclusions(*more: str) -> tuple[str, ...]:
    return (
        "sessions without a finished side-effect screen",
        (
            "sites with fewer than {min_screened} screened sessions or less than {min_coverage} coverage read"
            " “not enough screening”"
        ),
        *more,
    )


_SCREENING = ("min_screened", "min_coverage")
_COHORT_EXCLUSIONS = (
    "courses of booster sessions alone, which never started an induction",
    "cohorts whose last start has not reached its horizon are shown with bounds, never as a rate",
)
_SESSIONS = (
    Measure(
        id="session_count",
        title="Sessions",
        version=1,
        sentence="Delivered sessions: the drug was given, whether completed or stopped early.",
        numerator="sessions with status completed or stopped early, by the site-local day of their start",
        denominator="",
        exclusions=("scheduled, cancelled and missed sessions", "withdrawn records"),
        interval=NO_INTERVAL,
        source=_OWN,
    ),
    Measure(
        id="no_show_rate",
        title="No-shows",
        version=1,
        sentence="The share of sessions held ready to which the patient did not come.",
        numerator="sessions with status no-show",
        denominator="delivered sessions, no-shows, and cancellations with less than {late_cancel_hours} hours' notice",
        exclusions=("cancellations in time", "past sessions still without an outcome"),
        interval=WILSON_CLUSTERED,
        source=_CLUSTER_SOURCE,
        settings_keys=("late_cancel_hours",),
    ),
    Measure(
        id="unresolved_sessions",
        title="Without an outcome",
        version=1,
        sentence="Past sessions that are still “scheduled”: nobody has said what became of them.",
        numerator=(
            "sessions with status scheduled, booked {unresolved_after_days} days or more before the site's "
            "data-through day"
        ),
        denominator="",
        exclusions=("sessions booked after the site's data-through day",),
        interval=NO_INTERVAL,
        source=_OWN,
        settings_keys=("unresolved_after_days",),
    ),
    Measure(
        id="chair_use",
        title="Use of chairs",
        version=2,
        sentence="Booked chair time as a share of the time that the chairs stood ready; of all sessions, whatever is filtered by.",
        numerator="booked minutes of sessions that were delivered, missed or cancelled late",
        denominator="chairs times opening minutes of the period's days from the site's opening to its closing, as far as its data reach",
        exclusions=(
            "sites without chairs or opening hours on record",
            "sessions without booked minutes, counted beside it",
            "days after a site's data end, of which nobody has told how the chairs were used",
        ),
        interval=NO_INTERVAL,
        source=_OWN,
        settings_keys=("late_cancel_hours",),
    ),
    Measure(
        id="data_completeness",
        title="Data received",
        version=2,
        sentence="Sessions received as a share of sessions expected.",
        numerator="sessions received for the period, of any status",
        denominator=(
            "the site's declared sessions, else the median of its previous {completeness_weeks} weeks, for as many days as it was open"
        ),
        exclusions=("sites with neither a declaration nor {completeness_weeks} weeks of history read “not known”",),
        interval=NO_INTERVAL,
        source=_OWN,
        settings_keys=("completeness_weeks", "min_completeness", "stale_after_days"),
    ),
)

_COURSES = (
    Measure(
        id="course_starts",
        title="Courses started",
        version=1,
        sentence=(
            "Courses by the day of their first delivered induction session; a re-induction is a course of its own."
        ),
        numerator="started courses",
        denominator="",
        exclusions=_COHORT_EXCLUSIONS[:1],
        interval=NO_INTERVAL,
        source=_OWN,
    ),
    Measure(
        id="course_completion",
        title="Completion",
        version=1,
        sentence=(
            "The share of all started courses that reached the planned infusions, on time or late. It is "
            "adherence, not benefit."
        ),
        numerator=(
            "courses completed within the window (on time) or within the horizon (late), and those stated so "
            "by the sending system"
        ),
        denominator=(
            "all courses started in the month (intention to treat), once the month's last start has reached its horizon"
        ),
        exclusions=_COHORT_EXCLUSIONS,
        interval=WILSON,
        source=f"{WILSON_SOURCE} Between closed and open cohorts: Aalen OO, Johansen S. Scand J Stat 1978;5:141-150.",
    ),
    Measure(
        id="course_states",
        title="How courses end",
        version=1,
        sentence="Each started course is in exactly one state on a day. Open courses are not failures.",
        numerator="courses in the state on the day asked for, each site's clock stopping at its data-through day",
        denominator="all courses started",
        exclusions=_COHORT_EXCLUSIONS[:1],
        interval=WILSON,
        source=WILSON_SOURCE,
    ),
    Measure(
        id="drop_off",
        title="Drop-off",
        version=1,
        sentence="The share of started courses that reached each infusion. It is adherence, not benefit.",
        numerator="courses with at least k delivered induction sessions",
        denominator="all courses started",
        exclusions=_COHORT_EXCLUSIONS[:1],
        interval=f"{WILSON}; open cohorts: Aalen-Johansen probability of reaching infusion k by the horizon",
        source=f"{WILSON_SOURCE} Aalen OO, Johansen S. Scand J Stat 1978;5:141-150.",
    ),
)

_SIDE_EFFECTS = (
    Measure(
        id="side_effect_rate",
        title="Side effects",
        version=1,
        sentence="The share of screened sessions with at least one such side effect.",
        numerator="screened sessions with at least one side effect of the term",
        denominator="sessions whose side-effect screen was finished",
        exclusions=_side_effect_exclusions(),
        interval=WILSON_CLUSTERED,
        source=_CLUSTER_SOURCE,
        settings_keys=_SCREENING,
    ),
    Measure(
        id="side_effect_events",
        title="Side-effect events",
        version=1,
        sentence="Side effects recorded, each counted: one session may have several.",
        numerator="side effects of the term",
        denominator="sessions whose side-effect screen was finished",
        exclusions=_side_effect_exclusions(),
        interval=EVENTS,
        source=_POISSON_SOURCE,
        settings_keys=_SCREENING,
    ),
    Measure(
        id="serious_side_effects",
        title="Serious side effects",
        version=1,
        sentence="Side effects that are serious, which is not the same as severe. Each one raises an alert.",
        numerator=(
            "side effects marked as death, life-threatening, hospitalisation, lasting disability, congenital "
            "anomaly or medically important"
        ),
        denominator="delivered sessions",
        exclusions=("side effects whose seriousness is not recorded, counted beside it",),
        interval=EVENTS,
        source="The definition of 21 CFR 312.32; a definition only, no reporting duty is implied.",
    ),
    Measure(
        id="time_to_resolution",
        title="Passed within an hour",
        version=1,
        sentence="The share of side effects that had passed within an hour of their onset.",
        numerator="side effects of screened sessions whose end is recorded at most 60 minutes after their onset",
        denominator="side effects of screened sessions whose onset and end are recorded with their times",
        exclusions=(
            "side effects without a time of onset or end, counted beside it; days two or more apart read “longer than a day”",
        ),
        interval=WILSON,
        source=WILSON_SOURCE,
    ),
    Measure(
        id="screening_coverage",
        title="Screening",
        version=1,
        sentence="The share of delivered sessions whose side-effect screen was finished.",
        numerator="delivered sessions with a finished side-effect screen",
        denominator="delivered sessions",
        exclusions=(),
        interval=WILSON_CLUSTERED,
        source=_CLUSTER_SOURCE,
        settings_keys=_SCREENING,
    ),
)

_COMPLIANCE = (
    Measure(
        id="criteria_met",
        title="Criteria met",
        version=1,
        sentence=(
            "The share of delivered sessions recorded as meeting the criterion; without one named, all six together. "
            "“Met” means recorded as met, not lawful."
        ),
        numerator="delivered sessions recorded as meeting the criterion",
        denominator="all delivered sessions; not recorded is shown beside it and never counts as met",
        exclusions=("sessions to which the criterion does not apply: the esketamine criterion for other products",),
        interval=WILSON_CLUSTERED,
        source=_CLUSTER_SOURCE,
        settings_keys=(
            "evaluation_max_age_days",
            "approval_max_age_days",
            "reevaluation_days",
            "monitoring_minutes",
            "esketamine_minutes",
            "esketamine_form_days",
        ),
    ),
    Measure(
        id="accreditation_standing",
        title="Accreditation",
        version=1,
        sentence="How each accreditation stands on the day asked for, as known at the instant asked for.",
        numerator=(
            "sites with a valid accreditation of the programme on that day, without one named of any that counts; "
            "conditional counts, noted"
        ),
        denominator="sites treating on that day",
        exclusions=("records that were recorded after the instant asked for",),
        interval=NO_INTERVAL,
        source=_OWN,
        settings_keys=("accreditation_notice_days",),
    ),
    Measure(
        id="supervision_lapse",
        title="Sessions under a lapse",
        version=1,
        sentence=(
            "Delivered sessions on a day on which the site or a person involved held no valid standing, also "
            "when found out later."
        ),
        numerator=(
            "delivered sessions whose site, administering or supervising person held no valid standing on that day"
        ),
        denominator="delivered sessions",
        exclusions=(
            "sessions without a record to judge the site or a person by are not lapsed, and counted beside it",
        ),
        interval=NO_INTERVAL,
        source=_OWN,
    ),
)

MEASURES: dict[str, Measure] = {
    measure.id: measure
    for measure in (
        *_SESSIONS,
        *SESSION_SPACING,
        *_COURSES,
        *RATED_MEASURES,
        *COURSE_SPACING,
        *_SIDE_EFFECTS,
        *_COMPLIANCE,
    )
}
"""Every measure by its id, in the order in which documents list them."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A measure in words, with a network's own thresholds in it."""

    title: str
    sentence: str
    numerator: str
    denominator: str
    exclusions: tuple[str, ...]
    interval: str
    source: str
    version: str


def explain(measure_id: str, settings: MeasureSettings = DEFAULT_SETTINGS) -> Explanation:
    """What "how is this counted?" says. KeyError for an unknown measure."""
    measure = MEASURES[measure_id]
    values = {key: _shown(key, settings) for key in measure.settings_keys}
    return Explanation(
        measure.title,
        measure.sentence.format_map(values),
        measure.numerator.format_map(values),
        measure.denominator.format_map(values),
        tuple(exclusion.format_map(values) for exclusion in measure.exclusions),
        measure.interval,
        measure.source,
        f"measure version {measure.version}, settings version {settings.version}",
    )


def _shown(key: str, settings: MeasureSettings) -> str:
    value = getattr(settings, key)
    return f"{100 * value:g} %" if isinstance(value, float) else str(value)
