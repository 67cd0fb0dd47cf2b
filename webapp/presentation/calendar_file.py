"""What is due as an iCalendar file (RFC 5545): one event a report, known again by its own id when the file is read anew."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST_LINE = 75
"""Octets of a line, as RFC 5545, section 3.1, wants it."""


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """Something that is due at an instant. uid: stays the same for the same thing."""

    uid: str
    at: datetime
    summary: str


def render(name: str, events: Iterable[CalendarEvent], now: datetime) -> bytes:
    """The calendar: CRLF line ends, long lines folded, texts escaped so that no name can begin a line of its own."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Dripline//Reports//EN", f"X-WR-CALNAME:{_text(name)}"]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.uid}@dripline",
            f"DTSTAMP:{_instant(now)}",
            f"DTSTART:{_instant(event.at)}",
            "DURATION:PT15M",
            f"SUMMARY:{_text(event.summary)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    plain = "".join(each if each.isprintable() else " " for each in words)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> str:
    """Lines of at most 75 octets, never broken within a character; each further one begins with a space."""
    parts, part, octets = [], "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > LONGEST_LINE:
            parts.append(part)
            part, octets = " ", 1
        part += character
        octets += size
    return "\r\n".join([*parts, part])
