"""The tasks: thin, each claims, calls and marks. Importing this package registers them all."""

from workers.tasks import canary, seal, tick, work

__all__ = ["canary", "seal", "tick", "work"]
