"""HTTP only: parse, call one service or query, answer."""

from flask import Flask

from webapp.access import current_viewer
from webapp.views import (
    accreditation,
    assessments,
    audit,
    compression,
    credentials,
    data,
    evidence,
    exceptions,
    exports,
    findings,
    frame,
    headers,
    health,
    isolation,
    messages,
    programmes,
    reminders,
    report_calendar,
    report_issues,
    reports,
    saved_views,
    schedules,
    sign_in,
    status,
    survey,
    tracer,
)


def install(app: Flask) -> None:
    """Put every plain page, and what all answers share, into the application."""
    compression.install(app)
    headers.install(app)
    frame.install(app, current_viewer)
    messages.install(app, current_viewer)
    for view in (
        accreditation,
        assessments,
        audit,
        credentials,
        data,
        evidence,
        exceptions,
        exports,
        findings,
        health,
        isolation,
        programmes,
        report_calendar,
        report_issues,
        reminders,
        reports,
        saved_views,
        schedules,
        sign_in,
        status,
        survey,
        tracer,
    ):
        app.register_blueprint(view.blueprint)
