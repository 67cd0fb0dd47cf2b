"""How the pages about reports say where a report, or a month of them, stands."""

from collections import Counter
from datetime import datetime

from webapp.domain.periods import Period
from webapp.domain.vocabulary import RunState
from webapp.presentation import formats
from webapp.presentation.renderers import FILE_KINDS
from webapp.queries.report_expectation import LATE_FROM, LedgerLine, LedgerMonth
from webapp.queries.report_ledger import MADE_STATES, LedgerRun
from webapp.queries.report_pages import OpenRun

STATE_WORDS = {
    RunState.DUE: "Due, waiting for a worker",
    RunState.QUEUED: "Waits for another attempt",
    RunState.RUNNING: "Being made",
    RunState.HELD: "Held",
    RunState.STORED: "Made",
    RunState.DELIVERED: "Delivered",
    RunState.FAILED: "Failed",
    RunState.CANCELLED: "Cancelled",
}
DONE_WORDS = {RunState.DELIVERED: "delivered", RunState.STORED: "made"}
OPEN_WORDS = {
    RunState.RUNNING: "being made",
    RunState.DUE: "waiting",
    RunState.QUEUED: "to be tried again",
    RunState.CANCELLED: "cancelled",
    RunState.FAILED: "failed",
    RunState.HELD: "held",
}
"""How a month's words name the states of what is not made; those that are held come last, with their sites."""
NAMED_HELD = 3


def period_words(period: Period) -> str:
    """A whole month by its name, any other period by its days."""
    return formats.period_name(period.start_on, period.end_on)


def progress_words(run: LedgerRun | OpenRun) -> str:
    """Where a run stands, in words, with what is known of how far it is."""
    if run.state is not RunState.RUNNING or not run.progress:
        return STATE_WORDS[run.state]
    rows, pages, done = (run.progress.get(each, 0) for each in ("rows_read", "pages", "files"))
    if not rows:
        return "Being made: reading the data"
    said = [f"{formats.plural(rows, 'row')} read"]
    if run.progress.get("phase") == "drawing":
        said += [f"{formats.plural(pages, 'page')} drawn", f"{done} of {len(FILE_KINDS)} files stored"]
    return f"Being made: {', '.join(said)}"


def counted_words(month: LedgerMonth) -> str:
    """`24 due, 23 made (2 late), 1 failed; asked for by hand: 1 made`: a month's expectation against its ledger."""
    done = _said(month.states, month.late, DONE_WORDS)
    if month.due and not month.made:
        done = [f"{formats.count(0)} made"]
    names = [f"{run.site_name} {formats.percent(run.share_received, 0)} complete" for run in month.held[:NAMED_HELD]]
    left = len(month.held) - len(names)
    held = ": " + ", ".join([*names, *([f"{left} more"] if left else [])]) if names else ""
    further = month.further_failed
    again = [f"{formats.plural(further, 'further issue')} failed"] if further else []
    due = (
        ", ".join([f"{formats.count(month.due)} due", *done, *again, *_said(month.states, month.late, OPEN_WORDS)])
        + held
    )
    by_hand = ", ".join(_said(month.by_hand, Counter(), {**DONE_WORDS, **OPEN_WORDS}))
    return f"{due}; asked for by hand: {by_hand}" if by_hand else due


def _said(states: Counter[RunState], late: Counter[RunState], words: dict[RunState, str]) -> list[str]:
    """`2 waiting (1 overdue)` for each state that there is. What is held waits as its schedule allows, so it is not called overdue."""
    said = []
    for state, word in words.items():
        called = "late" if state in DONE_WORDS else "overdue"
        behind = late[state] if state is not RunState.HELD else 0
        if states[state]:
            said.append(
                f"{formats.count(states[state])} {word}{f' ({formats.count(behind)} {called})' if behind else ''}"
            )
    return said


def local_words(at: datetime, zone: str) -> str:
    """An instant by a site's own clocks, beside which its zone stands once: `1 Nov 2026 06:00`."""
    return formats.instant(at, zone).removesuffix(f" ({zone})")


def late_words(one: LedgerRun | LedgerLine, now: datetime) -> str:
    """`on time`, `2 h late`, `3 days overdue` while it is not made; nothing where nobody could expect it then."""
    late = one.late_by(now)
    made = one.state in MADE_STATES
    if late is None or (late < LATE_FROM and not made):
        return ""
    if late < LATE_FROM:
        return "on time"
    minutes = int(late.total_seconds() // 60)
    called = "late" if made else "overdue"
    if minutes < 120:
        return f"{minutes} min {called}"
    return f"{minutes // 60} h {called}" if minutes < 72 * 60 else f"{minutes // 1440} days {called}"
