"""The database connections of applications that a file of tests makes for itself: given back when the file is through."""

from flask import Flask

from webapp.transactions import close_connections

_MADE: list[Flask] = []


def noted(app: Flask) -> Flask:
    """The application, whose connections are to be given back."""
    _MADE.append(app)
    return app


def give_back() -> None:
    """Close what no test uses any more: a served database has connections for so many at once and no more."""
    while _MADE:
        with _MADE.pop().app_context():
            close_connections()
