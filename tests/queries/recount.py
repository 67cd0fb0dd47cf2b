"""The second, deliberately plain path: every number again from the current versions, in plain loops, with no query of the product."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from webapp.domain.scope import Scope
from webapp.transactions import reading

DELIVERED = ("completed", "stopped_early")


@dataclass(frozen=True)
class Facts:
    """What is said now, record type by record type, as dictionaries."""

    sites: dict[Any, str]
    sessions: list[dict[str, Any]]
    courses: dict[Any, dict[str, Any]]
    screens: dict[Any, str]
    effects: dict[Any, list[dict[str, Any]]]


def facts_of(scope: Scope) -> Facts:
    """Everything of one network, out of the version tables."""
    with reading(scope) as db:

        def current(table: str) -> list[dict[str, Any]]:
            statement = f"SELECT * FROM {table} WHERE superseded_by_batch_id IS NULL AND NOT withdrawn"
            return [dict(row._mapping) for row in db.execute(text(statement))]

        sites = {row.id: row.code for row in db.execute(text("SELECT id, code FROM site"))}
        screens: dict[Any, str] = {}
        for screen in current("screen_version"):
            held = screens.get(screen["session_id"])
            screens[screen["session_id"]] = min(held, screen["asked_how"]) if held else screen["asked_how"]
        effects: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for effect in current("side_effect_version"):
            effects[effect["session_id"]].append(effect)
        return Facts(
            sites,
            current("session_version"),
            {course["course_id"]: course for course in current("course_version")},
            screens,
            dict(effects),
        )


def names_of(scope: Scope) -> dict[str, str]:
    """The names of the sites by their codes."""
    statement = "SELECT s.code, v.name FROM site s JOIN site_version v ON v.site_id = s.id WHERE v.superseded_by_batch_id IS NULL"
    with reading(scope) as db:
        return {code: name for code, name in db.execute(text(statement))}


def open_sites(scope: Scope, on: date) -> set[str]:
    """The codes of the sites that treat on a day."""
    statement = """
        SELECT s.code, v.opened_on, v.closed_on FROM site s JOIN site_version v ON v.site_id = s.id
        WHERE v.superseded_by_batch_id IS NULL AND NOT v.withdrawn"""
    with reading(scope) as db:
        return {c for c, opened, closed in db.execute(text(statement)) if (opened or on) <= on <= (closed or on)}


def delivered(facts: Facts, start: date, end: date, indication: str | None = None) -> Iterable[dict[str, Any]]:
    """Delivered sessions of the days start <= day < end."""
    for session in facts.sessions:
        course = facts.courses[session["course_id"]]
        counts = session["status"] in DELIVERED and start <= session["on_date"] < end
        if counts and indication in (None, course["indication"]):
            yield session


def infusion_numbers(facts: Facts) -> dict[Any, int]:
    """Delivered induction sessions counted in time order from 1 in courses of a single spell; others are left out."""
    by_course: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for session in facts.sessions:
        if session["status"] in DELIVERED and session["phase"] == "induction":
            by_course[session["course_id"]].append(session)
    numbers = {}
    for sessions in by_course.values():
        for number, session in enumerate(sorted(sessions, key=lambda s: (s["on_date"], s["started_at"])), start=1):
            numbers[session["session_id"]] = number
    return numbers


def sessions_by_site(facts: Facts, start: date, end: date, indication: str | None = None) -> Counter[str]:
    """Delivered sessions by site code."""
    return Counter(facts.sites[session["site_id"]] for session in delivered(facts, start, end, indication))


def side_effects_by_term(facts: Facts, start: date, end: date) -> dict[str, tuple[int, int]]:
    """Per term: screened sessions with it, and events of it in screened sessions."""
    with_term: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for session in delivered(facts, start, end):
        if session["session_id"] not in facts.screens:
            continue
        found = [effect["term"] for effect in facts.effects.get(session["session_id"], [])]
        with_term.update(set(found))
        events.update(found)
    return {term: (with_term[term], events[term]) for term in with_term}


def screened(facts: Facts, start: date, end: date) -> int:
    """Screened delivered sessions."""
    return sum(session["session_id"] in facts.screens for session in delivered(facts, start, end))
