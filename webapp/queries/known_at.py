"""The facts as they were known at another instant: the same definitions over the versions in force then."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.queries.course_facts import judge_courses
from webapp.queries.fact_cells import FactView
from webapp.queries.network_settings import get_settings


def view_known_at(scope: Scope, db: Session, known_at: datetime) -> FactView:
    """A view of what had been recorded by that instant. Infusion numbers are worked out again from the facts of then."""
    version = db.execute(
        text("SELECT coalesce(max(data_version), 0) FROM import_batch WHERE network_id = :network AND recorded_at <= :known_at"),
        {"network": scope.network_id, "known_at": known_at},
    ).scalar_one()
    view = FactView(scope.network_id, get_settings(scope, db).late_cancel_hours, data_version=version)
    places = [place for course in judge_courses(db, view) for spell in course.spells for place in spell.places]
    return replace(
        view, place_sessions=[session for session, _ in places], place_infusions=[infusion for _, infusion in places]
    )
