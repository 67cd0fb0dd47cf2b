"""The tasks: thin, each claims, calls and marks. Importing this package registers them all."""

from workers.tasks import canary, tick, work

__all__ = ["canary", "tick", "work"]
