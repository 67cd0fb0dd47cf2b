"""By what response is counted, and what of it: the columns of `response_month`."""

RESPONSE_KEY = ("site_id", "month", "indication", "product", "scale", "infusion")
RESPONSE_COUNTS = (
    "courses",
    "baselines",
    "entered",
    "reached",
    "rated",
    "met",
    "remitted",
    "risen",
    "fallen",
    "fallen_squares",
)
