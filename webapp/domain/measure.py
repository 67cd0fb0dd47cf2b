"""What a measure is: an entry of the registry in `webapp.domain.measures`, as data."""

from dataclasses import dataclass

WILSON = "Wilson score, 95 %"
WILSON_CLUSTERED = "Wilson score, 95 %, on the effective number of sessions (sessions of one patient are alike)"
EVENTS = "Poisson, 95 %: exact below 10 events, Byar from 10 on"
NO_INTERVAL = "none: a full count"

WILSON_SOURCE = "Wilson EB. J Am Stat Assoc 1927;22:209-212."


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure. sentence: for the screen. exclusions: what is left out. settings_keys: its thresholds."""

    id: str
    version: int
    sentence: str
    numerator: str
    denominator: str
    exclusions: tuple[str, ...]
    interval: str
    source: str
    settings_keys: tuple[str, ...] = ()
    title: str = ""
