"""The tasks: thin, each claims, calls and marks. Importing this package registers them all."""

from workers.tasks import canary, nightly, remind, seal, self_test, tick, work

__all__ = ["canary", "nightly", "remind", "seal", "self_test", "tick", "work"]
