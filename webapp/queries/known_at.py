"""The facts as they were known at another instant: the same definitions over the versions in force then."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.queries.course_facts import judge_courses
from webapp.queries.fact_cells import FactView
from webapp.queries.network_settings import get_settings


def versions_known_at(scope: Scope, db: Session, known_at: datetime) -> FactView:
    """A view of the versions in force at that instant, without infusion numbers."""
    batches = db.execute(
        text("SELECT id, data_version FROM import_batch WHERE network_id = :network AND recorded_at <= :known_at"),
        {"network": scope.network_id, "known_at": known_at},
    ).all()
    version = max((version for _, version in batches), default=0)
    notice = get_settings(scope, db).late_cancel_hours
    known = [batch for batch, _ in batches]
    return FactView(scope.network_id, notice, data_version=version, known_batches=known, known_at=known_at)


def view_known_at(scope: Scope, db: Session, known_at: datetime) -> FactView:
    """A view of what had been recorded by that instant. Infusion numbers are worked out again from the facts of then."""
    view = versions_known_at(scope, db, known_at)
    places = [place for course in judge_courses(db, view) for spell in course.spells for place in spell.places]
    return replace(
        view, place_sessions=[session for session, _ in places], place_infusions=[infusion for _, infusion in places]
    )
