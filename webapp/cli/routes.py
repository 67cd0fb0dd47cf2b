"""`dripline routes`: Flask's own list of the addresses that the application answers; the drawn pages' are all under /d."""

from flask.cli import routes_command

__all__ = ["routes_command"]
