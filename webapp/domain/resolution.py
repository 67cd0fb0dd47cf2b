"""How long a side effect lasted, from its onset to its end, in buckets that can be added up."""

from datetime import date, datetime, timedelta

NOT_RECORDED = 0
"""No onset or no end is recorded, or only their days, from which nothing follows."""
WITHIN = (15, 30, 60, 120, 240, 1440)
"""Upper ends of the buckets, in minutes, inclusive."""
LONGER = 1_000_000
"""Longer than a day."""
BUCKETS = (*WITHIN, LONGER)
_TWO_DAYS = 2


def bucket_of(onset_on: date | None, onset_at: datetime | None, end_on: date | None, end_at: datetime | None) -> int:
    """The bucket of one side effect. Days without times say only that it lasted longer than a day, when they are two apart."""
    if onset_at is not None and end_at is not None:
        lasted = end_at - onset_at
        if lasted < timedelta(0):
            return NOT_RECORDED
        return next((minutes for minutes in WITHIN if lasted <= timedelta(minutes=minutes)), LONGER)
    if onset_on is not None and end_on is not None and (end_on - onset_on).days >= _TWO_DAYS:
        return LONGER
    return NOT_RECORDED


def words_of(bucket: int) -> str:
    """`within 15 minutes`, `within 4 hours`, `longer than a day`."""
    if bucket == LONGER:
        return "longer than a day"
    if bucket == WITHIN[-1]:
        return "within a day"
    hours, minutes = divmod(bucket, 60)
    if minutes:
        return f"within {bucket} minutes"
    return f"within {hours} hours" if hours > 1 else "within 1 hour"
