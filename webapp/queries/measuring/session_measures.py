"""Sessions: delivered, missed, without an outcome; and how much of what was to be expected has been received."""

from collections import defaultdict
from collections.abc import Iterable

from webapp.queries.cells import SESSIONS, Key, count_cells
from webapp.queries.completeness import fetch_completeness
from webapp.queries.measuring.asking import CELL_GROUPS, Answers, Asking, MeasureRow

_DELIVERED = frozenset({"completed", "stopped_early"})


def _by_status(ask: Asking) -> dict[Key, dict[str, tuple[int, ...]]]:
    """By the groups asked for, of each status the sessions, those cancelled late and the booked minutes: one question.

    Asked for no groups, the whole is one, also of nothing.
    """
    found: dict[Key, dict[str, tuple[int, ...]]] = defaultdict(dict, {} if ask.by else {(): {}})
    for (*key, status), counts in count_cells(ask.scope, ask.db, SESSIONS, ask.selection, (*ask.by, "status")).items():
        found[tuple(key)][status] = counts
    return found


def _session_count(ask: Asking) -> Iterable[MeasureRow]:
    for key, by_status in _by_status(ask).items():
        done = sum(counts[0] for status, counts in by_status.items() if status in _DELIVERED)
        everything = sum(counts[0] for counts in by_status.values())
        if done or "status" not in ask.by:
            yield MeasureRow(ask.keyed(key), done, None, excluded={"not delivered": everything - done})


def _no_show_rate(ask: Asking) -> Iterable[MeasureRow]:
    deff = ask.deff("no_show_rate")
    for key, by_status in _by_status(ask).items():
        missed = by_status.get("no_show", (0,))[0]
        late = sum(counts[1] for counts in by_status.values())
        kept = missed + sum(counts[0] for status, counts in by_status.items() if status in _DELIVERED)
        if kept + late or not ask.by:
            yield ask.proportion(key, missed, kept + late, deff)


_UNRESOLVED = """c.status = 'scheduled' AND c.on_date <= (
    SELECT k.day FROM unnest(CAST(:clock_sites AS uuid[]), CAST(:clock_days AS date[])) AS k(site_id, day)
    WHERE k.site_id = c.site_id) - CAST(:unresolved_after_days AS integer)"""


def _unresolved_sessions(ask: Asking) -> Iterable[MeasureRow]:
    values = {
        "clock_sites": list(ask.clocks),
        "clock_days": list(ask.clocks.values()),
        "unresolved_after_days": ask.settings.unresolved_after_days,
    }
    found = count_cells(
        ask.scope, ask.db, SESSIONS, ask.selection, ask.by, where=_UNRESOLVED, values=values, by_day=True
    )
    return [MeasureRow(ask.keyed(key), sessions) for key, (sessions, *_) in found.items()]


def _data_completeness(ask: Asking) -> Iterable[MeasureRow]:
    """Of all sessions: what a site is expected to send is not known by indication, product or phase, so filters do not narrow it."""
    weeks = ask.settings.completeness_weeks
    found = fetch_completeness(ask.scope, ask.db, ask.selection.period, weeks, ask.selection.known)
    parts = [[(site, one)] for site, one in found.items()] if ask.by else [list(found.items())]
    for part in parts:
        known = [one for _, one in part if one.expected is not None]
        received, expected = sum(one.received for one in known), sum(one.expected or 0 for one in known)
        excluded = {"sites of which no number is expected": len(part) - len(known)}
        yield MeasureRow(ask.keyed((part[0][0],) if ask.by else ()), received, expected, excluded=excluded)


ANSWERS: Answers = {
    "session_count": ((*CELL_GROUPS, "status"), _session_count),
    "no_show_rate": (CELL_GROUPS, _no_show_rate),
    "unresolved_sessions": (CELL_GROUPS, _unresolved_sessions),
    "data_completeness": (("site",), _data_completeness),
}
