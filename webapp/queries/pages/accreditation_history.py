"""One site's history on the accreditation page: what was recorded, and how it stood by it."""

from datetime import date, timedelta

from webapp.presentation.standings import STANDING_LABELS, event_words
from webapp.presentation.tables import Column, Table
from webapp.queries.accreditation import Timeline, fetch_timelines
from webapp.queries.pages.accreditation_day import Asked
from webapp.queries.pages.ground import Ground
from webapp.queries.sites import SiteFacts

CONTRADICTING = (
    "Records that contradict each other act in the order of the day they take effect; of one day the one recorded later decides, and of"
    " one instant the less favourable."
)
"""The rule of `webapp.domain.accreditation`, for whoever reads a history in which records overlap."""


def histories(ground: Ground, asked: Asked, site: SiteFacts) -> list[Timeline]:
    """One site's history in each programme that it has a record in."""
    return fetch_timelines(ground.scope, ground.db, asked.accreditations, site, asked.known_at)


def history_table(site: SiteFacts, timelines: list[Timeline]) -> Table:
    """What was recorded about one site, latest first, and by whom."""
    rows = sorted(
        ((entry, timeline.programme) for timeline in timelines for entry in timeline.entries),
        key=lambda row: (row[0].recorded_at, row[0].effective_on),
        reverse=True,
    )
    return Table(
        "history",
        f"What was recorded about {site.name}?",
        "Records are only ever added; a correction names the record that it replaces",
        (
            Column("recorded_at", "Recorded", "instant"),
            Column("programme", "Programme"),
            Column("event", "Event"),
            Column("effective_on", "Takes effect", "date"),
            Column("until", "Last valid day", "date"),
            Column("verified_on", "Checked on", "date"),
            Column("recorded_by", "Recorded by"),
            Column("note", "Why"),
        ),
        tuple(
            (
                entry.recorded_at,
                programme.name,
                event_words(entry.event, entry.corrected_event) + (" (corrected since)" if entry.replaced_by else ""),
                entry.effective_on,
                entry.until,
                entry.verified_on,
                entry.recorded_by or "import",
                entry.note,
            )
            for entry, programme in rows
        ),
        "accreditation_standing",
        (CONTRADICTING,),
        tuple(f"{programme.code}/{entry.id}" for entry, programme in rows),
    )


def standings_table(site: SiteFacts, timelines: list[Timeline]) -> Table:
    """How one site stood over time in each programme, by what is recorded."""
    rows = [(timeline.programme.name, *run) for timeline in timelines for run in _runs(timeline)]
    return Table(
        "standings",
        f"How did {site.name} stand over time?",
        "Each row a run of days; no last day where none is known",
        (
            Column("programme", "Programme"),
            Column("from", "From", "date"),
            Column("to", "To", "date"),
            Column("standing", "Standing"),
        ),
        tuple(sorted(rows, key=lambda row: (row[0], row[1]), reverse=True)),
        "accreditation_standing",
    )


def _runs(timeline: Timeline) -> list[tuple[date, date | None, str]]:
    """First day, last day or None, and standing of each unbroken run, without the time before anything."""
    starts = [(span.start, span.answer.standing) for span in timeline.spans]
    changes = [
        (start, standing)
        for place, (start, standing) in enumerate(starts)
        if not place or starts[place - 1][1] is not standing
    ]
    ends = [start - timedelta(days=1) for start, _ in changes[1:]]
    return [
        (start, end, STANDING_LABELS[standing])
        for (start, standing), end in zip(changes, [*ends, None], strict=True)
        if start > date.min
    ]
