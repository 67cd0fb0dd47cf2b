"""Schedules: which reports a network wants, and when."""

from datetime import date, datetime, time
from uuid import UUID, uuid4

from sqlalchemy import text

from webapp.domain.scope import Scope
from webapp.transactions import unit_of_work

SITE_MONTH = "site_month"
MONTHLY = "monthly"
DUE_DAY = 1
DUE_TIME = time(6, 0)

_FIND = text(
    "SELECT id FROM schedule WHERE network_id = :network AND kind = :kind AND cadence = :cadence AND site_ids IS NULL"
    " AND ends_on IS NULL ORDER BY created_at, id LIMIT 1"
)


def ensure_monthly(scope: Scope, starts_on: date, now: datetime) -> UUID:
    """The network's monthly site report: on the first of the month after, 06:00 of each site's own clocks, for every site.

    Made once; asked again it is returned as it is, whatever `starts_on` says then.
    """
    values = {"network": scope.network_id, "kind": SITE_MONTH, "cadence": MONTHLY}
    with unit_of_work(scope) as db:
        db.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:network, 2))"), {"network": str(scope.network_id)}
        )
        found: UUID | None = db.execute(_FIND, values).scalar()
        if found is not None:
            return found
        schedule_id = uuid4()
        db.execute(
            text(
                "INSERT INTO schedule (network_id, id, name, kind, cadence, due_day, due_time, starts_on, created_at, created_by)"
                " VALUES (:network, :id, 'Monthly report', :kind, :cadence, :due_day, :due_time, :starts_on, :now, :by)"
            ),
            {
                **values,
                "id": schedule_id,
                "due_day": DUE_DAY,
                "due_time": DUE_TIME,
                "starts_on": starts_on,
                "now": now,
                "by": scope.user_id,
            },
        )
    return schedule_id
