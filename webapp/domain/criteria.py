"""Criteria in versions, and how a site was found to meet them on a day, as known at an instant.

An assessment speaks of one version of a criterion and keeps it, whatever the criterion says later. Rules:

- The assessment of the latest day decides; of one day the one recorded later; recorded at the same instant, the less favourable.
- After its own last day (`until`) it has run out: not recorded, until somebody looks again.
- A correction stands in for the assessment that it names; without a verdict it strikes it out. A correction of a correction follows the
  same rule, so that striking out a correction brings back what it had replaced. Of several corrections the last recorded decides.
- An assessment whose `until` lies before its day says nothing.
- No assessment is not recorded, and never counts as met.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from webapp.domain import compliance
from webapp.domain.errors import BadInput
from webapp.domain.periods import day_text
from webapp.domain.standing_entry import EARLIEST_ON, LATEST_ON, clean_text
from webapp.domain.vocabulary import Verdict

LONGEST_TITLE, LONGEST_WORDING = 120, 1000
FROM_THE_BEGINNING = date(1990, 1, 1)
"""From when the first version of a criterion is asked, where nobody says otherwise."""
_LESS_FAVOURABLE_LATER = (Verdict.MET, Verdict.NOT_RECORDED, Verdict.NOT_MET)


@dataclass(frozen=True, slots=True)
class CriterionText:
    """What a version of a criterion says. judged_by: the criterion of a session that speaks of the same."""

    title: str
    wording: str
    evidence_asked: str = ""
    judged_by: compliance.Criterion | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One record of how a site meets a criterion. version: of the criterion. verdict None: strikes out what it replaces."""

    id: UUID
    version: int
    verdict: Verdict | None
    assessed_on: date
    until: date | None
    recorded_at: datetime
    replaces_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AssessmentEntry:
    """What somebody enters about a site and a criterion."""

    verdict: Verdict | None
    assessed_on: date
    until: date | None = None
    note: str = ""
    replaces_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Deciding:
    """What is told of the assessment that decides: the version it speaks of, its day, and the last day it holds for."""

    version: int
    assessed_on: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class FoundAs:
    """How a site meets a criterion on a day. deciding: None where nothing is recorded or it ran out."""

    verdict: Verdict
    deciding: Deciding | None = None
    ran_out_on: date | None = None


NOTHING_FOUND = FoundAs(Verdict.NOT_RECORDED)


def checked_text(said: CriterionText) -> CriterionText:
    """The criterion in one form. Raises BadInput where the title or the wording is missing or too long."""
    title, wording = (
        clean_text(said.title, "The title", LONGEST_TITLE),
        clean_text(said.wording, "The wording", LONGEST_WORDING),
    )
    if not title or not wording:
        raise BadInput("A criterion needs a title and its wording, as the accrediting body writes it.")
    return replace(
        said,
        title=title,
        wording=wording,
        evidence_asked=clean_text(said.evidence_asked, "The evidence asked for", LONGEST_WORDING),
    )


def checked_assessment(entry: AssessmentEntry, today: date) -> AssessmentEntry:
    """The entry with its note in one form. Raises BadInput with the first rule that it breaks."""
    if not EARLIEST_ON <= entry.assessed_on <= today:
        raise BadInput(f"{day_text(entry.assessed_on)} is not a past day: give the day on which somebody looked.")
    if entry.until is not None and not entry.assessed_on <= entry.until <= LATEST_ON:
        raise BadInput(
            f"The last day it holds for, {day_text(entry.until)}, is before the day of the assessment, {day_text(entry.assessed_on)}:"
            " give a later one, or leave it empty."
        )
    note = clean_text(entry.note, "The note", 500)
    if entry.verdict is None and entry.replaces_id is None:
        raise BadInput("Choose how the site met the criterion.")
    if (entry.replaces_id is not None or entry.verdict is Verdict.NOT_MET) and not note:
        why = "it is corrected" if entry.replaces_id else "it is not met"
        raise BadInput(f"Say in a sentence why {why}; the note stays beside it for good.")
    return replace(entry, note=note)


def found_on(assessments: Sequence[Assessment], on: date, known_at: datetime | None = None) -> FoundAs:
    """How one site meets one criterion on a day, as known at that instant (None: all that is recorded)."""
    standing = [a for a in _standing(assessments, known_at) if a.assessed_on <= on]
    if not standing:
        return NOTHING_FOUND
    last = max(standing, key=_order)
    assert last.verdict is not None
    return found_by(last.verdict, Deciding(last.version, last.assessed_on, last.until), on)


def found_by(verdict: Verdict, last: Deciding, on: date) -> FoundAs:
    """What the assessment that decides says of a day: nothing more once its own last day is over."""
    if last.until is not None and last.until < on:
        return FoundAs(Verdict.NOT_RECORDED, None, last.until)
    return FoundAs(verdict, last)


def _order(one: Assessment) -> tuple[date, datetime, int, int]:
    verdict = one.verdict or Verdict.NOT_RECORDED
    return one.assessed_on, one.recorded_at, _LESS_FAVOURABLE_LATER.index(verdict), one.id.int


def _standing(assessments: Sequence[Assessment], known_at: datetime | None) -> list[Assessment]:
    """The assessments that count at that instant, corrections worked in."""
    known = [a for a in assessments if known_at is None or a.recorded_at <= known_at]
    if all(a.replaces_id is None for a in known):
        return [a for a in known if a.until is None or a.until >= a.assessed_on]
    corrections: dict[UUID, list[Assessment]] = {}
    for one in sorted(known, key=lambda a: (a.recorded_at, a.id.int)):
        if one.replaces_id is not None:
            corrections.setdefault(one.replaces_id, []).append(one)
    found = [_resolve(one, corrections) for one in known if one.replaces_id is None]
    return [a for a in found if isinstance(a, Assessment) and (a.until is None or a.until >= a.assessed_on)]


def _resolve(one: Assessment, corrections: dict[UUID, list[Assessment]]) -> Assessment | str:
    """What an assessment says with its own corrections worked in: an assessment, "voids" or "undone"."""
    for correction in reversed(corrections.get(one.id, [])):
        stands = _resolve(correction, corrections)
        if stands == "voids":
            return "undone"
        if stands != "undone":
            return stands
    return "voids" if one.verdict is None else one
