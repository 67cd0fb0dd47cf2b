"""The clock, in one place, so that a test can set it: code is handed an instant and never asks the machine itself."""

from datetime import UTC, datetime

from flask import current_app, has_app_context


def now() -> datetime:
    """The present instant, in UTC; the application's `CLOCK` setting stands in for it where it is given."""
    clock = current_app.config.get("CLOCK") if has_app_context() else None
    instant: datetime = clock() if clock else datetime.now(UTC)
    return instant
