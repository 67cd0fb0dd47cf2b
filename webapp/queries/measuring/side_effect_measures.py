"""Side effects and their screening: shares of screened sessions, events, serious ones, and how many sessions were screened."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from webapp.domain.intervals import event_interval, wilson
from webapp.domain.resolution import NOT_RECORDED
from webapp.domain.vocabulary import ANY_TERM
from webapp.queries.cells import RESOLUTIONS, SCREENINGS, SIDE_EFFECTS, Key, count_cells
from webapp.queries.measuring.asking import CELL_GROUPS, Answers, Asking, MeasureRow

_SCREENED = "c.asked_how <> ''"


def _screenings(ask: Asking, by: Sequence[str]) -> tuple[dict[Key, int], dict[Key, int]]:
    """Delivered sessions by the groups, and the screened ones of them, out of one question. Without groups the whole is one."""
    asked = (*by, "asked_how")
    whole: dict[Key, int] = {} if by else {(): 0}
    delivered, screened = defaultdict(int, whole), defaultdict(int, whole)
    for (*key, how), (sessions,) in count_cells(ask.scope, ask.db, SCREENINGS, ask.selection, asked).items():
        delivered[tuple(key)] += sessions
        if how:
            screened[tuple(key)] += sessions
    return delivered, screened


def _screening_coverage(ask: Asking) -> Iterable[MeasureRow]:
    delivered, screened = _screenings(ask, ask.by)
    deff = ask.deff("screening_coverage")
    return [ask.proportion(key, screened.get(key, 0), n, deff) for key, n in delivered.items()]


def _with_effects(ask: Asking, count: int) -> tuple[dict[Key, int], dict[Key, int]]:
    """Per group the sessions (0) or events (1) with a side effect among screened sessions; and the screened sessions.

    Grouped by term the screened sessions are those of the rest of the group; otherwise any term counts.
    """
    by_rest = tuple(name for name in ask.by if name not in ("term", "severity"))
    term = "c.term <> :any" if "term" in ask.by else "c.term = :any"
    found = count_cells(
        ask.scope,
        ask.db,
        SIDE_EFFECTS,
        ask.selection,
        ask.by,
        where=f"{_SCREENED} AND {term}",
        values={"any": ANY_TERM},
    )
    _, screened = _screenings(ask, by_rest)
    places = [ask.by.index(name) for name in by_rest]
    hits = {key: counts[count] for key, counts in found.items()}
    if len(by_rest) == len(ask.by):
        hits = {key: hits.get(key, 0) for key in screened}
    return hits, {key: screened.get(tuple(key[place] for place in places), 0) for key in hits}


def _side_effect_rate(ask: Asking) -> Iterable[MeasureRow]:
    hits, screened = _with_effects(ask, 0)
    delivered = _unscreened(ask)
    deffs: dict[str, float] = {}
    for key, k in hits.items():
        term = str(key[ask.by.index("term")]) if "term" in ask.by else ANY_TERM
        deff = deffs.setdefault(term, ask.deff("side_effect_rate", term))
        yield ask.proportion(key, k, screened[key], deff, {"not screened": delivered(key)})


def _unscreened(ask: Asking) -> Callable[[Key], int]:
    by_rest = tuple(name for name in ask.by if name not in ("term", "severity", "asked_how"))
    delivered, screened = _screenings(ask, by_rest)
    places = [ask.by.index(name) for name in by_rest]
    missing = {key: many - screened.get(key, 0) for key, many in delivered.items()}
    return lambda key: missing.get(tuple(key[place] for place in places), 0)


def _side_effect_events(ask: Asking) -> Iterable[MeasureRow]:
    hits, screened = _with_effects(ask, 1)
    missing = _unscreened(ask)
    return [
        MeasureRow(ask.keyed(key), k, screened[key], None, event_interval(k), None, {"not screened": missing(key)})
        for key, k in hits.items()
    ]


def _serious(ask: Asking) -> Iterable[MeasureRow]:
    term = "c.term <> :any" if "term" in ask.by else "c.term = :any"
    found = count_cells(ask.scope, ask.db, SIDE_EFFECTS, ask.selection, ask.by, where=term, values={"any": ANY_TERM})
    by_rest = tuple(name for name in ask.by if name not in ("term", "severity"))
    delivered, _ = _screenings(ask, by_rest)
    places = [ask.by.index(name) for name in by_rest]
    keys = found if len(by_rest) < len(ask.by) else delivered
    for key in keys:
        k = found.get(key, (0, 0, 0))[2]
        n = delivered.get(tuple(key[p] for p in places), 0)
        yield MeasureRow(ask.keyed(key), k, n, None, event_interval(k))


_WITHIN_AN_HOUR = 60


def _passed_within_an_hour(ask: Asking) -> Iterable[MeasureRow]:
    found = count_cells(ask.scope, ask.db, RESOLUTIONS, ask.selection, (*ask.by, "lasted"))
    parts: dict[Key, dict[int, int]] = {}
    for place, (events,) in found.items():
        parts.setdefault(place[:-1], {})[place[-1]] = events
    for key, many in parts.items():
        unknown = many.pop(NOT_RECORDED, 0)
        k, n = sum(events for lasted, events in many.items() if lasted <= _WITHIN_AN_HOUR), sum(many.values())
        interval = wilson(k, n) if n else None
        yield MeasureRow(ask.keyed(key), k, n, float(n), interval, None, {"time not recorded": unknown})


_GROUPS = (*CELL_GROUPS, "infusion", "asked_how", "term", "severity")
ANSWERS: Answers = {
    "side_effect_rate": (_GROUPS, _side_effect_rate),
    "side_effect_events": (_GROUPS, _side_effect_events),
    "serious_side_effects": (_GROUPS, _serious),
    "time_to_resolution": ((*CELL_GROUPS, "term"), _passed_within_an_hour),
    "screening_coverage": ((*CELL_GROUPS, "infusion"), _screening_coverage),
}
