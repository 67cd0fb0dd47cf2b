"""One self-test from its beginning to its dated line: due once a night, filed whatever it finds, never changed afterwards."""

import json
import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from uuid import UUID, uuid4

from flask import current_app
from redis import Redis
from sqlalchemy import text

from webapp.domain.self_test import Fault, Outcome, is_due
from webapp.domain.vocabulary import Role
from webapp.migrations import FOLDER
from webapp.queries.self_tests import find_newest
from webapp.services import audit, people
from webapp.services.audit import PLATFORM
from webapp.services.self_test import canaries
from webapp.services.self_test.canaries import OPERATOR, ROLES, Canary
from webapp.services.self_test.questions import declared_doors
from webapp.services.self_test.sweep import Sweep
from webapp.transactions import reading, unit_of_work

log = logging.getLogger(__name__)

LOCK, LOCK_SECONDS = "dripline:self-test", 900
MOST_FAULTS = 200
EVERYBODY = (*ROLES, Role.OPERATOR)
Clock = Callable[[], datetime]


def run_if_due(clock: Clock) -> UUID | None:
    """The night's test, unless it is filed already or another worker is at it; its id."""
    platform = people.network_scope(PLATFORM)
    with reading(platform) as db:
        newest = find_newest(platform, db)
    if not is_due(clock(), newest.started_at if newest else None, bool(newest and newest.passed)):
        return None
    server = Redis.from_url(str(current_app.config["REDIS_URL"]), socket_timeout=2, socket_connect_timeout=2)
    if not server.set(LOCK, "running", nx=True, ex=LOCK_SECONDS):
        return None
    try:
        return run(clock)
    finally:
        server.delete(LOCK)


def run(clock: Clock) -> UUID | None:
    """One test, filed; None while the canaries are still being made by the workers, which the next ring finds done."""
    pair = canaries.ensure(clock())
    if pair is None:
        log.info("the canary networks of the self-test are being made; it is tried again at the next ring")
        return None
    return file(carry_out(pair, clock()), clock())


def carry_out(pair: tuple[Canary, Canary], now: datetime, roles: Collection[Role] = EVERYBODY) -> Outcome:
    """Ask everything, as both networks' people of these roles and as the operator."""
    sweep = new_sweep()
    for own, other in (pair, pair[::-1]):
        with _fault_if_broken_off(sweep):
            sweep.over_tables(own, other)
            try:
                passwords = canaries.open_accounts(own, now)
                sweep.as_everybody(own, other, {role: passwords[role] for role in roles if role in passwords})
            finally:
                canaries.close_accounts(*own.accounts.values())
    if Role.OPERATOR in roles:
        with _fault_if_broken_off(sweep):
            try:
                sweep.as_operator(*pair, OPERATOR, canaries.open_operator(now))
            finally:
                canaries.close_accounts(OPERATOR)
    return outcome_of(sweep, now)


@contextmanager
def _fault_if_broken_off(sweep: Sweep) -> Iterator[None]:
    """An error of the test itself is a fault like any other: a test that breaks off has not passed, and says so in its line."""
    try:
        yield
    except Exception as error:
        log.exception("the self-test broke off")
        sweep.faults.append(Fault("the test itself", "", f"broke off: {type(error).__name__}"))


def new_sweep() -> Sweep:
    """A sweep of the web server that this installation is served by."""
    public = str(current_app.config["BASE_URL"])
    return Sweep(str(current_app.config.get("SELF_TEST_URL") or public), public)


def outcome_of(sweep: Sweep, started_at: datetime) -> Outcome:
    """What a sweep comes to: a declared door that it did not try is a fault."""
    asked = {door: sweep.asked[door] for door in declared_doors()}
    not_tried = [Fault(door, "", "was not tried") for door, many in asked.items() if not many]
    return Outcome(started_at, asked, len(sweep.tables), (*not_tried, *dict.fromkeys(sweep.faults)))


def file(outcome: Outcome, now: datetime) -> UUID:
    """Keep the outcome as one more dated line, and take it down in the platform's audit trail; returns its id."""
    test_id = uuid4()
    record = {
        "doors": dict(sorted(outcome.asked.items())),
        "faults": [[one.door, one.who, one.wording] for one in outcome.faults[:MOST_FAULTS]],
        "more_faults": max(0, len(outcome.faults) - MOST_FAULTS),
    }
    with unit_of_work(people.network_scope(PLATFORM)) as db:
        db.execute(
            text(
                "INSERT INTO self_test (id, started_at, finished_at, passed, doors_declared, doors_tried, questions, tables_read,"
                " product_version, schema_version, record) VALUES (:id, :started, :finished, :passed, :declared, :tried, :questions,"
                " :tables, :product, :schema, CAST(:record AS jsonb))"
            ),
            {
                "id": test_id,
                "started": outcome.started_at,
                "finished": now,
                "passed": outcome.passed,
                "declared": outcome.declared,
                "tried": outcome.tried,
                "questions": sum(outcome.asked.values()),
                "tables": outcome.tables,
                "product": version("dripline"),
                "schema": max(path.name[:4] for path in (FOLDER / "versions").glob("0*.py")),
                "record": json.dumps(record),
            },
        )
    said = f"self-test of the isolation: {outcome.tried} of {outcome.declared} doors tried"
    audit.platform_event("file", said, "done" if outcome.passed else "failed")
    return test_id
