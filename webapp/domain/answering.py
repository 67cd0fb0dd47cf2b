"""How somebody answers for what was found wrong: the steps of an exception and of a finding, append-only; the last one says how it stands.

Whoever explained an exception does not close it, and whoever mended a finding (or owns it) does not verify it: a second person does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from webapp.domain.errors import BadInput, Conflict
from webapp.domain.standing_entry import clean_text

LONGEST_WORDING = 1000


class Step(StrEnum):
    """One step. assigned, explained, closed: of an exception. planned, done, verified: of a finding. reopened: of both."""

    ASSIGNED = "assigned"
    EXPLAINED = "explained"
    CLOSED = "closed"
    PLANNED = "planned"
    DONE = "done"
    VERIFIED = "verified"
    REOPENED = "reopened"


class State(StrEnum):
    """How an exception or a finding stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    EXPLAINED = "explained"
    PLANNED = "planned"
    DONE = "done"
    CLOSED = "closed"


EXCEPTION_STEPS = (Step.ASSIGNED, Step.EXPLAINED, Step.CLOSED, Step.REOPENED)
FINDING_STEPS = (Step.PLANNED, Step.DONE, Step.VERIFIED, Step.REOPENED)
_AFTER: Mapping[Step, State] = {
    Step.ASSIGNED: State.ASSIGNED,
    Step.EXPLAINED: State.EXPLAINED,
    Step.CLOSED: State.CLOSED,
    Step.PLANNED: State.PLANNED,
    Step.DONE: State.DONE,
    Step.VERIFIED: State.CLOSED,
    Step.REOPENED: State.OPEN,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken. owner_id and due_on: of `assigned` and `planned`."""

    step: Step
    by: UUID
    at: datetime
    wording: str = ""
    owner_id: UUID | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands by its steps. owner_id, due_on: the last ones named."""

    state: State = State.OPEN
    owner_id: UUID | None = None
    due_on: date | None = None

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been done with by now."""
        return self.state is not State.CLOSED and self.due_on is not None and self.due_on < today


def standing_of(steps: Sequence[Taken]) -> Standing:
    """How it stands after these steps, in the order in which they were taken."""
    owner, due, state = None, None, State.OPEN
    for taken in steps:
        state = _AFTER[taken.step]
        owner = taken.owner_id or owner
        due = taken.due_on or due
    return Standing(state, owner, due)


def checked_step(steps: Sequence[Taken], wanted: Taken, today: date) -> str:
    """The wording in one form, where the step may be taken now. Raises BadInput or Conflict with what stands against it."""
    wording = clean_text(wanted.wording, "What you say", LONGEST_WORDING)
    state = standing_of(steps).state
    if wanted.step in (Step.ASSIGNED, Step.PLANNED):
        _require_owner(wanted, today)
    if wanted.step in (Step.EXPLAINED, Step.PLANNED, Step.DONE, Step.REOPENED) and not wording:
        raise BadInput("Say it in a sentence, without names of patients; it stays for good.")
    if wanted.step is Step.REOPENED:
        if state is not State.CLOSED:
            raise Conflict("It is still open, so there is nothing to reopen.")
    elif state is State.CLOSED:
        raise Conflict("It is closed. Reopen it first, and say why.")
    if wanted.step is Step.CLOSED:
        _require_second(steps, wanted, Step.EXPLAINED, "Nobody has explained it yet, so it cannot be closed.")
    if wanted.step is Step.DONE and not any(taken.step is Step.PLANNED for taken in _since_opened(steps)):
        raise Conflict("There is no plan yet: say what is to be done, by whom and until when.")
    if wanted.step is Step.VERIFIED:
        _require_second(steps, wanted, Step.DONE, "Nobody has said that it is done, so it cannot be verified.")
    return wording


def _require_owner(wanted: Taken, today: date) -> None:
    if wanted.owner_id is None:
        raise BadInput("Choose who is to do it.")
    if wanted.due_on is None or wanted.due_on < today:
        raise BadInput("Give the day until which it is to be done; today or later.")


def is_second(steps: Sequence[Taken], first: Step, person: UUID) -> bool:
    """Whether somebody is another than who took the step `explained` or `done` last, and than who was to do it."""
    by = [taken.by for taken in _since_opened(steps) if taken.step is first]
    owner = standing_of(steps).owner_id if first is Step.DONE else None
    return person not in (*by[-1:], owner)


def _require_second(steps: Sequence[Taken], wanted: Taken, first: Step, missing: str) -> None:
    by = [taken for taken in _since_opened(steps) if taken.step is first]
    if not by or standing_of(steps).state is not _AFTER[first]:
        raise Conflict(missing)
    if not is_second(steps, first, wanted.by):
        raise Conflict("A second person does this: neither who said it nor who was to do it. Ask a colleague.")


def _since_opened(steps: Sequence[Taken]) -> Sequence[Taken]:
    opened = [place for place, taken in enumerate(steps) if taken.step is Step.REOPENED]
    return steps[opened[-1] + 1 :] if opened else steps
