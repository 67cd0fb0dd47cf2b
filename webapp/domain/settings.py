"""Every threshold of the product: its default, unit, bounds, meaning and source, in one place, with a version.

A network may set its own; a stored version keeps only what differs. `MeasureSettings.version` is printed beside what
was computed under it.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from functools import cache
from typing import Any, TypeVar

from webapp.domain.errors import BadInput
from webapp.domain.vocabulary import Term

Value = int | float | tuple[str, ...] | tuple[int, ...]
_V = TypeVar("_V", int, float, tuple[str, ...], tuple[int, ...])

OWN = "The network's own choice; no regulator sets it."


@dataclass(frozen=True, slots=True)
class Setting:
    """What one setting means. low and high bound numbers, inclusive; choices bound the members of a list."""

    key: str
    default: Value
    unit: str
    meaning: str
    source: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]


def _of(
    default: _V,
    unit: str,
    meaning: str,
    source: str,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> _V:
    told = {"unit": unit, "meaning": meaning, "source": source, "low": low, "high": high, "choices": choices}
    found: _V = field(default=default, metadata=told)
    return found


_CMS = "Cell size suppression policy of the US Centers for Medicare and Medicaid Services: no cell of 1 to 10."
_REMS = "Template: the patient monitoring form and requirements of the esketamine REMS."
_SPIEGELHALTER = "Spiegelhalter DJ. Stat Med 2005;24:1185-1202."
_RULE_OF_FIVE = "The usual condition for the normal approximation to a binomial share."


@dataclass(frozen=True, slots=True)
class MeasureSettings:
    """The thresholds under which everything is counted and judged. Make changed ones with `settings_of`."""

    version: int = 1

    min_cell: int = _of(11, "patients", "Shareable outputs hide what rests on fewer distinct patients.", _CMS, 2, 100)
    min_other_sites: int = _of(
        3, "sites", "A site lead sees the network's line only when so many other sites contribute.", OWN, 2, 50
    )

    min_screened: int = _of(
        20, "sessions", "Below so many screened sessions a site reads “not enough screening”.", OWN, 1, 1000
    )
    min_coverage: float = _of(
        0.80, "share", "Below this share of delivered sessions screened a site reads “not enough screening”.", OWN, 0, 1
    )
    attention_terms: tuple[str, ...] = _of(
        (
            Term.DISSOCIATION.value,
            Term.DIZZINESS.value,
            Term.SEDATION.value,
            Term.NAUSEA.value,
            Term.RAISED_BLOOD_PRESSURE.value,
            Term.RESPIRATORY_DEPRESSION.value,
            Term.LOSS_OF_CONSCIOUSNESS.value,
        ),
        "terms",
        "The side effects, chosen beforehand, whose funnel may raise the attention list.",
        OWN,
        choices=tuple(term.value for term in Term),
    )

    late_cancel_hours: int = _of(24, "hours", "A cancellation with shorter notice is late.", OWN, 0, 336)
    unresolved_after_days: int = _of(
        2, "days", "A past session still without an outcome is listed after so many days.", OWN, 0, 60
    )
    stale_after_days: int = _of(3, "days", "A site without data for longer reads “no data since”.", OWN, 1, 60)
    completeness_weeks: int = _of(
        12, "weeks", "Expected sessions are the median of so many weeks before, where none are declared.", OWN, 4, 52
    )
    min_completeness: float = _of(
        0.90, "share", "A report of a period with less of its expected sessions received is held.", OWN, 0, 1
    )
    report_retention_months: int = _of(
        84,
        "months",
        "The files of a report are removed so long after it was made, unless it is under legal hold.",
        OWN,
        12,
        600,
    )
    restate_count: int = _of(
        1,
        "records",
        "A stored report is issued again when newer data change a count in it by at least so many.",
        OWN,
        1,
        1000,
    )
    restate_share: float = _of(
        0.005,
        "share",
        "A stored report is issued again when newer data change a share in it by at least so much.",
        OWN,
        0,
        1,
    )
    accreditation_notice_days: tuple[int, ...] = _of(
        (90, 60, 30, 7), "days", "How long before its end an accreditation or credential is listed.", OWN, 1, 730
    )
    due_soon_days: int = _of(7, "days", "An open course is due when its window ends within so many days.", OWN, 1, 60)
    leaving_days: int = _of(
        3, "days", "Open courses with so many days or fewer left in their window are listed first thing.", OWN, 1, 30
    )
    ending_soon_days: int = _of(
        30, "days", "An accreditation that ends within so many days is marked as urgent.", OWN, 1, 365
    )
    lapse_months: int = _of(
        2, "months", "Sessions under a lapse are listed first thing when held in the last so many months.", OWN, 1, 24
    )

    evaluation_max_age_days: int = _of(
        90, "days", "The comprehensive evaluation is at most so old at the course's first start.", OWN, 1, 730
    )
    approval_max_age_days: int = _of(
        90, "days", "The prescriber's approval is at most so old at the course's first start.", OWN, 1, 730
    )
    reevaluation_days: int = _of(180, "days", "Before a booster the last evaluation is at most so old.", OWN, 1, 1095)
    licence_kinds: tuple[str, ...] = _of(
        ("medical_licence", "nursing_licence"),
        "kinds of credential",
        "Whoever administers or supervises holds at least one of these, for the site's state or for everywhere.",
        OWN,
    )
    monitoring_minutes: int = _of(60, "minutes", "Least time from the end of an infusion to discharge.", OWN, 0, 1440)
    esketamine_minutes: int = _of(120, "minutes", "Esketamine: least time from the dose to discharge.", _REMS, 0, 1440)
    esketamine_form_days: int = _of(
        7, "days", "Esketamine: the monitoring form is sent within so many days.", _REMS, 0, 60
    )

    baseline_days: int = _of(14, "days", "The baseline rating is at most so old at the first session.", OWN, 1, 90)
    rating_days: int = _of(14, "days", "A rating counts for infusion k up to so many days after it.", OWN, 1, 90)
    response_fall: float = _of(
        0.50,
        "share",
        "Response: fall from baseline on PHQ-9, MADRS or QIDS-SR of at least this share.",
        "The usual definition in trials of antidepressants.",
        0.1,
        1,
    )
    remission_phq9: int = _of(
        4, "points", "Remission: PHQ-9 at most.", "Kroenke K et al. J Gen Intern Med 2001;16:606-613.", 0, 27
    )
    remission_madrs: int = _of(
        12, "points", "Remission: MADRS at most.", "Esketamine trials; some trials use 10.", 0, 60
    )
    remission_qids: int = _of(
        5, "points", "Remission: QIDS-SR at most.", "Rush AJ et al. Biol Psychiatry 2003;54:573-583.", 0, 27
    )
    improved_gad7: int = _of(
        4, "points", "Improved: GAD-7 falls by at least.", "Toussaint A et al. J Affect Disord 2020;265:395-401.", 1, 21
    )
    improved_pcl5: int = _of(
        15, "points", "Improved: PCL-5 falls by at least.", "Marx BP et al. Psychol Assess 2022;34:197-203.", 1, 80
    )
    entry_phq9: int = _of(
        10, "points", "Counted from a PHQ-9 baseline of.", "Kroenke K et al. J Gen Intern Med 2001;16:606-613.", 0, 27
    )
    entry_madrs: int = _of(
        20, "points", "Counted from a MADRS baseline of.", "The usual entry criterion in trials.", 0, 60
    )
    entry_gad7: int = _of(
        10,
        "points",
        "Counted from a GAD-7 baseline of.",
        "Spitzer RL et al. Arch Intern Med 2006;166:1092-1097.",
        0,
        21,
    )
    entry_pcl5: int = _of(
        31, "points", "Counted from a PCL-5 baseline of.", "US National Center for PTSD: cut-point 31 to 33.", 0, 80
    )

    min_expected: float = _of(
        5.0,
        "sessions",
        "No point and no flag where fewer events or non-events would be expected.",
        _RULE_OF_FIVE,
        1,
        50,
    )
    min_funnel_sites: int = _of(5, "sites", "No funnel with fewer sites to compare.", OWN, 3, 50)
    min_dispersion_sites: int = _of(10, "sites", "Over-dispersion is estimated from so many sites on.", OWN, 5, 50)
    winsorised_share: float = _of(
        0.10, "share", "The share of lowest and of highest z-scores drawn in.", _SPIEGELHALTER, 0, 0.4
    )
    chart_baseline_periods: int = _of(
        12,
        "periods",
        "Control limits rest on so many eligible periods after the last re-base.",
        "The usual least number in health-service improvement work.",
        6,
        60,
    )
    chart_run_length: int = _of(
        8, "periods", "So many in a row on one side of the centre are a signal.", "Western Electric rule 4.", 6, 15
    )


DEFAULT_SETTINGS = MeasureSettings()


def settings_of(version: int, stored: Mapping[str, object]) -> MeasureSettings:
    """The settings of a network: the defaults with what it has stored. BadInput names the first that is not as it must
    be.
    """
    known = {setting.key: setting for setting in all_settings()}
    unknown = sorted(set(stored) - set(known))
    if unknown:
        raise BadInput(f"“{unknown[0]}” is no setting; leave it out.")
    changes: dict[str, Any] = {key: _checked(known[key], value) for key, value in stored.items()}
    return replace(DEFAULT_SETTINGS, version=version, **changes)


@cache
def all_settings() -> tuple[Setting, ...]:
    """Every setting in the order it is shown."""
    return tuple(_setting(one) for one in fields(MeasureSettings) if one.name != "version")


def differing(settings: MeasureSettings) -> dict[str, Value]:
    """What a stored version keeps: only the settings that differ from the defaults."""
    return {s.key: getattr(settings, s.key) for s in all_settings() if getattr(settings, s.key) != s.default}


def _setting(one: Field[Any]) -> Setting:
    return Setting(key=one.name, default=getattr(DEFAULT_SETTINGS, one.name), **one.metadata)


def _checked(setting: Setting, value: object) -> Value:
    if isinstance(setting.default, tuple):
        if not isinstance(value, list | tuple) or not value:
            raise BadInput(f"{setting.key} must be a list with at least one member: {setting.meaning}")
        members = [_member(setting, member) for member in value]
        if len(set(members)) < len(members):
            raise BadInput(f"{setting.key} names a member twice.")
        return tuple(members)  # type: ignore[return-value]  # all of one kind, as `_member` checks each against the default's
    return _number(setting, value, whole=isinstance(setting.default, int))


def _member(setting: Setting, member: object) -> str | int:
    if not setting.choices and isinstance(setting.default, tuple) and isinstance(setting.default[0], str):
        if not isinstance(member, str) or not member.strip() or len(member) > 60:
            raise BadInput(f"{setting.key}: each member is a name of at most 60 characters.")
        return member.strip()
    if not setting.choices:
        return int(_number(setting, member, whole=True))
    if member not in setting.choices:
        raise BadInput(f"{setting.key}: {member!r} is none of {', '.join(setting.choices)}.")
    return str(member)


def _number(setting: Setting, value: object, whole: bool) -> int | float:
    kinds = int if whole else (int, float)
    low, high = setting.low, setting.high
    right = isinstance(value, kinds) and not isinstance(value, bool)
    if (
        not isinstance(value, int | float)
        or not right
        or (low is not None and high is not None and not low <= value <= high)
    ):
        kind = "a whole number" if whole else "a number"
        raise BadInput(f"{setting.key} must be {kind} from {low} to {high} ({setting.unit}): {setting.meaning}")
    return value
