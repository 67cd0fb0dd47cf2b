"""The calendar file: as RFC 5545 wants it, and no name can add a line to it."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.presentation.calendar_file import CalendarEvent, render

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)


def unfolded(content: bytes) -> list[str]:
    return content.decode().replace("\r\n ", "").split("\r\n")


def test_an_event_stands_at_its_instant() -> None:
    at = datetime(2026, 12, 1, 6, tzinfo=timezone(timedelta(hours=-5)))
    lines = unfolded(render("Due", [CalendarEvent("a-1", at, "Riverside; report, October")], NOW))
    assert lines[0] == "BEGIN:VCALENDAR"
    assert "UID:a-1@dripline" in lines
    assert "DTSTART:20261201T110000Z" in lines
    assert "SUMMARY:Riverside\\; report\\, October" in lines
    assert lines[-2:] == ["END:VCALENDAR", ""]


@settings(max_examples=30)
@given(st.text(max_size=300))
def test_no_name_adds_a_line_or_is_broken_within_a_character(name: str) -> None:
    name = name.encode("utf-8", "ignore").decode()
    content = render("Due", [CalendarEvent("a", NOW, name)], NOW)
    assert len(unfolded(content)) == len(unfolded(render("Due", [CalendarEvent("a", NOW, "x")], NOW)))
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
