"""Serious side effects, apart from the others: severe is not serious, and each one counts."""

from collections.abc import Mapping

from webapp.domain.intervals import event_interval
from webapp.presentation import formats
from webapp.presentation.tables import Column, Table
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.shares import words
from webapp.queries.side_effect_facts import MOST_SERIOUS, fetch_serious

SHORT_ID = 8


def serious_by_term(many: Mapping[str, int]) -> Table:
    """Serious side effects of all delivered sessions, screened or not. many: events by term."""
    terms = sorted(many, key=words)
    intervals = {term: event_interval(many[term]) for term in terms}
    return Table(
        "serious_by_term",
        "Were any serious?",
        f"Serious side effects of all delivered sessions of the period, screened or not: {formats.count(sum(many.values()))}",
        (
            Column("term", "Side effect"),
            Column("events", "Serious events", "integer"),
            Column("low", "95 % from", "number"),
            Column("high", "95 % to", "number"),
        ),
        tuple(
            (words(term), many[term], round(intervals[term].low, 2), round(intervals[term].high, 2)) for term in terms
        ),
        "serious_side_effects",
        (
            "Serious is death, life-threatening, hospitalisation, lasting disability, congenital anomaly or medically important.",
        ),
        row_keys=tuple(terms),
    )


def serious_list(ground: Ground) -> Table:
    """Each serious side effect, newest first, for roles that may open rows with pseudonyms."""
    names = {site.id: site.name for site in ground.sites}
    found = fetch_serious(ground.scope, ground.db, ground.period)
    notes = (f"The newest {MOST_SERIOUS} are listed.",) if len(found) == MOST_SERIOUS else ()
    return Table(
        "serious_list",
        "Which side effects were serious?",
        "One by one, newest first",
        (
            Column("session", "Session"),
            Column("on", "Day", "date"),
            Column("site", "Site"),
            Column("pseudonym", "Patient (pseudonym)"),
            Column("term", "Side effect"),
            Column("serious", "Serious because"),
            Column("severity", "Grade", "integer"),
        ),
        tuple(
            (
                each.session_id.hex[:SHORT_ID],
                each.on,
                names[each.site_id],
                each.pseudonym,
                words(each.term),
                words(each.serious),
                each.severity,
            )
            for each in found
        ),
        "serious_side_effects",
        notes,
        row_keys=tuple(f"{each.on}.{each.term}.{each.session_id.hex[:SHORT_ID]}" for each in found),
    )
