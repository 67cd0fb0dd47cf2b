"""HTTP only: parse, call one service or query, answer."""

from flask import Flask

from webapp.access import current_viewer
from webapp.views import frame, headers, health, messages, sign_in


def install(app: Flask) -> None:
    """Put every plain page, and what all answers share, into the application."""
    headers.install(app)
    frame.install(app, current_viewer)
    messages.install(app, current_viewer)
    for blueprint in (health.blueprint, sign_in.blueprint):
        app.register_blueprint(blueprint)
