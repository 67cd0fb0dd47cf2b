"""The chain over an audit trail: each seal is the hash of one event and of the seal before it.

Whoever changes, removes or slips in an event afterwards breaks the chain from there on. Whoever can rewrite every later seal
as well leaves a chain that holds, but ends in another hash: heads that were written down elsewhere show it.
Linked time-stamping as in Haber and Stornetta, How to time-stamp a digital document, J. Cryptology 3 (1991), section 5.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from json.encoder import encode_basestring
from uuid import UUID

GENESIS = bytes(32)
"""What stands before the first seal."""


@dataclass(frozen=True, slots=True)
class Event:
    """One audit event as it is hashed. user_id: also as its text. `details` is the text of the stored JSON, or None."""

    number: int
    at: datetime
    user_id: UUID | str | None
    role: str | None
    action: str
    object: str
    outcome: str
    details: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """One place of the chain as stored; `event` is None where the event it speaks of is gone."""

    place: int
    event_number: int
    hash: bytes
    event: Event | None


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: how many seals it has, and the last hash. Enough to show later that nothing before was changed."""

    place: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.place}:{self.hash.hex()}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a chain shows: where it ends, and the first thing that is wrong with it, if any."""

    head: Head
    fault: str | None


START = Head(0, GENESIS)


def seal(before: Head, event: Event) -> Head:
    """The next head: SHA-256 over the hash before, the place, and every field of the event, in an unambiguous spelling."""
    place = before.place + 1
    return Head(place, _hash(before.hash, place, event))


def _hash(before: bytes, place: int, event: Event) -> bytes:
    """The fields as a JSON list, put together by hand: a million of them are spelled when a trail is verified."""
    at = event.at if event.at.tzinfo is UTC else event.at.astimezone(UTC)
    user = f'"{event.user_id}"' if event.user_id else "null"
    said = (event.role, event.action, event.object, event.outcome, event.details)
    texts = ", ".join(["null" if one is None else encode_basestring(one) for one in said])
    fields = f'[{place}, {event.number}, "{at.isoformat(timespec="microseconds")}", {user}, {texts}]'
    return sha256(before + fields.encode()).digest()


def verify(links: Iterable[Link], noted: Head | None = None) -> Verdict:
    """Walk the chain from its beginning; `links` in order of place. Stops at the first fault.

    `noted` is a head that was written down earlier: the chain must still pass through it.
    """
    head = START
    for link in links:
        fault, head = _next(head, link)
        if fault is None and noted is not None and noted.place == head.place and noted.hash != head.hash:
            fault = f"Place {head.place} does not have the hash that was noted: the trail before it was rewritten."
        if fault is not None:
            return Verdict(head, fault)
    if noted is not None and noted.place > head.place:
        return Verdict(
            head, f"The chain ends at place {head.place}, before the noted place {noted.place}: seals are missing."
        )
    return Verdict(head, None)


def _next(before: Head, link: Link) -> tuple[str | None, Head]:
    if link.place != before.place + 1:
        return f"Place {before.place + 1} of the chain is missing.", before
    if link.event is None:
        return f"Event {link.event_number}, sealed at place {link.place}, is gone.", before
    if _hash(before.hash, link.place, link.event) != link.hash:
        return f"Event {link.event_number}, sealed at place {link.place}, is not as it was when it was sealed.", before
    return None, Head(link.place, link.hash)


def head_of(text: str) -> Head:
    """Read back what `str(head)` wrote. ValueError where it is none."""
    place, _, hexed = text.strip().partition(":")
    hashed = bytes.fromhex(hexed)
    if len(hashed) != len(GENESIS):
        raise ValueError("A head is the number of a place, a colon and 64 hexadecimal digits.")
    return Head(int(place), hashed)
