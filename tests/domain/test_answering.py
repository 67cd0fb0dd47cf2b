"""Steps of an exception and of a finding: in their order, with their words, and never closed by the first person."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from webapp.domain.answering import State, Step, Taken, checked_step, standing_of
from webapp.domain.errors import BadInput, Conflict

TODAY = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
OFFICER, MANAGER, LEAD = UUID(int=11), UUID(int=12), UUID(int=13)


def took(step: Step, by: UUID = OFFICER, wording: str = "Said.", owner: UUID | None = None) -> Taken:
    due = TODAY if step in (Step.ASSIGNED, Step.PLANNED) else None
    return Taken(step, by, AT, wording, owner or (LEAD if due else None), due)


def test_how_it_stands_by_the_last_step() -> None:
    plan, done, verified = took(Step.PLANNED), took(Step.DONE, LEAD), took(Step.VERIFIED, MANAGER)
    assert standing_of([]).state is State.OPEN
    standing = standing_of([plan, done])
    assert (standing.state, standing.owner_id, standing.due_on) == (State.DONE, LEAD, TODAY)
    assert standing.is_overdue(date(2026, 11, 23)) and not standing.is_overdue(TODAY)
    assert not standing_of([plan, done, verified]).is_overdue(date(2027, 1, 1))
    assert standing_of([plan, done, verified, took(Step.REOPENED)]).state is State.OPEN


@pytest.mark.parametrize(
    ("before", "wanted", "words"),
    [
        ([], took(Step.CLOSED, MANAGER), "Nobody has explained"),
        ([took(Step.EXPLAINED)], took(Step.CLOSED), "A second person"),
        ([], took(Step.VERIFIED), "Nobody has said"),
        ([took(Step.PLANNED), took(Step.DONE)], took(Step.VERIFIED), "A second person"),
        ([took(Step.PLANNED), took(Step.DONE)], took(Step.VERIFIED, LEAD), "A second person"),
        ([], took(Step.DONE), "no plan yet"),
        ([], took(Step.REOPENED), "still open"),
        ([took(Step.EXPLAINED), took(Step.CLOSED, MANAGER)], took(Step.EXPLAINED), "Reopen it first"),
        (
            [took(Step.EXPLAINED), took(Step.CLOSED, MANAGER), took(Step.REOPENED)],
            took(Step.CLOSED, MANAGER),
            "Nobody has explained",
        ),
        ([took(Step.EXPLAINED), took(Step.ASSIGNED)], took(Step.CLOSED, MANAGER), "Nobody has explained"),
    ],
)
def test_what_stands_against_a_step(before: list[Taken], wanted: Taken, words: str) -> None:
    with pytest.raises(Conflict, match=words):
        checked_step(before, wanted, TODAY)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Taken(Step.ASSIGNED, OFFICER, AT, "", None, TODAY), "who is to do it"),
        (Taken(Step.ASSIGNED, OFFICER, AT, "", LEAD, date(2026, 11, 21)), "today or later"),
        (Taken(Step.PLANNED, OFFICER, AT, " ", LEAD, TODAY), "in a sentence"),
        (Taken(Step.EXPLAINED, OFFICER, AT, ""), "in a sentence"),
        (Taken(Step.EXPLAINED, OFFICER, AT, "mail someone@example.org"), "identifiers"),
    ],
)
def test_what_is_missing_is_asked_for(wanted: Taken, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        checked_step([], wanted, TODAY)


def test_a_second_person_closes_and_verifies() -> None:
    assert checked_step([took(Step.EXPLAINED)], took(Step.CLOSED, MANAGER, " fine "), TODAY) == "fine"
    assert checked_step([took(Step.PLANNED), took(Step.DONE, LEAD)], took(Step.VERIFIED, MANAGER, ""), TODAY) == ""
