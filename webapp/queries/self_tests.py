"""The filed results of the isolation's self-test. They are of no one network: every network's officer reads the same lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.errors import NotFound
from webapp.domain.scope import Scope
from webapp.domain.self_test import OVERDUE_DAYS, Fault

MOST = 400
_COLUMNS = "id, started_at, finished_at, passed, doors_declared, doors_tried, questions, tables_read, product_version, schema_version"


@dataclass(frozen=True, slots=True)
class FiledTest:
    """One filed test."""

    id: UUID
    started_at: datetime
    finished_at: datetime
    passed: bool
    declared: int
    tried: int
    questions: int
    tables: int
    product_version: str
    schema_version: str


@dataclass(frozen=True, slots=True)
class FiledRecord:
    """A test with everything it took down. more_faults: how many faults were found beyond those listed."""

    line: FiledTest
    doors: Mapping[str, int]
    faults: tuple[Fault, ...]
    more_faults: int


def fetch_tests(_scope: Scope, db: Session, limit: int = MOST) -> list[FiledTest]:
    """The newest, newest first."""
    statement = text(f"SELECT {_COLUMNS} FROM self_test ORDER BY started_at DESC, id LIMIT :limit")
    return [FiledTest(*row) for row in db.execute(statement, {"limit": limit})]


def find_newest(scope: Scope, db: Session) -> FiledTest | None:
    """The newest; None before the first."""
    return next(iter(fetch_tests(scope, db, 1)), None)


def get_test(_scope: Scope, db: Session, test_id: UUID) -> FiledRecord:
    """One with its record. Raises NotFound."""
    statement = text(f"SELECT {_COLUMNS}, record FROM self_test WHERE id = :id")
    row: Any = db.execute(statement, {"id": test_id}).one_or_none()
    if row is None:
        raise NotFound("No such self-test has been filed.")
    record = row[-1]
    faults = tuple(Fault(*told) for told in record["faults"])
    return FiledRecord(FiledTest(*row[:-1]), record["doors"], faults, record["more_faults"])


def trouble_with_isolation(newest: FiledTest | None, today: date) -> str | None:
    """What to say of the newest test where it failed or is overdue; None where it passed lately."""
    if newest is None:
        return None
    if not newest.passed:
        return (
            f"The isolation self-test failed: {newest.tried} of {newest.declared} doors were tried, and not all held."
        )
    if (today - newest.started_at.date()).days > OVERDUE_DAYS:
        return "No isolation self-test has been filed for more than two days."
    return None
