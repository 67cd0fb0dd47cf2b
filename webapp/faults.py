"""Falls on purpose: `FAULT_AT` names one point at which this process kills itself, as a power cut would. For tests and chaos only."""

import os
import signal

from flask import current_app, has_app_context

from webapp.domain.fault_points import RAISES, STOPS


class Fallen(Exception):
    """Raised at the named point instead of a kill, where that was asked for."""


def reached(point: str) -> None:
    """Say that a numbered point is reached; does nothing unless this process was told to fall there."""
    wanted = current_app.config.get("FAULT_AT") if has_app_context() else None
    if wanted == point:
        os.kill(os.getpid(), signal.SIGKILL)
    elif wanted == point + STOPS:
        os.kill(os.getpid(), signal.SIGSTOP)
    elif wanted == point + RAISES:
        raise Fallen(f"told to fall at {point}")
