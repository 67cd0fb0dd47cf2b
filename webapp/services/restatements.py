"""Restatement: where newer data change a stored report beyond the network's threshold, a further issue is made by itself.

Data only: a threshold set otherwise or a site called otherwise changes no sealed month by itself. Reports are held against newer
data under the thresholds and names of their own time; a further issue is made under today's, and says which of them changed.
The issue before stays as it is and can be downloaded; it is marked as superseded by there being a later one.
"""

import logging
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp import faults
from webapp.domain.scope import Scope
from webapp.presentation.report_changes import numbers_changed
from webapp.presentation.report_document import from_json
from webapp.queries.network_settings import get_settings
from webapp.queries.report_reviews import MOST_TRIES, StoredIssue, fetch_to_review
from webapp.services import audit, outbox, people, report_entry, report_making, run_queue
from webapp.services.run_queue import REPORT
from webapp.transactions import reading, unit_of_work

log = logging.getLogger(__name__)

AT_ONCE = 20
"""Reports looked at in one ring of the bell and network: each is read anew, which takes a part of a second."""


def review(now: datetime) -> int:
    """Look at what newer data touch, in every network; returns how many further issues were entered.

    One of the few functions that go across networks; each is worked on in its own scope.
    """
    entered = 0
    for network_id in people.fetch_network_ids():
        try:
            entered += review_network(people.network_scope(network_id), now)
        except Exception:
            log.exception("the stored reports of network %s could not be reviewed; the others go on", network_id)
    return entered


def review_network(scope: Scope, now: datetime, most: int = AT_ONCE) -> int:
    """Read the touched reports of one network again and compare; returns how many further issues were entered.

    One that cannot be read again or compared leaves the others alone: each is tried on its own, so many times, and says why.
    """
    with reading(scope) as db:
        touched = fetch_to_review(scope, db, most)
    return sum(_tried(scope, each, now) for each in touched)


def _tried(scope: Scope, stored: StoredIssue, now: datetime) -> bool:
    """One look, counted before it begins: what kills the process is counted too."""
    attempt = _count_attempt(scope, stored)
    faults.reached("restate.1.counted")
    try:
        return _reviewed(scope, stored, now)
    except Exception:
        reference = uuid4().hex[:12]
        log.exception(
            "the stored report %s could not be reviewed, attempt %d, reference %s", stored.run_id, attempt, reference
        )
        reason = f"An error of ours. Attempt {attempt} of {MOST_TRIES}; reference {reference}."
        with unit_of_work(scope) as db:
            db.execute(
                text("UPDATE report_run SET review_reason = :reason WHERE network_id = :network AND id = :run"),
                {"network": scope.network_id, "run": stored.run_id, "reason": reason},
            )
        return False


def _count_attempt(scope: Scope, stored: StoredIssue) -> int:
    """Enter one more try under the data version there is; returns how many that makes."""
    with unit_of_work(scope) as db:
        attempts: int = db.execute(
            text(
                "UPDATE report_run SET review_tried_version = :version, review_attempts ="
                " CASE WHEN review_tried_version = :version THEN review_attempts + 1 ELSE 1 END"
                " WHERE network_id = :network AND id = :run RETURNING review_attempts"
            ),
            {"network": scope.network_id, "run": stored.run_id, "version": stored.network_version},
        ).scalar_one()
    return attempts


def _reviewed(scope: Scope, stored: StoredIssue, now: datetime) -> bool:
    before = from_json(stored.document)
    after = report_making.read_again(scope, stored.run_id, before)
    faults.reached("restate.2.read")
    changed = numbers_changed(before, after)
    with unit_of_work(scope) as db:
        settings = get_settings(scope, db)
        beyond = [each for each in changed if each.is_at_least(settings.restate_count, settings.restate_share)]
        # What is below the threshold stays marked: whoever asks for the report by hand gets it with those numbers. What an import
        # touches in the meantime has a newer data version, and is looked at once more.
        db.execute(
            text(
                "UPDATE report_run SET reviewed_version = :version, reviewed_records_at = :records_at,"
                " review_attempts = 0, review_reason = NULL,"
                " review_since = CASE WHEN :same THEN NULL ELSE coalesce(review_since, :now) END"
                " WHERE network_id = :network AND id = :run AND reviewed_version IS NOT DISTINCT FROM :seen"
            ),
            {
                "network": scope.network_id,
                "run": stored.run_id,
                "version": stored.network_version,
                "records_at": stored.records_at,
                "seen": stored.reviewed_version,
                "same": not changed,
                "now": now,
            },
        )
        further = _enter_further(scope, db, stored, now) if beyond else None
        if further is None:
            return False
        run_queue.enter(scope, db, REPORT, [further])
        outbox.ring(scope, db, [further], now)
        details = {"numbers_changed": len(changed), "beyond_threshold": len(beyond)}
        audit.record_within(scope, db, "restate a report", f"report run {further}", details=details)
        faults.reached("restate.3.entered")
    faults.reached("restate.4.committed")
    run_queue.reopen([further])
    return True


def _enter_further(scope: Scope, db: Session, stored: StoredIssue, now: datetime) -> UUID | None:
    """The issue after, in the product's own name: nobody asked for it, and nobody cancels it."""
    return report_entry.enter_next_issue(scope, db, stored.run_id, now, requested_by=people.SYSTEM_USER)
