"""Every measure as rows: numerator, denominator, interval, exclusions. Screens, reports, the API and the command line ask here."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.errors import BadInput
from webapp.domain.intervals import Interval, effective_number, event_interval, wilson
from webapp.domain.measures import MEASURES, Measure
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings
from webapp.domain.vocabulary import ANY_TERM
from webapp.queries.cells import SCREENINGS, SESSIONS, SIDE_EFFECTS, Key, Selection, count_cells, site_codes
from webapp.queries.course_cells import CourseGroup, cohort_of, fetch_course_groups
from webapp.queries.network_settings import get_settings

_DELIVERED = "c.status IN ('completed', 'stopped_early')"
_SCREENED = "c.asked_how <> ''"


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One number. key: by what it was grouped (a site by its code). n_eff: what the interval rests on.

    denominator: None for a plain count. excluded: what was left out, in words, with how many.
    bounds: the lowest and highest that an unclosed cohort can still reach.
    """

    key: Mapping[str, Any]
    numerator: int
    denominator: int | None = None
    n_eff: float | None = None
    interval: Interval | None = None
    bounds: tuple[float, float] | None = None
    excluded: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """Numerator over denominator; None where there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class MeasureResult:
    """A measure's rows, in the order of their keys, and the definition that they were counted under."""

    measure: Measure
    settings: MeasureSettings
    rows: tuple[MeasureRow, ...]


class _Asking:
    """One question under way: what the measures' own functions share."""

    def __init__(self, scope: Scope, db: Session, selection: Selection, by: Sequence[str], settings: MeasureSettings) -> None:
        self.scope, self.db, self.selection, self.by, self.settings = scope, db, selection, tuple(by), settings
        self._codes = site_codes(scope, db) if "site" in by else {}

    def keyed(self, key: Key) -> dict[str, Any]:
        """Group values by name, sites by their code."""
        return {name: self._codes[value] if name == "site" else value for name, value in zip(self.by, key, strict=True)}

    def deff(self, measure: str, stratum: str = "") -> float:
        """The network's design effect for a share of sessions."""
        span = span_of(self.selection.period, self.by)
        return get_design_effect(self.scope, self.db, measure, span, stratum)

    def proportion(self, key: Key, k: int, n: int, deff: float, excluded: Mapping[str, int] | None = None) -> MeasureRow:
        """A share of sessions with its Wilson interval on the effective number."""
        n_eff = effective_number(n, deff)
        return MeasureRow(self.keyed(key), k, n, n_eff, wilson(k, n, n_eff=n_eff) if n else None, None, excluded or {})


def fetch_measure(scope: Scope, db: Session, measure_id: str, selection: Selection, by: Sequence[str] = ()) -> MeasureResult:
    """The rows of a measure within the scope, grouped by any of its groups. Raises BadInput for an unknown measure or group."""
    if measure_id not in _ANSWERS:
        raise BadInput(f"There is no measure {measure_id!r}. The measures are: {', '.join(_ANSWERS)}.")
    groups, answer = _ANSWERS[measure_id]
    for name in by:
        if name not in groups:
            raise BadInput(f"{measure_id} cannot be shown by {name!r}; it can by: {', '.join(groups)}.")
    settings = get_settings(scope, db)
    rows = answer(_Asking(scope, db, selection, by, settings))
    return MeasureResult(MEASURES[measure_id], settings, tuple(sorted(rows, key=lambda row: tuple(map(str, row.key.values())))))


LONGEST_MONTH = 31


def span_of(period: Period, by: Sequence[str] = ()) -> str:
    """Which clusters a share rests on: within a month or less each has at most a month of one patient; a longer period is
    taken for a year, whose clusters are never too small."""
    return "month" if period.days <= LONGEST_MONTH or {"day", "week", "month"}.intersection(by) else "year"


def get_design_effect(scope: Scope, db: Session, measure_id: str, span: str, stratum: str = "") -> float:
    """The network's design effect for a share of sessions; 1 where none was estimated."""
    value = db.execute(
        text(
            "SELECT value FROM design_effect WHERE network_id = :network AND measure = :measure AND stratum = :stratum"
            " AND span = :span"
        ),
        {"network": scope.network_id, "measure": measure_id, "stratum": stratum, "span": span},
    ).scalar()
    return float(value) if value is not None else 1.0


def measure_ids() -> tuple[str, ...]:
    """Every measure that can be asked for."""
    return tuple(_ANSWERS)


def groups_of(measure_id: str) -> tuple[str, ...]:
    """What a measure can be grouped by."""
    return _ANSWERS[measure_id][0]


def _session_count(ask: _Asking) -> Iterable[MeasureRow]:
    delivered = count_cells(ask.scope, ask.db, SESSIONS, ask.selection, ask.by, where=_DELIVERED)
    everything = count_cells(ask.scope, ask.db, SESSIONS, ask.selection, ask.by)
    for key, (sessions, *_) in everything.items():
        done = delivered.get(key, (0,))[0]
        if done or "status" not in ask.by:
            yield MeasureRow(ask.keyed(key), done, None, excluded={"not delivered": sessions - done})


def _no_show_rate(ask: _Asking) -> Iterable[MeasureRow]:
    missed = count_cells(ask.scope, ask.db, SESSIONS, ask.selection, ask.by, where="c.status = 'no_show'")
    kept = count_cells(ask.scope, ask.db, SESSIONS, ask.selection, ask.by, where=f"c.status = 'no_show' OR {_DELIVERED}")
    late = count_cells(ask.scope, ask.db, SESSIONS, ask.selection, ask.by, where="c.late_cancelled > 0")
    deff = ask.deff("no_show_rate")
    for key in {*kept, *late}:
        n = kept.get(key, (0,))[0] + late.get(key, (0, 0))[1]
        yield ask.proportion(key, missed.get(key, (0,))[0], n, deff)


def _screening_coverage(ask: _Asking) -> Iterable[MeasureRow]:
    screened = count_cells(ask.scope, ask.db, SCREENINGS, ask.selection, ask.by, where=_SCREENED)
    delivered = count_cells(ask.scope, ask.db, SCREENINGS, ask.selection, ask.by)
    deff = ask.deff("screening_coverage")
    return [ask.proportion(key, screened.get(key, (0,))[0], n, deff) for key, (n,) in delivered.items()]


def _with_effects(ask: _Asking, count: int) -> tuple[dict[Key, int], dict[Key, int]]:
    """Per group the sessions (0) or events (1) with a side effect among screened sessions; and the screened sessions.

    Grouped by term the screened sessions are those of the rest of the group; otherwise any term counts.
    """
    by_rest = tuple(name for name in ask.by if name not in ("term", "severity"))
    term = "c.term <> :any" if "term" in ask.by else "c.term = :any"
    found = count_cells(
        ask.scope, ask.db, SIDE_EFFECTS, ask.selection, ask.by, where=f"{_SCREENED} AND {term}", values={"any": ANY_TERM}
    )
    screened = count_cells(ask.scope, ask.db, SCREENINGS, ask.selection, by_rest, where=_SCREENED)
    places = [ask.by.index(name) for name in by_rest]
    hits = {key: counts[count] for key, counts in found.items()}
    if len(by_rest) == len(ask.by):
        hits = {key: hits.get(key, 0) for key in screened}
    return hits, {key: screened.get(tuple(key[place] for place in places), (0,))[0] for key in hits}


def _side_effect_rate(ask: _Asking) -> Iterable[MeasureRow]:
    hits, screened = _with_effects(ask, 0)
    delivered = _unscreened(ask)
    deffs: dict[str, float] = {}
    for key, k in hits.items():
        term = str(key[ask.by.index("term")]) if "term" in ask.by else ANY_TERM
        deff = deffs.setdefault(term, ask.deff("side_effect_rate", term))
        yield ask.proportion(key, k, screened[key], deff, {"not screened": delivered(key)})


def _unscreened(ask: _Asking) -> Callable[[Key], int]:
    by_rest = tuple(name for name in ask.by if name not in ("term", "severity", "asked_how"))
    missing = count_cells(ask.scope, ask.db, SCREENINGS, ask.selection, by_rest, where="c.asked_how = ''")
    places = [ask.by.index(name) for name in by_rest]
    return lambda key: missing.get(tuple(key[place] for place in places), (0,))[0]


def _side_effect_events(ask: _Asking) -> Iterable[MeasureRow]:
    hits, screened = _with_effects(ask, 1)
    missing = _unscreened(ask)
    return [
        MeasureRow(ask.keyed(key), k, screened[key], None, event_interval(k), None, {"not screened": missing(key)})
        for key, k in hits.items()
    ]


def _serious(ask: _Asking) -> Iterable[MeasureRow]:
    term = "c.term <> :any" if "term" in ask.by else "c.term = :any"
    found = count_cells(ask.scope, ask.db, SIDE_EFFECTS, ask.selection, ask.by, where=term, values={"any": ANY_TERM})
    by_rest = tuple(name for name in ask.by if name not in ("term", "severity"))
    delivered = count_cells(ask.scope, ask.db, SCREENINGS, ask.selection, by_rest)
    places = [ask.by.index(name) for name in by_rest]
    keys = found if len(by_rest) < len(ask.by) else delivered
    for key in keys:
        k = found.get(key, (0, 0, 0))[2]
        yield MeasureRow(
            ask.keyed(key), k, delivered.get(tuple(key[p] for p in places), (0,))[0], None, event_interval(k)
        )


def _course_parts(ask: _Asking) -> dict[Key, list[CourseGroup]]:
    """Courses by the groups asked for; a group is named as a CourseGroup names it."""
    names = {"site": "site_id"}
    parts: dict[Key, list[CourseGroup]] = defaultdict(list)
    for group in fetch_course_groups(ask.scope, ask.db, ask.selection):
        parts[tuple(getattr(group, names.get(name, name)) for name in ask.by)].append(group)
    return parts


def _course_completion(ask: _Asking) -> Iterable[MeasureRow]:
    for key, groups in _course_parts(ask).items():
        cohort = cohort_of(groups)
        k, n = cohort.closed_completed, cohort.closed_started
        bounds = (cohort.lowest or 0.0, cohort.highest or 0.0) if not cohort.closed else None
        excluded = {"in cohorts not yet closed": cohort.started - cohort.closed_started}
        yield MeasureRow(ask.keyed(key), k, n, float(n), wilson(k, n) if n else None, bounds, excluded)


def _course_starts(ask: _Asking) -> Iterable[MeasureRow]:
    return [MeasureRow(ask.keyed(key), sum(g.courses for g in groups)) for key, groups in _course_parts(ask).items()]


def _course_states(ask: _Asking) -> Iterable[MeasureRow]:
    """Courses in each state, over all started courses of the rest of the group."""
    totals: dict[Key, int] = defaultdict(int)
    parts = _course_parts(ask)
    place = ask.by.index("state") if "state" in ask.by else None
    for key, groups in parts.items():
        rest = key if place is None else key[:place] + key[place + 1 :]
        totals[rest] += sum(g.courses for g in groups)
    for key, groups in parts.items():
        rest = key if place is None else key[:place] + key[place + 1 :]
        k, n = sum(g.courses for g in groups), totals[rest]
        yield MeasureRow(ask.keyed(key), k, n, float(n), wilson(k, n))


def _drop_off(ask: _Asking) -> Iterable[MeasureRow]:
    """The share of started courses of closed cohorts that reached each infusion up to the planned one."""
    by_rest = tuple(name for name in ask.by if name != "infusion")
    rest = _Asking(ask.scope, ask.db, ask.selection, by_rest, ask.settings)
    for key, groups in _course_parts(rest).items():
        closed = [g for g in groups if _is_closed_group(g, groups)]
        excluded = sum(g.courses for g in groups) - sum(g.courses for g in closed)
        for infusion in range(1, max((g.planned for g in closed), default=0) + 1):
            # Where plans differ, a course counts only up to the infusions that its own plan holds.
            among = [g for g in closed if g.planned >= infusion]
            n = sum(g.courses for g in among)
            k = sum(g.courses for g in among if g.reached >= infusion)
            yield MeasureRow(
                {**rest.keyed(key), "infusion": infusion},
                k,
                n,
                float(n),
                wilson(k, n) if n else None,
                None,
                {"in cohorts not yet closed": excluded},
            )


def _is_closed_group(group: CourseGroup, among: Sequence[CourseGroup]) -> bool:
    part = [g for g in among if (g.site_id, g.month) == (group.site_id, group.month)]
    return cohort_of(part).closed


_CELL_GROUPS = ("site", "day", "week", "month", "indication", "product", "phase")
_EFFECT_GROUPS = (*_CELL_GROUPS, "infusion", "asked_how", "term", "severity")
_COURSE_GROUPS = ("site", "month", "indication", "product")
_Answer = Callable[[_Asking], Iterable[MeasureRow]]
_ANSWERS: dict[str, tuple[tuple[str, ...], _Answer]] = {
    "session_count": ((*_CELL_GROUPS, "status"), _session_count),
    "no_show_rate": (_CELL_GROUPS, _no_show_rate),
    "course_starts": (_COURSE_GROUPS, _course_starts),
    "course_completion": (_COURSE_GROUPS, _course_completion),
    "course_states": ((*_COURSE_GROUPS, "state", "stop_reason"), _course_states),
    "drop_off": ((*_COURSE_GROUPS, "infusion"), _drop_off),
    "side_effect_rate": (_EFFECT_GROUPS, _side_effect_rate),
    "side_effect_events": (_EFFECT_GROUPS, _side_effect_events),
    "serious_side_effects": (_EFFECT_GROUPS, _serious),
    "screening_coverage": ((*_CELL_GROUPS, "infusion"), _screening_coverage),
}
