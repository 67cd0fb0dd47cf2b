"""What a site's monthly report says first: headline numbers, and the sentences that need somebody's attention."""

from webapp.domain.vocabulary import VALID_STANDINGS
from webapp.presentation import formats
from webapp.presentation.report_document import Headline, Sentence
from webapp.queries.accreditation import SiteEnding, SiteStanding
from webapp.queries.completeness import Completeness
from webapp.queries.measures import MeasureRow
from webapp.queries.report_ground import Ground
from webapp.queries.report_panels import NOT_ENOUGH, is_screened_enough, words

SOON_DAYS = 30


def headlines(ground: Ground) -> tuple[Headline, ...]:
    """The four numbers above the charts."""
    delivered = ground.one("session_count", ground.month).numerator
    completed = ground.one("course_completion", ground.trend)
    side_effects = ground.one("side_effect_rate", ground.month)
    screened = ground.one("screening_coverage", ground.month)
    return (
        Headline("Sessions delivered", delivered, "integer"),
        _share("Courses completed", completed, "courses of closed cohorts of twelve start months"),
        _share("Any side effect", side_effects, "screened sessions")
        if is_screened_enough(ground)
        else Headline("Any side effect", NOT_ENOUGH, "text"),
        Headline(
            "Screened",
            screened.share,
            "percent",
            note=f"of {formats.plural(screened.denominator or 0, 'delivered session')}",
        ),
    )


def _share(label: str, row: MeasureRow, of_what: str) -> Headline:
    low, high = (row.interval.low, row.interval.high) if row.interval else (None, None)
    return Headline(label, row.share, "percent", low, high, f"of {formats.count(row.denominator or 0)} {of_what}")


def sentences(
    ground: Ground, completeness: Completeness, standings: list[SiteStanding], ending: list[SiteEnding]
) -> tuple[Sentence, ...]:
    """The attention list: what is wrong first, then what will be."""
    found = [
        *_standing(ground, standings, ending),
        *_serious(ground),
        *_data(ground, completeness),
        *_screening(ground),
    ]
    order = ("bad", "warn", "info")
    return tuple(
        sorted(found, key=lambda sentence: order.index(sentence.tone) if sentence.tone in order else len(order))
    )


def _standing(ground: Ground, standings: list[SiteStanding], ending: list[SiteEnding]) -> list[Sentence]:
    name = ground.site.name
    counting = [cell for cell in standings if cell.programme.counts]
    found = []
    if counting and not any(cell.held.standing in VALID_STANDINGS for cell in counting):
        how = "; ".join(f"{cell.programme.name}: {words(cell.held.standing.value).lower()}" for cell in counting)
        text = f"No accreditation that makes a certified setting was valid on {formats.day(ground.on)} ({how})."
        found.append(Sentence("bad", "Accreditation", name, text))
    for each in ending:
        text = f"{each.programme.name} ends in {formats.plural(each.days_left, 'day')} ({formats.day(each.last_valid_on)})."
        found.append(Sentence("bad" if each.days_left <= SOON_DAYS else "warn", "Accreditation", name, text))
    return found


def _serious(ground: Ground) -> list[Sentence]:
    serious = ground.one("serious_side_effects", ground.month).numerator
    if not serious:
        return []
    text = f"{formats.plural(serious, 'serious side effect')} recorded in {formats.period(ground.period.start_on, ground.period.end_on)}."
    return [Sentence("bad", "Side effects", ground.site.name, text)]


def _data(ground: Ground, completeness: Completeness) -> list[Sentence]:
    through = ground.site.data_through
    if through is None:
        return [Sentence("warn", "Data", ground.site.name, "No session with an outcome has been received yet.")]
    found = []
    if (ground.on - through).days > ground.settings.stale_after_days:
        text = f"No data since {formats.day(through)}: the days after it are missing, not empty."
        found.append(Sentence("warn", "Data", ground.site.name, text))
    if completeness.share is not None and completeness.share < ground.settings.min_completeness:
        received = formats.rate(completeness.share, completeness.expected or 0, "expected sessions")
        text = f"This report is incomplete: {received} received, so its counts are too low."
        found.append(Sentence("bad", "Incomplete", ground.site.name, text))
    return found


def _screening(ground: Ground) -> list[Sentence]:
    coverage = ground.one("screening_coverage", ground.month)
    if not coverage.denominator or is_screened_enough(ground):
        return []
    share = formats.rate(coverage.share, coverage.denominator, "delivered sessions")
    text = f"Not enough screening for side-effect rates: {share} screened."
    return [Sentence("warn", "Side effects", ground.site.name, text)]
