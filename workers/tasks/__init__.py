"""The tasks: thin, each claims, calls and marks. Importing this package registers them all."""

from workers.tasks import canary, remind, seal, tick, work

__all__ = ["canary", "remind", "seal", "tick", "work"]
