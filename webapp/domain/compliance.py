"""How one delivered session meets each criterion: met, not met or not recorded, with the reason in words.

"Met" means recorded as met, not lawful. No record is never counted as met. Where parts of a criterion differ, a part
that is not met decides, then one that is not recorded.

The esketamine criterion follows the fields of its REMS form; the times and fields for other products are the network's
own choice (`settings`), and nothing here claims that a regulator requires them.

Where the definition leaves a choice: a positive substance-use history without a documented decision is not met, since
the document is the criterion; a person whose required credentials the network has not named cannot be judged (not
recorded).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from webapp.domain.settings import DEFAULT_SETTINGS, MeasureSettings
from webapp.domain.vocabulary import VALID_STANDINGS, Phase, Product, Standing, Verdict


class Criterion(StrEnum):
    """What each session is held against."""

    SETTING = "certified_setting"
    APPROVAL = "evaluation_and_approval"
    SUPERVISION = "qualified_supervision"
    ESCORT = "escort"
    SUBSTANCE = "substance_history"
    MONITORING = "monitoring"
    ESKETAMINE = "esketamine"


CRITERION_TITLES: Mapping[Criterion, str] = {
    Criterion.SETTING: "Certified setting",
    Criterion.APPROVAL: "Evaluation and approval",
    Criterion.SUPERVISION: "Qualified supervision",
    Criterion.ESCORT: "Escort",
    Criterion.SUBSTANCE: "Substance-use history",
    Criterion.MONITORING: "Monitoring",
    Criterion.ESKETAMINE: "Esketamine programme",
}

Credentials = tuple[Standing | None, ...]
"""Each required credential's standing on the day, for the site's state; None where there is no record of it."""


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What is recorded about one delivered session, its course and its people, as known at the instant asked for.

    on: the session's site-local day. first_start_on: the course's first delivered induction session, None where there
    was none. site_standings: on that day, of each programme that counts and has a record for the site; empty where
    there is none. administered, supervised: None where the person is not recorded. Pressures: whether they are
    recorded.
    """

    on: date
    product: Product
    phase: Phase
    first_start_on: date | None = None
    site_standings: tuple[Standing, ...] = ()
    evaluated_on: date | None = None
    reevaluated_on: date | None = None
    approved_on: date | None = None
    approver_prescribes: bool | None = None
    administered: Credentials | None = None
    supervised: Credentials | None = None
    escort_in: bool | None = None
    escort_out: bool | None = None
    substance_history: str | None = None
    substance_decision: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    discharged_at: datetime | None = None
    pressure_before: bool = False
    pressure_during: bool = False
    pressure_discharge: bool = False
    enrolled: bool | None = None
    monitoring_form_on: date | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One criterion's verdict. reason: what is not met or not recorded, or a note on what is met; "" where there is
    none.
    """

    verdict: Verdict
    reason: str = ""


Part = tuple[Verdict, str]
_MET: Part = (Verdict.MET, "")


def judge(facts: SessionFacts, settings: MeasureSettings = DEFAULT_SETTINGS) -> dict[Criterion, Judgement]:
    """Every criterion that applies to the session; the esketamine one is left out for other products."""
    judged = {
        Criterion.SETTING: _setting(facts.site_standings),
        Criterion.APPROVAL: _all_of(_approval(facts, settings)),
        Criterion.SUPERVISION: _all_of(
            (
                *_person("administering", facts.administered),
                *_person("supervising", facts.supervised),
            )
        ),
        Criterion.ESCORT: _all_of(
            (
                _flag(facts.escort_in, "the patient came without an escort", "who brought the patient"),
                _flag(facts.escort_out, "the patient left without an escort", "who accompanied the patient home"),
            )
        ),
        Criterion.SUBSTANCE: _all_of((_substance(facts.substance_history, facts.substance_decision),)),
        Criterion.MONITORING: _all_of(_monitoring(facts, settings)),
    }
    if facts.product is Product.ESKETAMINE_NASAL:
        judged[Criterion.ESKETAMINE] = _all_of(_esketamine(facts, settings))
    return judged


def lapses_of(facts: SessionFacts) -> tuple[str, ...]:
    """Whose standing was recorded and not valid on the session's day: any makes it a session given under a lapse."""
    found = []
    if facts.site_standings and not any(standing in VALID_STANDINGS for standing in facts.site_standings):
        found.append("site")
    for who, credentials in (("administering person", facts.administered), ("supervising person", facts.supervised)):
        if any(standing is not None and standing not in VALID_STANDINGS for standing in credentials or ()):
            found.append(who)
    return tuple(found)


def _all_of(parts: Iterable[Part]) -> Judgement:
    """One judgement of several parts, with the reasons of the parts that decide."""
    told = tuple(parts)
    for verdict in (Verdict.NOT_MET, Verdict.NOT_RECORDED):
        reasons = [reason for found, reason in told if found is verdict]
        if reasons:
            return Judgement(verdict, _sentence(reasons))
    notes = [reason for _, reason in told if reason]
    return Judgement(Verdict.MET, _sentence(notes) if notes else "")


def _sentence(reasons: list[str]) -> str:
    text = "; ".join(reasons)
    return text[0].upper() + text[1:] + "."


def _setting(standings: tuple[Standing, ...]) -> Judgement:
    if not standings:
        return Judgement(Verdict.NOT_RECORDED, "No accreditation of a programme that counts is recorded for the site.")
    if Standing.ACCREDITED in standings:
        return Judgement(Verdict.MET)
    if Standing.CONDITIONAL in standings:
        return Judgement(Verdict.MET, "The site's accreditation was conditional on that day.")
    told = ", ".join(sorted({standing.value for standing in standings}))
    return Judgement(Verdict.NOT_MET, f"The site held no valid accreditation on that day ({told}).")


def _approval(facts: SessionFacts, settings: MeasureSettings) -> list[Part]:
    if facts.phase is Phase.MAINTENANCE:
        evaluations = [day for day in (facts.evaluated_on, facts.reevaluated_on) if day and day <= facts.on]
        known = max(evaluations, default=facts.evaluated_on or facts.reevaluated_on)
        evaluation = _dated("evaluation", known, facts.on, settings.reevaluation_days, "the booster")
        approval = _dated("approval", facts.approved_on, facts.on, None, "the booster")
    else:
        start = facts.first_start_on or facts.on
        evaluation = _dated(
            "evaluation", facts.evaluated_on, start, settings.evaluation_max_age_days, "the first session"
        )
        approval = _dated("approval", facts.approved_on, start, settings.approval_max_age_days, "the first session")
    by_prescriber = _flag(
        facts.approver_prescribes, "the person who approved is not a prescriber", "whether a prescriber approved"
    )
    return [evaluation, approval, by_prescriber]


def _dated(what: str, day: date | None, reference: date, max_age: int | None, event: str) -> Part:
    if day is None:
        return Verdict.NOT_RECORDED, f"the day of the {what} is not recorded"
    age = (reference - day).days
    if age < 0:
        return Verdict.NOT_MET, f"the {what} is dated after {event}"
    if max_age is not None and age > max_age:
        return Verdict.NOT_MET, f"the {what} was {age} days old at {event}; {max_age} are allowed"
    return _MET


def _person(role: str, credentials: Credentials | None) -> list[Part]:
    if credentials is None:
        return [(Verdict.NOT_RECORDED, f"the {role} person is not recorded")]
    if not credentials:
        return [(Verdict.NOT_RECORDED, f"no required credential is named for the {role} person")]
    parts = []
    for standing in credentials:
        if standing is None:
            parts.append((Verdict.NOT_RECORDED, f"a required credential of the {role} person is not recorded"))
        elif standing not in VALID_STANDINGS:
            told = f"a required credential of the {role} person was not valid on that day ({standing.value})"
            parts.append((Verdict.NOT_MET, told))
        elif standing is Standing.CONDITIONAL:
            parts.append((Verdict.MET, f"a credential of the {role} person was conditional on that day"))
        else:
            parts.append(_MET)
    return parts


def _flag(value: bool | None, when_false: str, unknown: str) -> Part:
    if value is None:
        return Verdict.NOT_RECORDED, f"{unknown} is not recorded"
    return _MET if value else (Verdict.NOT_MET, when_false)


def _substance(history: str | None, decision: str | None) -> Part:
    if not history:
        return Verdict.NOT_RECORDED, "the question about substance use is not recorded"
    if history == "positive" and not (decision or "").strip():
        return Verdict.NOT_MET, "the history is positive and no decision is documented"
    return _MET


def _monitoring(facts: SessionFacts, settings: MeasureSettings) -> list[Part]:
    parts = [_watched(facts.ended_at, facts.discharged_at, settings.monitoring_minutes, "the end of the infusion")]
    readings = (
        ("before", facts.pressure_before),
        ("during", facts.pressure_during),
        ("before discharge", facts.pressure_discharge),
    )
    missing = [when for when, is_there in readings if not is_there]
    if missing:
        parts.append((Verdict.NOT_RECORDED, f"vital signs {', '.join(missing)} are not recorded"))
    return parts


def _watched(since: datetime | None, discharged_at: datetime | None, minimum: int, event: str) -> Part:
    if since is None:
        return Verdict.NOT_RECORDED, f"the time of {event} is not recorded"
    if discharged_at is None:
        return Verdict.NOT_RECORDED, "the time of discharge is not recorded"
    minutes = (discharged_at - since).total_seconds() / 60
    if minutes < minimum:
        return Verdict.NOT_MET, f"discharged {minutes:.0f} minutes after {event}; at least {minimum} are set"
    return _MET


def _esketamine(facts: SessionFacts, settings: MeasureSettings) -> list[Part]:
    dose_at = facts.ended_at or facts.started_at
    watched = _watched(dose_at, facts.discharged_at, settings.esketamine_minutes, "the dose")
    if (
        facts.ended_at is None and watched is _MET
    ):  # counted from the start it proves nothing about the time after the last spray
        watched = Verdict.NOT_RECORDED, "the time of the last dose is not recorded"
    return [
        _flag(facts.enrolled, "the patient is not enrolled", "whether the patient is enrolled"),
        _form(facts.on, facts.monitoring_form_on, settings.esketamine_form_days),
        watched,
    ]


def _form(on: date, sent_on: date | None, within: int) -> Part:
    if sent_on is None:
        return Verdict.NOT_RECORDED, "the day the monitoring form was sent is not recorded"
    days = (sent_on - on).days
    if days < 0:
        return Verdict.NOT_MET, "the monitoring form is dated before the session"
    return (
        _MET
        if days <= within
        else (Verdict.NOT_MET, f"the monitoring form was sent after {days} days; {within} are allowed")
    )
