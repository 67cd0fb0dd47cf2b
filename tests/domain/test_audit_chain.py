"""Whatever is changed, removed, slipped in or exchanged in a sealed trail breaks its chain."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.audit_chain import START, Event, Head, Link, head_of, seal, verify

AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)

events = st.builds(
    Event,
    number=st.integers(1, 2**62),
    at=st.datetimes(timezones=st.just(UTC)),
    user_id=st.none() | st.uuids(),
    role=st.none() | st.text(max_size=5),
    action=st.text(max_size=5),
    object=st.text(max_size=5),
    outcome=st.text(max_size=5),
    details=st.none() | st.text(max_size=5),
)

CHANGES: dict[str, Callable[[Event], Event]] = {
    "another number": lambda event: replace(event, number=event.number + 1),
    "another time": lambda event: replace(event, at=event.at + timedelta(microseconds=1)),
    "another person": lambda event: replace(event, user_id=uuid4()),
    "another role": lambda event: replace(event, role=(event.role or "") + "x"),
    "another action": lambda event: replace(event, action=event.action + "x"),
    "another object": lambda event: replace(event, object=event.object + "x"),
    "another outcome": lambda event: replace(event, outcome=event.outcome + "x"),
    "other details": lambda event: replace(event, details=(event.details or "") + "x"),
    "a letter moved to the next field": lambda event: replace(event, action=event.action + "|", object=event.object),
}


def chain(trail: list[Event]) -> list[Link]:
    head, links = START, []
    for event in trail:
        head = seal(head, event)
        links.append(Link(head.place, event.number, head.hash, event))
    return links


@given(events, st.integers(1, 2**62))
def test_an_event_is_spelled_as_json(event: Event, place: int) -> None:
    """As a plain encoder spells it, in any zone, and with its person as text: what was sealed before stays as it was sealed."""
    at = event.at.isoformat(timespec="microseconds")
    user = str(event.user_id) if event.user_id else None
    fields = [place + 1, event.number, at, user, event.role, event.action, event.object, event.outcome, event.details]
    spelled = hashlib.sha256(START.hash + json.dumps(fields, ensure_ascii=False).encode()).digest()
    before = Head(place, START.hash)
    assert seal(before, event) == Head(place + 1, spelled)
    assert (
        seal(before, replace(event, user_id=user, at=event.at.astimezone(timezone(timedelta(hours=-5))))).hash
        == spelled
    )


@given(st.lists(events, max_size=8))
def test_an_untouched_chain_holds_and_ends_where_sealing_ended(trail: list[Event]) -> None:
    links = chain(trail)
    verdict = verify(links)
    assert verdict.fault is None
    assert verdict.head == (Head(links[-1].place, links[-1].hash) if links else START)


@pytest.mark.parametrize("change", CHANGES)
@given(st.lists(events, min_size=1, max_size=6), st.data())
def test_a_changed_event_is_noticed(change: str, trail: list[Event], data: st.DataObject) -> None:
    links = chain(trail)
    place = data.draw(st.integers(0, len(links) - 1))
    event = links[place].event
    assert event is not None
    links[place] = replace(links[place], event=CHANGES[change](event))
    assert (
        verify(links).fault
        == f"Event {event.number}, sealed at place {place + 1}, is not as it was when it was sealed."
    )


@given(st.lists(events, min_size=2, max_size=6), st.data())
def test_a_removed_event_or_seal_is_noticed(trail: list[Event], data: st.DataObject) -> None:
    links = chain(trail)
    place = data.draw(st.integers(0, len(links) - 2))
    gone = [*links[:place], replace(links[place], event=None), *links[place + 1 :]]
    assert "is gone" in str(verify(gone).fault)
    assert f"Place {place + 1} of the chain is missing" in str(verify(links[:place] + links[place + 1 :]).fault)


@given(st.lists(events, min_size=2, max_size=6))
def test_a_chain_written_anew_does_not_pass_through_a_head_noted_before(trail: list[Event]) -> None:
    noted = verify(chain(trail)).head
    anew = chain([replace(trail[0], action=trail[0].action + "x"), *trail[1:]])
    assert verify(anew).fault is None
    assert "was rewritten" in str(verify(anew, noted).fault)
    assert "seals are missing" in str(verify(chain(trail[:-1]), noted).fault)
    assert verify([*chain(trail)], noted).fault is None


def test_a_trail_that_grew_still_passes_through_its_earlier_head() -> None:
    trail = [Event(n, AT, None, None, "open", f"page {n}", "done", None) for n in range(5)]
    assert verify(chain(trail), verify(chain(trail[:3])).head).fault is None


def test_the_same_instant_in_another_zone_is_the_same_event() -> None:
    event = Event(1, AT, UUID(int=5), "manager", "open", "overview", "done", '{"from": "2026-10-01"}')
    elsewhere = replace(event, at=AT.astimezone(timezone(timedelta(hours=-7))))
    assert seal(START, event) == seal(START, elsewhere)


def test_a_head_is_written_and_read() -> None:
    head = verify(chain([Event(1, AT, None, None, "a", "b", "c", None)])).head
    assert head_of(f" {head}\n") == head


@pytest.mark.parametrize("text", ["", "5", "x:00", "5:zz", "5:00ff"])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        head_of(text)
