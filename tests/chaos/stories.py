"""What happens to a network, whoever falls meanwhile: it is told once quietly, and under each fault; both must end alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import text

from tests.making import store
from tests.reporting import run_ids, seen_by_lead, sessions
from webapp.domain.periods import add_months
from webapp.domain.scope import Scope
from webapp.presentation.report_document import ReportDocument
from webapp.services import report_holds
from webapp.transactions import unit_of_work

RELEASED_BY_DATA, RELEASED_BY_A_PERSON, RELEASED_BY_THE_DEADLINE = "RIV", "NGT", "EST"
EXPECTED_SESSIONS = 20
CHANGED = ("RIV", "NGT")
LONG_DAYS = 60
"""How long a report may be held: beyond any day of the month in which this is played."""

Key = tuple[str, date, int]
"""A site's code, the first day of the month, and the issue."""
Quiet = Mapping[Key, ReportDocument]
"""What each report and issue says where nothing went wrong."""
DUE_WITHIN = timedelta(days=2)
"""After a month's end in UTC its reports are due in the morning of the 1st, by each site's own clock."""
Step = Callable[[Scope, datetime], None]


def nothing(_scope: Scope, _now: datetime) -> None:
    """Nothing happens."""


@dataclass(frozen=True)
class Story:
    """A network whose reports of three months are due, and what comes to it.

    begins: before the first report is made. comes: once all that can be made then is made. issued_again: the sites whose newest
    month has a second issue at the end.
    """

    begins: Step = nothing
    comes: Step = nothing
    issued_again: frozenset[str] = frozenset()


def newest_month(now: datetime) -> date:
    """The first day of the newest month whose reports are due at every site: those of a month that ended today may not be."""
    return add_months((now - DUE_WITHIN).date().replace(day=1), -1)


def late_sessions(scope: Scope, now: datetime, *codes: str, many: int = EXPECTED_SESSIONS) -> None:
    """Further sessions of the newest month, in one batch: so many as a site expected of all of it, unless told otherwise."""
    first = newest_month(now)
    rows = [
        {
            **row,
            "key": f"late-{code}-{n}",
            "on_date": first + timedelta(days=n),
            "started_on": first + timedelta(days=n),
            "started_at": datetime(first.year, first.month, n + 1, 19, tzinfo=UTC),
        }
        for code in codes
        for n, row in enumerate(sessions(code, first, many))
    ]
    store(scope, {"sessions": rows}, now)


def fewer_than_expected(scope: Scope, now: datetime) -> None:
    """Each site says how many sessions it held in the newest month: more than have come."""
    values = {"network": scope.network_id, "start": newest_month(now), "end": add_months(newest_month(now), 1)}
    with unit_of_work(scope) as db:
        db.execute(
            text("UPDATE schedule SET hold_days = :days WHERE network_id = :network"), {**values, "days": LONG_DAYS}
        )
        db.execute(
            text(
                "INSERT INTO expected_sessions (network_id, site_id, starts_on, ends_on, sessions, declared_at, declared_by)"
                " SELECT network_id, id, :start, :end, :many, :now, :by FROM site WHERE network_id = :network"
            ),
            {**values, "many": EXPECTED_SESSIONS, "now": now, "by": uuid4()},
        )


def data_come(scope: Scope, now: datetime) -> None:
    """What one site's held report waits for."""
    late_sessions(scope, now, RELEASED_BY_DATA)


def deadline_passes(scope: Scope, now: datetime) -> None:
    """One site's held report has waited for as long as it may."""
    with unit_of_work(scope) as db:
        db.execute(
            text(
                "UPDATE report_run SET held_until = :past WHERE network_id = :network AND id = ANY (:runs) AND state = 'held'"
            ),
            {
                "network": scope.network_id,
                "runs": run_ids(scope, RELEASED_BY_THE_DEADLINE),
                "past": now - timedelta(days=1),
            },
        )


def person_releases(scope: Scope, now: datetime) -> None:
    """A site lead lets their own held report go."""
    report_holds.release(*release_wanted(scope), now)


def release_wanted(scope: Scope) -> tuple[Scope, UUID]:
    """Who lets which held report go."""
    return seen_by_lead(scope, RELEASED_BY_A_PERSON), run_ids(scope, RELEASED_BY_A_PERSON)[-1]


def all_are_released(scope: Scope, now: datetime) -> None:
    """The data come first, so that whatever is made afterwards is made of them."""
    data_come(scope, now)
    person_releases(scope, now)
    deadline_passes(scope, now)


def sealed_months_change(scope: Scope, now: datetime) -> None:
    """Late data of two sites change what their newest reports say."""
    late_sessions(scope, now, *CHANGED)


def and_change_again(scope: Scope, now: datetime) -> None:
    """Still more of them come before the second issue is made."""
    late_sessions(scope, now, *CHANGED, many=EXPECTED_SESSIONS + 2)


def all_changes(scope: Scope, now: datetime) -> None:
    """Whatever was there when a second issue was entered, it is made of all the data."""
    sealed_months_change(scope, now)
    and_change_again(scope, now)


DUE = Story()
HELD = Story(fewer_than_expected, all_are_released)
RESTATED = Story(comes=all_changes, issued_again=frozenset(CHANGED))
