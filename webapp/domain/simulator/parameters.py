"""Every figure that the simulator rests on, each with where it comes from. The one place to read or change them.

Sources, by the word used below:

article: the clinical ground of this product (six infusions over two to three weeks, boosters, relief after the first
    infusion or the next two, mostly mild side effects that pass within minutes to hours).
ten practices: ten US ketamine practices; almost 50 % did not complete six infusions and 20 % left after the first.
MGH: a hospital ketamine clinic; 47.1 % stopped during or right after induction, 3.5 % were still in it, 49.4 % went on
    to maintenance.
IV clinic: an intravenous clinic, n = 203, per patient; drowsiness 56.4 %, dizziness 45.2 %, dissociation 35.6 %, nausea
    13.3 %.
REMS: the esketamine safety programme, n = 1,486,213, per session; dissociation 41.0 %, sedation 34.7 %, raised blood
    pressure 0.9 %, serious below 0.1 %.
ORKA-1: usable outcomes for 537 of 9,016 patients.
assumed: no published figure is known to us; the value makes a plausible network and claims nothing.

Published rates per patient are reached through the rates per session below and `alike`, the likeness of one patient's
sessions. Rates are shares (0 to 1) unless a name says otherwise; pairs are (low, high), inclusive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from webapp.domain.vocabulary import AskedHow, Indication, Product, Serious, StopReason, Term

Weights = Mapping[str, float]
"""Relative frequencies by value; they need not sum to one."""


def weights(**parts: float) -> Weights:
    """Relative frequencies that cannot be changed in place."""
    return MappingProxyType(parts)


@dataclass(frozen=True, slots=True)
class CourseRates:
    """How courses begin, go on and end."""

    indication: Weights = field(  # assumed, depression first as in the article
        default_factory=lambda: weights(
            **{
                Indication.DEPRESSION: 0.56,
                Indication.PTSD: 0.14,
                Indication.ANXIETY: 0.11,
                Indication.CHRONIC_PAIN: 0.10,
                Indication.SUICIDAL_IDEATION: 0.06,
                Indication.OTHER: 0.03,
            }
        )
    )
    esketamine_share: float = 0.30  # assumed: of depression courses at a site that offers it
    intramuscular_share: float = 0.12  # assumed: of other courses at a site that offers it
    never_started: float = 0.02  # assumed: approved and booked, yet no session was ever given
    left_after_first: float = 0.20  # ten practices
    completed: float = 0.515  # ten practices ("almost 50 % did not complete"), of those who started
    later_leaving_fades: float = 0.85  # assumed: each later step loses this share of what the step before lost
    repeat_patient: float = 0.07  # assumed: courses of a patient who was treated before
    moved_inside: float = 0.010  # assumed: goes on at another site of the network
    brisk: float = 0.62  # assumed: three sessions a week; the others come twice (article: two to three weeks for six)
    day_later: float = 0.12  # assumed: a gap longer by a day
    short_delay: float = 0.03  # assumed: a gap longer by 3 to 9 days
    long_delay: float = 0.008  # assumed: a gap longer by 10 to 20 days
    break_and_return: float = 0.0015  # assumed: a gap of 35 to 90 days, so that a lapsed course begins anew
    ending_after_first: Weights = field(  # assumed
        default_factory=lambda: weights(
            lapsed=0.40,
            transferred=0.04,
            **{
                StopReason.RESPONDED: 0.03,
                StopReason.SIDE_EFFECT: 0.15,
                StopReason.PATIENT_CHOICE: 0.16,
                StopReason.COST: 0.13,
                StopReason.CONTRAINDICATION: 0.03,
                StopReason.MOVED_AWAY: 0.02,
                StopReason.DIED: 0.001,
                StopReason.UNKNOWN: 0.04,
            },
        )
    )
    ending_later: Weights = field(  # assumed
        default_factory=lambda: weights(
            lapsed=0.34,
            transferred=0.05,
            **{
                StopReason.RESPONDED: 0.19,
                StopReason.SIDE_EFFECT: 0.07,
                StopReason.PATIENT_CHOICE: 0.14,
                StopReason.COST: 0.13,
                StopReason.CONTRAINDICATION: 0.02,
                StopReason.MOVED_AWAY: 0.03,
                StopReason.DIED: 0.001,
                StopReason.UNKNOWN: 0.03,
            },
        )
    )
    maintenance: float = 0.90  # MGH: 49.4 % of all went on to maintenance; this share of those who completed
    evaluation_days: int = (
        150  # assumed: days from the first session after which boosters need a new evaluation, so a new course
    )
    evaluation_overstepped: float = 0.02  # assumed: boosters given all the same
    next_booster: float = 0.62  # assumed: a further booster follows
    first_booster_days: tuple[int, int] = (14, 42)  # assumed
    booster_gap_days: float = 35.0  # assumed: median; spread by a factor of 1.5
    evaluation_missing: float = 0.0012  # assumed
    approval_missing: float = 0.0012  # assumed
    not_enrolled: float = 0.004  # assumed: esketamine patient not enrolled in the programme
    enrolment_missing: float = 0.006  # assumed


@dataclass(frozen=True, slots=True)
class SessionRates:
    """What becomes of a booking, and how well a session is recorded. All assumed unless a source is named.

    The shares of missing and failed records together leave about 96 % of sessions with every criterion met.
    """

    no_show: float = 0.045
    cancelled: float = 0.065
    cancelled_late: float = 0.35  # of cancelled: less than 24 hours before
    unresolved: float = 0.002  # past bookings that nobody closed
    last_booking_missed: float = 0.50  # those who left: had a further booking and did not come
    stopped_early: float = 0.008
    walk_in: float = 0.004  # no booking recorded
    day_only: float = 0.002  # only the day of the session is recorded
    growth: float = 0.35  # over the whole period
    season: float = 0.06  # height of the yearly wave; lowest at midsummer and the turn of the year
    chair_use: float = 0.62  # of chair time that is booked at the end of the period
    escort_missing: float = 0.005
    escort_absent: float = 0.0015
    substance_missing: float = 0.004
    substance_positive: float = 0.09
    decision_missing: float = 0.010  # of positive answers
    vitals_missing: float = 0.005  # one of the three readings
    discharge_missing: float = 0.004
    monitored_short: float = 0.0025
    supervisor_missing: float = 0.0015
    form_late: float = 0.012  # esketamine monitoring form
    form_missing: float = 0.012
    dose_missing: float = 0.003
    dose_outside: float = 0.02  # outside the protocol's range
    waste_recorded: float = 0.85
    witness_missing: float = 0.006
    stated_infusion_wrong: float = 0.004


def _per_session(product: Product) -> Weights:
    """Solicited rate per screened session, over all infusions of a course."""
    common = {
        Term.VOMITING: 0.012,
        Term.BLURRED_VISION: 0.045,
        Term.HALLUCINATION: 0.022,
        Term.HEADACHE: 0.050,
        Term.ANXIETY: 0.032,
        Term.RESPIRATORY_DEPRESSION: 0.0006,
        Term.LOSS_OF_CONSCIOUSNESS: 0.0004,
        Term.URINARY: 0.004,
        Term.SUICIDAL_IDEATION: 0.0015,
        Term.SUSPECTED_MISUSE: 0.0006,
        Term.EMERGENCY_TRANSFER: 0.0002,
        Term.OTHER: 0.015,
    }  # assumed
    if product is Product.ESKETAMINE_NASAL:
        own = {
            Term.DISSOCIATION: 0.410,  # REMS
            Term.SEDATION: 0.347,  # REMS
            Term.RAISED_BLOOD_PRESSURE: 0.009,  # REMS
            Term.DIZZINESS: 0.22,  # assumed, as for infusions
            Term.NAUSEA: 0.045,  # assumed, as for infusions
            Term.FLOATING: 0.06,  # assumed
        }
    else:
        own = {
            Term.SEDATION: 0.300,  # IV clinic: 56.4 % of patients
            Term.DIZZINESS: 0.220,  # IV clinic: 45.2 % of patients
            Term.DISSOCIATION: 0.155,  # IV clinic: 35.6 % of patients
            Term.NAUSEA: 0.045,  # IV clinic: 13.3 % of patients
            Term.RAISED_BLOOD_PRESSURE: 0.030,  # assumed: "0.9 % to several %"
            Term.FLOATING: 0.080,  # assumed, first in the article's list
        }
    return weights(**own, **common)


@dataclass(frozen=True, slots=True)
class SideEffectRates:
    """Which side effects come in which session, how strongly, and for how long."""

    intravenous: Weights = field(default_factory=lambda: _per_session(Product.KETAMINE_IV))
    esketamine: Weights = field(default_factory=lambda: _per_session(Product.ESKETAMINE_NASAL))
    by_infusion: tuple[float, float, float, float] = (1.30, 1.08, 0.94, 0.78)  # assumed: first, second, later, booster
    asked: Weights = field(  # "rates differ two-fold" by the way of asking
        default_factory=lambda: weights(**{AskedHow.SOLICITED: 1.0, AskedHow.SCALE: 1.0, AskedHow.SPONTANEOUS: 0.5})
    )
    # correlation of a patient's sessions on the normal scale: dizziness in 22 % of sessions is in 45 % of patients
    alike: float = 0.55
    between_terms: float = 0.40  # assumed: share of that likeness that all terms of a patient have in common
    site_spread: float = 0.03  # assumed: standard deviation of sites on the normal scale
    dizziness_excess: float = 0.31  # the one site with a true excess: rate per screened session
    dizziness_excess_lately: float = 0.38  # the same over the last days, so that a single month shows it
    lately_days: int = 75
    coverage: float = 0.93  # assumed: delivered sessions with a finished screen
    poor_coverage: float = 0.55  # the one site with little screening
    unscreened_reported: float = 0.25  # assumed: of side effects in sessions without a screen
    severity: tuple[float, float, float, float] = (
        0.735,
        0.233,
        0.031,
        0.001,
    )  # assumed, grades 1 to 4; article: mostly mild
    serious: float = 0.0006  # REMS: below 0.1 % of sessions
    serious_kinds: Weights = field(  # assumed
        default_factory=lambda: weights(
            **{Serious.HOSPITALISATION: 0.5, Serious.MEDICALLY_IMPORTANT: 0.4, Serious.LIFE_THREATENING: 0.1}
        )
    )
    serious_terms: Weights = field(  # assumed
        default_factory=lambda: weights(
            **{
                Term.RAISED_BLOOD_PRESSURE: 0.30,
                Term.LOSS_OF_CONSCIOUSNESS: 0.20,
                Term.RESPIRATORY_DEPRESSION: 0.15,
                Term.SUICIDAL_IDEATION: 0.20,
                Term.EMERGENCY_TRANSFER: 0.15,
            }
        )
    )
    minutes: Weights = field(  # assumed medians; article: minutes to hours
        default_factory=lambda: weights(
            **{
                Term.DISSOCIATION: 45,
                Term.FLOATING: 40,
                Term.HALLUCINATION: 30,
                Term.DIZZINESS: 60,
                Term.BLURRED_VISION: 50,
                Term.SEDATION: 95,
                Term.NAUSEA: 70,
                Term.VOMITING: 35,
                Term.HEADACHE: 170,
                Term.RAISED_BLOOD_PRESSURE: 40,
                Term.ANXIETY: 50,
                Term.RESPIRATORY_DEPRESSION: 12,
                Term.LOSS_OF_CONSCIOUSNESS: 6,
                Term.URINARY: 900,
                Term.SUICIDAL_IDEATION: 1200,
                Term.SUSPECTED_MISUSE: 1440,
                Term.EMERGENCY_TRANSFER: 480,
                Term.OTHER: 90,
            }
        )
    )
    resolution_missing: float = 0.03  # assumed
    day_only: float = 0.03  # assumed: onset and resolution known by day only


@dataclass(frozen=True, slots=True)
class RatingRates:
    """Scores on rating scales before and after infusions."""

    baseline: float = 0.86  # assumed
    after_infusion: float = 0.52  # assumed; ORKA-1 shows how much can be missing
    diligent_spread: float = 0.25  # assumed: how unlike patients are in being rated, standard deviation of the share
    relief: tuple[float, float, float] = (
        0.56,
        0.20,
        0.12,
    )  # article: more than half after the first, the rest after two or three
    fall: tuple[float, float] = (
        0.60,
        0.14,
    )  # assumed: mean and standard deviation of the relative fall once relief has come
    fall_without: tuple[float, float] = (0.12, 0.12)  # assumed: the same before it
    timed: float = 0.30  # assumed: rated with a time of day
    madrs_sites: float = 0.25  # assumed: sites that use MADRS in place of PHQ-9
    below_entry: float = 0.06  # assumed: baseline under the entry cut


@dataclass(frozen=True, slots=True)
class StandingRates:
    """Licences, certificates and accreditations. All assumed."""

    licence_days: int = 730
    accreditation_days: int = 1095
    licence_renewed_ahead: float = 0.85  # of those that end within 90 days: the next term is recorded already
    accreditation_renewed_ahead: float = 0.50
    ending_days: tuple[tuple[int, int], ...] = ((0, 23), (5, 58), (6, 84))  # sites after the story's; days from today
    lapse_found_days: int = 14
    suspended_days: int = 16
    expired_days: int = 6
    feed_stopped_days: int = 8
