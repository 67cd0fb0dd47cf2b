"""Response again, deliberately plain: every rating is put on one line with the infusions, and the line is read from the left."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from webapp.domain.settings import MeasureSettings

Rating = tuple[date, datetime | None, int]
Given = tuple[date, datetime | None]


def last_scores(
    given: Sequence[Given], following: Given | None, ratings: Sequence[Rating], planned: int, settings: MeasureSettings
) -> tuple[int | None, list[int | None]]:
    """The baseline and the score after each planned infusion. Infusions are in order, and those of one day all have times."""
    infusions = [*given, following] if following else list(given)
    baseline: int | None = None
    after: list[int | None] = [None] * max(planned, len(infusions))
    early = datetime.min.replace(tzinfo=UTC)
    for on, at, score in sorted(ratings, key=lambda r: (r[0], r[1] or early, r[2])):
        passed = 0
        for infusion_on, infusion_at in infusions:
            same_day = on == infusion_on
            if on > infusion_on or (same_day and at is not None and infusion_at is not None and at > infusion_at):
                passed += 1
        if passed == 0:
            if (infusions[0][0] - on).days <= settings.baseline_days:
                baseline = score
        elif (on - infusions[passed - 1][0]).days <= settings.rating_days:
            after[passed - 1] = score
    scores = after[: len(given)] + [None] * planned
    return baseline, scores[:planned]
