"""Sessions: delivered, missed, without an outcome; and how much of what was to be expected has been received."""

from collections.abc import Iterable

from webapp.queries.cells import SESSIONS, count_cells
from webapp.queries.completeness import fetch_completeness
from webapp.queries.measuring.asking import CELL_GROUPS, Answers, Asking, MeasureRow

_DELIVERED = "c.status IN ('completed', 'stopped_early')"


def _session_count(ask: Asking) -> Iterable[MeasureRow]:
    delivered = count_cells(ask.scope, ask.db, SESSIONS, ask.selection, ask.by, where=_DELIVERED)
    everything = count_cells(ask.scope, ask.db, SESSIONS, ask.selection, ask.by)
    for key, (sessions, *_) in everything.items():
        done = delivered.get(key, (0,))[0]
        if done or "status" not in ask.by:
            yield MeasureRow(ask.keyed(key), done, None, excluded={"not delivered": sessions - done})


def _no_show_rate(ask: Asking) -> Iterable[MeasureRow]:
    missed = count_cells(ask.scope, ask.db, SESSIONS, ask.selection, ask.by, where="c.status = 'no_show'")
    kept = count_cells(
        ask.scope, ask.db, SESSIONS, ask.selection, ask.by, where=f"c.status = 'no_show' OR {_DELIVERED}"
    )
    late = count_cells(ask.scope, ask.db, SESSIONS, ask.selection, ask.by, where="c.late_cancelled > 0")
    deff = ask.deff("no_show_rate")
    for key in {*kept, *late}:
        n = kept.get(key, (0,))[0] + late.get(key, (0, 0))[1]
        yield ask.proportion(key, missed.get(key, (0,))[0], n, deff)


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
