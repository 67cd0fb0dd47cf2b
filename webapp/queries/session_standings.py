"""Who was allowed to treat on which days, worked out once by the pure functions and handed to SQL as arrays.

One row a site and one a (person, state), each with the days on which it was recorded and not valid as one `datemultirange`: sessions
then find theirs by an equality join, whatever their number.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.domain.accreditation import StandingRecord, answer_on, spans_known_at, standing_records
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings
from webapp.domain.validity import Run, best_standing, known_lapsed_since, lapsed_runs
from webapp.domain.vocabulary import Standing
from webapp.queries.fact_cells import FactView
from webapp.queries.standing_records import fetch_credential_records, fetch_site_records
from webapp.transactions import ask

Histories = Sequence[Sequence[StandingRecord]]
"""The records of subjects of which one valid one is enough."""


@dataclass(frozen=True, slots=True)
class SessionStandings:
    """What the standing of sites and people says about sessions, as known at an instant.

    sites: the histories of the programmes that count, by site. people: the histories of the licences that allow the work, by person
    and number of the state. states: the number of each site's state. state_names: the number of each state by its name.
    """

    known_at: datetime | None
    states: Mapping[UUID, int]
    sites: Mapping[UUID, Histories]
    people: Mapping[tuple[UUID, int], Histories] = field(default_factory=dict)
    state_names: Mapping[str | None, int] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, object]:
        """The bound values of `joins`."""
        people = list(self.people)
        return {
            "standing_sites": list(self.states),
            "standing_states": list(self.states.values()),
            "standing_site_lapses": [_lapses(self.sites.get(site), self.known_at) for site in self.states],
            "standing_people": [person for person, _ in people],
            "standing_people_states": [state for _, state in people],
            "standing_people_lapses": [_lapses(self.people[key], self.known_at) for key in people],
        }

    @property
    def joins(self) -> str:
        """Joins after a session version `s`: `h` its site, `a` and `p` its administering and supervising person.

        Each has `lapses` (datemultirange): the days recorded as not valid; NULL where nothing is recorded.
        """
        return (
            " LEFT JOIN (SELECT t.site_id, t.state, CAST(t.lapses AS datemultirange) AS lapses FROM unnest("
            "CAST(:standing_sites AS uuid[]), CAST(:standing_states AS integer[]), CAST(:standing_site_lapses AS text[]))"
            " AS t(site_id, state, lapses) OFFSET 0) h ON h.site_id = s.site_id"
            f" LEFT JOIN ({_PEOPLE}) a ON a.person_id = s.administered_by_id AND a.state = h.state"
            f" LEFT JOIN ({_PEOPLE}) p ON p.person_id = s.supervised_by_id AND p.state = h.state"
        )

    def of_person(self, person_id: UUID | None, site_id: UUID) -> Histories:
        """The histories that count for a person at a site; empty where nothing is recorded."""
        return () if person_id is None else self.people.get((person_id, self.states.get(site_id, 0)), ())

    def standing_of(self, histories: Histories, on: date) -> Standing:
        """The most favourable standing on that day."""
        return best_standing(answer_on(spans_known_at(records, self.known_at), on).standing for records in histories)

    def known_since(self, histories: Histories, on: date) -> datetime | None:
        """Since when the records say that nothing was valid on that day."""
        return known_lapsed_since(histories, on, self.known_at)


_PEOPLE = (
    "SELECT t.person_id, t.state, CAST(t.lapses AS datemultirange) AS lapses FROM unnest(CAST(:standing_people AS uuid[]),"
    " CAST(:standing_people_states AS integer[]), CAST(:standing_people_lapses AS text[])) AS t(person_id, state, lapses) OFFSET 0"
)
"""OFFSET 0 keeps the planner from reading the text of the days again for every session."""


def fetch_session_standings(
    scope: Scope, db: Session, settings: MeasureSettings, view: FactView, known_at: datetime | None
) -> SessionStandings:
    """The standings that sessions of the scope's sites are held against."""
    state_names, states = _site_states(scope, db, view)
    sites: dict[UUID, list[list[StandingRecord]]] = defaultdict(list)
    for (site_id, _), records in fetch_site_records(scope, db, counting=True, known_at=known_at).items():
        if standing_records(records, known_at):
            sites[site_id].append(records)
    people: dict[tuple[UUID, int], list[list[StandingRecord]]] = defaultdict(list)
    licences = fetch_credential_records(scope, db, kinds=settings.licence_kinds, known_at=known_at)
    for (person_id, _, state), records in licences.items():
        if not standing_records(records, known_at):
            continue
        for number in state_names.values() if state is None else filter(None, (state_names.get(state),)):
            people[person_id, number].append(records)
    return SessionStandings(known_at, states, sites, people, state_names)


def _site_states(scope: Scope, db: Session, view: FactView) -> tuple[dict[str | None, int], dict[UUID, int]]:
    """Each state's number (from 1), and by site the number of its own."""
    rows = ask(
        db,
        f"SELECT v.site_id, v.state FROM site_version v WHERE {view.current('v')} AND v.site_id = ANY (:sites)",
        {**view.parameters, "sites": list(scope.site_ids)},
    )
    numbers: dict[str | None, int] = {}
    states = {site_id: numbers.setdefault(state, len(numbers) + 1) for site_id, state in rows}
    return numbers, states


def _lapses(histories: Histories | None, known_at: datetime | None) -> str | None:
    if not histories:
        return None
    return multirange(lapsed_runs([spans_known_at(records, known_at) for records in histories]))


def multirange(runs: Iterable[Run]) -> str:
    """Runs of days as PostgreSQL writes a datemultirange."""
    return "{" + ",".join(f"[{_start(run.first)},{_end(run.last)})" for run in runs) + "}"


def _start(day: date) -> str:
    return "" if day == date.min else day.isoformat()


def _end(last: date | None) -> str:
    return "" if last is None or last == date.max else (last + timedelta(days=1)).isoformat()
