"""When a rate of side effects may be told: enough sessions were screened, and enough of those that were delivered."""

from webapp.domain.settings import MeasureSettings


def is_enough(screened: int, delivered: int, settings: MeasureSettings) -> bool:
    """Whether so many screened of the delivered sessions reach the network's least number and its least coverage."""
    return screened >= settings.min_screened and screened >= settings.min_coverage * delivered
