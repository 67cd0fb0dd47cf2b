"""Sessions held against standings and criteria, on the accreditation page."""

from webapp.domain.compliance import CRITERION_TITLES, Criterion
from webapp.domain.vocabulary import Verdict
from webapp.presentation import formats
from webapp.presentation.standings import STANDING_LABELS
from webapp.presentation.tables import Column, Table
from webapp.queries.pages.accreditation_day import Asked
from webapp.queries.pages.ground import Ground
from webapp.queries.session_criteria import LapsedSession, fetch_lapsed_sessions
from webapp.queries.session_verdicts import ALL_SIX
from webapp.queries.verdict_counts import LapseCount, added_up, count_lapsed_sessions

ALL_SIX_TITLE = "All six criteria"
SHOWN_OF_AN_ID = 8
"""As many digits as the list of sessions shows."""

_NOT_LAWFUL = "“Met” means recorded as met, not lawful."


def lapse_counts(ground: Ground, asked: Asked) -> Table:
    """Sessions under a lapse by site and month; months without any are left out, and said so."""
    counts = count_lapsed_sessions(ground.scope, ground.db, asked.lapses, asked.known_at)
    names = {site.id: site for site in ground.sites}
    found = [each for each in reversed(counts) if each.lapsed]
    return Table(
        "lapse_counts",
        "How many sessions were given under a lapse?",
        _lapse_words(counts, asked),
        (
            Column("month", "Month", "month"),
            Column("site", "Site"),
            Column("lapsed", "Under a lapse", "integer"),
            Column("delivered", "Delivered sessions", "integer"),
        ),
        tuple((each.month, names[each.site_id].name, each.lapsed, each.delivered) for each in found),
        "supervision_lapse",
        _unjudged(counts),
        tuple(names[each.site_id].code for each in found),
    )


def lapsed_sessions(ground: Ground, asked: Asked) -> Table:
    """The sessions under a lapse, latest first. Raises NotAllowed for a role that sees no rows."""
    found = fetch_lapsed_sessions(ground.scope, ground.db, asked.lapses, asked.known_at, settings=ground.settings)
    names = {site.id: site.name for site in ground.sites}
    return Table(
        "lapsed_sessions",
        "Which sessions were given under a lapse?",
        f"Delivered sessions from {asked.lapses}, {'as known now' if asked.known_at is None else asked.words}",
        (
            Column("on", "Day", "date"),
            Column("site", "Site"),
            Column("lapse", "What was not valid"),
            Column("known_since", "On record since", "instant"),
            Column("supervised_by", "Supervised by"),
            Column("administered_by", "Administered by"),
            Column("verdict", "Criteria not met"),
            Column("session", "Session"),
        ),
        tuple(
            (
                each.on_date,
                names[each.site_id],
                "; ".join(f"{lapse.whose}: {STANDING_LABELS[lapse.standing].lower()}" for lapse in each.lapses),
                each.known_since,
                each.supervised_by,
                each.administered_by,
                _not_met(each),
                each.session_id.hex[:SHOWN_OF_AN_ID],
            )
            for each in found
        ),
        "supervision_lapse",
        row_keys=tuple(str(each.session_id) for each in found),
    )


def criteria(ground: Ground, asked: Asked) -> Table:
    """How many delivered sessions of the period are recorded as meeting each criterion."""
    period = ground.filters.period
    found = {each.criterion: each for each in added_up(asked.met) if each.delivered}
    titles = {criterion.value: CRITERION_TITLES[criterion] for criterion in Criterion} | {ALL_SIX: ALL_SIX_TITLE}
    counts = [found[name] for name in (ALL_SIX, *(c.value for c in Criterion)) if name in found]
    return Table(
        "criteria",
        "How many sessions are recorded as meeting each criterion?",
        f"Delivered sessions from {period}",
        (
            Column("criterion", "Criterion"),
            Column("rate", "Met", "percent"),
            Column("low", "95 % from", "percent"),
            Column("high", "to", "percent"),
            Column("n", "Delivered sessions", "integer"),
            Column("met", "Met", "integer"),
            Column("not_met", "Not met", "integer"),
            Column("not_recorded", "Not recorded", "integer"),
        ),
        tuple(
            (
                titles[each.criterion],
                each.met / each.delivered,
                each.interval.low if each.interval else None,
                each.interval.high if each.interval else None,
                each.delivered,
                each.met,
                each.not_met,
                each.not_recorded,
            )
            for each in counts
        ),
        "criteria_met",
        (_NOT_LAWFUL, "No record never counts as met."),
    )


def _not_met(session: LapsedSession) -> str:
    verdicts = ((Criterion.SETTING, session.setting), (Criterion.SUPERVISION, session.supervision))
    return "; ".join(CRITERION_TITLES[criterion] for criterion, verdict in verdicts if verdict is Verdict.NOT_MET)


def _lapse_words(counts: list[LapseCount], asked: Asked) -> str:
    lapsed, delivered = sum(c.lapsed for c in counts), sum(c.delivered for c in counts)
    return f"{formats.count(lapsed)} of {formats.count(delivered)} delivered sessions from {asked.lapses}"


def _unjudged(counts: list[LapseCount]) -> tuple[str, ...]:
    many = sum(c.unjudged for c in counts)
    told = "no record to judge the site or one of the two people by, and are not counted here"
    return (f"{formats.plural(many, 'further session has', 'further sessions have')} {told}.",) if many else ()
