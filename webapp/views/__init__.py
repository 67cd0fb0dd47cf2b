"""HTTP only: parse, call one service or query, answer."""

from flask import Flask

from webapp.access import current_viewer
from webapp.views import accreditation, compression, data, exports, frame, headers, health, messages, reports, sign_in


def install(app: Flask) -> None:
    """Put every plain page, and what all answers share, into the application."""
    compression.install(app)
    headers.install(app)
    frame.install(app, current_viewer)
    messages.install(app, current_viewer)
    for blueprint in (accreditation.blueprint, data.blueprint, exports.blueprint, health.blueprint, sign_in.blueprint, reports.blueprint):
        app.register_blueprint(blueprint)
