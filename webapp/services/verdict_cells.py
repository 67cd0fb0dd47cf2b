"""Verdicts counted by site, day and criterion: judged again for just the cells that a change touches, in its own transaction.

What a session meets follows from its own facts and from who was allowed to treat on its day. The first are noted by
`webapp.services.touched`; for the second the standings before a change are held against those after it, so that any cause (a record, a
correction, a programme that counts no more, two people who are one) touches exactly the days that it changes.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.queries.fact_cells import FactView
from webapp.queries.network_settings import get_settings
from webapp.queries.session_standings import SessionStandings, fetch_session_standings
from webapp.queries.session_verdicts import (
    COMPLIANCE_COUNTS,
    COMPLIANCE_KEY,
    compliance_cells,
    verdict_parameters,
)
from webapp.queries.sites import fetch_every_site_id
from webapp.services.report_marks import note_touched
from webapp.services.running_totals import replace_compliance
from webapp.services.tiers import replace_days, replace_months
from webapp.services.verdict_effects import adjust_verdict_effects, replace_verdict_effects

EVERY_DAY = "{(,)}"
TOUCHED = "touched_verdict"
_ONLY = f"AND (s.site_id, s.on_date) IN (SELECT site_id, on_date FROM {TOUCHED})"
_HERE = "s.network_id = :network AND s.superseded_by_batch_id IS NULL AND NOT s.withdrawn"


def fetch_standings(scope: Scope, db: Session) -> SessionStandings:
    """What the standings of the whole network say now, whatever sites the scope names."""
    whole = replace(scope, site_ids=fetch_every_site_id(scope, db))
    settings = get_settings(whole, db)
    view = FactView(whole.network_id, settings.late_cancel_hours)
    return fetch_session_standings(whole, db, settings, view, None)


@contextmanager
def judged_again(scope: Scope, db: Session) -> Iterator[None]:
    """Whatever the block changes about who was allowed to treat, the touched cells are counted again, and stored reports looked at again.

    The caller holds the network's lock.
    """
    before = fetch_standings(scope, db)
    yield
    begin(scope, db)
    after = fetch_standings(scope, db)
    touch_changed(scope, db, before, after)
    if rebuild(scope, db, after):
        adjust_verdict_effects(scope, db, get_settings(scope, db), TOUCHED, before, after)
        note_touched(scope, db, f"SELECT site_id, on_date FROM {TOUCHED}")


def judge_everything(scope: Scope, db: Session) -> None:
    """Judge every session again: for a change of the thresholds, or after an update that judges otherwise."""
    begin(scope, db)
    statement = f"INSERT INTO {TOUCHED} SELECT DISTINCT s.site_id, s.on_date FROM session_version s WHERE s.network_id = :network"
    db.execute(text(statement), {"network": scope.network_id})
    for table in ("compliance_day", "compliance_month", "compliance_total"):
        db.execute(text(f"DELETE FROM {table} WHERE network_id = :network"), {"network": scope.network_id})
    rebuild(scope, db)
    replace_effects(scope, db)


def begin(scope: Scope, db: Session) -> None:
    """Start with no cell touched."""
    db.execute(text(f"DROP TABLE IF EXISTS pg_temp.{TOUCHED}"))
    columns = "site_id uuid, on_date date, PRIMARY KEY (site_id, on_date)"
    db.execute(text(f"CREATE TEMPORARY TABLE {TOUCHED} ({columns}) ON COMMIT DROP"))


def touch_changed(scope: Scope, db: Session, before: SessionStandings, after: SessionStandings) -> None:
    """Touch the days on which a site or a person is judged otherwise than before, where they had sessions."""
    sites = _changed(_by_site(before), _by_site(after))
    people = _changed(_by_person(before), _by_person(after))
    if sites:
        values = {"network": scope.network_id, **_arrays(sites)}
        db.execute(text(_TOUCH_SITES), values)
    if people:
        values = {"network": scope.network_id, **_arrays(people)}
        for column in ("administered_by_id", "supervised_by_id"):
            db.execute(text(_TOUCH_PEOPLE.format(column=column)), values)


def rebuild(scope: Scope, db: Session, standings: SessionStandings | None = None) -> bool:
    """Count the touched cells again, both tiers; says whether there was any. standings: as they are now, where that is known already."""
    db.execute(text(f"ANALYZE {TOUCHED}"))
    if db.execute(text(f"SELECT 1 FROM {TOUCHED} LIMIT 1")).scalar() is None:
        return False
    cells, values = cells_now(scope, db, _ONLY, standings)
    replace_days(scope, db, "compliance", cells, COMPLIANCE_KEY + COMPLIANCE_COUNTS, values, TOUCHED)
    replace_months(scope, db, "compliance", COMPLIANCE_KEY, COMPLIANCE_COUNTS, TOUCHED)
    replace_compliance(scope, db, TOUCHED)
    return True


def replace_effects(scope: Scope, db: Session) -> None:
    """Estimate the design effect of each criterion again, from the facts and the standings as they are."""
    replace_verdict_effects(scope, db, get_settings(scope, db), fetch_standings(scope, db))


def cells_now(
    scope: Scope, db: Session, only: str = "", standings: SessionStandings | None = None
) -> tuple[str, dict[str, object]]:
    """The cells from the facts as they stand, as a statement with its bound values."""
    settings = get_settings(scope, db)
    view = FactView(scope.network_id, settings.late_cancel_hours)
    standings = standings or fetch_standings(scope, db)
    return compliance_cells(view, standings, only), {**view.parameters, **verdict_parameters(settings, standings)}


_DAYS = (
    "(SELECT t.subject, CASE WHEN t.was IS NULL OR t.now IS NULL THEN CAST(:every AS datemultirange)"
    " ELSE (CAST(t.was AS datemultirange) + CAST(t.now AS datemultirange))"
    " - (CAST(t.was AS datemultirange) * CAST(t.now AS datemultirange)) END AS days"
    " FROM unnest(CAST(:subjects AS uuid[]), CAST(:was AS text[]), CAST(:now AS text[])) AS t(subject, was, now) OFFSET 0)"
)
"""The days on which one of two sets of days holds and the other does not; every day where there was no record before or is none now."""
_ON_THEM = "s.on_date >= coalesce(lower(d.days), '-infinity') AND s.on_date <= coalesce(upper(d.days), 'infinity') AND s.on_date <@ d.days"
"""Between the first and the last of them, which an index finds, and then on one of them."""
_TOUCH_SITES = (
    f"INSERT INTO {TOUCHED} SELECT DISTINCT s.site_id, s.on_date FROM {_DAYS} d JOIN session_version s ON s.site_id = d.subject"
    f" AND {_ON_THEM} WHERE {_HERE} ON CONFLICT DO NOTHING"
)
_TOUCH_PEOPLE = (
    f"INSERT INTO {TOUCHED} SELECT DISTINCT s.site_id, s.on_date FROM {_DAYS} d JOIN session_version s ON s.{{column}} = d.subject"
    f" AND {_ON_THEM} WHERE {_HERE} ON CONFLICT DO NOTHING"
)

_Said = Mapping[tuple[UUID, str], str | None]


def _changed(before: _Said, after: _Said) -> list[tuple[UUID, str | None, str | None]]:
    """(subject, its lapsed days before, and now) wherever they differ; a subject of another state is another one."""
    keys = sorted({*before, *after}, key=str)
    return [
        (key[0], before.get(key), after.get(key))
        for key in keys
        if before.get(key) != after.get(key) or (key in before) != (key in after)
    ]


def _arrays(changed: list[tuple[UUID, str | None, str | None]]) -> dict[str, object]:
    subjects, was, now = zip(*changed, strict=True)
    return {"subjects": list(subjects), "was": list(was), "now": list(now), "every": EVERY_DAY}


def _by_site(standings: SessionStandings) -> _Said:
    names = {number: name or "" for name, number in standings.state_names.items()}
    values = standings.parameters
    sites, states, lapses = (values[key] for key in ("standing_sites", "standing_states", "standing_site_lapses"))
    rows = zip(sites, states, lapses, strict=True)  # type: ignore[call-overload]  # three lists of one length
    return {(site, names[state]): said for site, state, said in rows}


def _by_person(standings: SessionStandings) -> _Said:
    names = {number: name or "" for name, number in standings.state_names.items()}
    values = standings.parameters
    people, states, lapses = (
        values[key] for key in ("standing_people", "standing_people_states", "standing_people_lapses")
    )
    rows = zip(people, states, lapses, strict=True)  # type: ignore[call-overload]  # three lists of one length
    return {(person, names[state]): said for person, state, said in rows}
