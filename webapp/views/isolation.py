"""The filed self-tests of the isolation: dated lines that the officer can open and show."""

from uuid import UUID

from flask import Blueprint, render_template

from webapp.access import current_scope
from webapp.domain.doors import PAGES, ROUTES
from webapp.presentation import formats
from webapp.presentation.doors_page import WORDS
from webapp.presentation.navigation import DASHBOARDS, ROLE_LABELS
from webapp.queries.self_tests import FiledRecord, fetch_tests, get_test, trouble_with_isolation
from webapp.services.clock import now
from webapp.transactions import reading

blueprint = Blueprint("isolation", __name__, url_prefix="/isolation")


@blueprint.get("")
def index() -> str:
    """The nights, newest first."""
    scope = current_scope()
    with reading(scope) as db:
        tests = fetch_tests(scope, db)
    return render_template(
        "self_test/index.html",
        heading="Isolation test",
        tests=tests,
        trouble=trouble_with_isolation(tests[0] if tests else None, now().date()),
        formats=formats,
    )


@blueprint.get("/<uuid:test_id>")
def show(test_id: UUID) -> str:
    """One of them: what failed, and every door with how often it was asked."""
    scope = current_scope()
    with reading(scope) as db:
        record = get_test(scope, db, test_id)
    return render_template(
        "self_test/show.html",
        heading=f"Isolation test of {formats.day(record.line.started_at.date())}",
        record=record,
        line=record.line,
        faults=[(one.door, _door(one.door), _who(one.who), one.wording) for one in record.faults],
        doors=_doors(record),
        formats=formats,
    )


def _doors(record: FiledRecord) -> list[tuple[str, str, int]]:
    return [(name, _door(name), many) for name, many in sorted(record.doors.items())]


def _door(name: str) -> str:
    """A door in words; its declared name where nobody said any."""
    if name in ROUTES:
        return WORDS.get(name, name)
    key = name.rpartition("/")[2].strip()
    if name.startswith(DASHBOARDS) and key in PAGES:
        return f"the numbers of the page {key}" if " " in name else f"the page {key}"
    return name


def _who(role: str) -> str:
    return next((label for each, label in ROLE_LABELS.items() if each == role), role)
