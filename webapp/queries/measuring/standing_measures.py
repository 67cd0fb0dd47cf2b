"""Compliance: sessions that meet the criteria, sessions given under a lapse, and which accreditations the sites hold."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from webapp.domain.vocabulary import VALID_STANDINGS, Standing
from webapp.queries.accreditation import fetch_matrix
from webapp.queries.cells import Key
from webapp.queries.measuring.asking import Answers, Asking, MeasureRow
from webapp.queries.session_verdicts import ALL_SIX
from webapp.queries.site_terms import fetch_site_terms
from webapp.queries.verdict_counts import By, count_lapsed_sessions, fetch_criteria_met


def _criteria_met(ask: Asking) -> Iterable[MeasureRow]:
    """By criterion, each; otherwise the six together, the esketamine one apart."""
    by: By = "network"
    if "site" in ask.by:
        by = "site and month" if "month" in ask.by else "site"
    elif "month" in ask.by:
        by = "month"
    selection = ask.selection
    counts = fetch_criteria_met(ask.scope, ask.db, selection.period, by, ask.known_at, selection.filters)
    every = {(count.site_id, count.month): count.delivered for count in counts if count.criterion == ALL_SIX}
    for count in counts:
        if (count.criterion == ALL_SIX) == ("criterion" in ask.by):
            continue
        key = ask.key_of({"criterion": count.criterion, "site": count.site_id, "month": count.month})
        yield MeasureRow(
            ask.keyed(key),
            count.met,
            count.delivered,
            count.n_eff,
            count.interval,
            excluded={"sessions to which it does not apply": every[count.site_id, count.month] - count.delivered},
            beside={"not met": count.not_met, "not recorded": count.not_recorded},
        )


def _supervision_lapse(ask: Asking) -> Iterable[MeasureRow]:
    lapsed: Counter[Key] = Counter()
    unjudged: Counter[Key] = Counter()
    delivered: Counter[Key] = Counter()
    period, filters = ask.selection.period, ask.selection.filters
    for count in count_lapsed_sessions(ask.scope, ask.db, period, ask.known_at, filters):
        key = ask.key_of({"site": count.site_id, "month": count.month})
        lapsed[key] += count.lapsed
        unjudged[key] += count.unjudged
        delivered[key] += count.delivered
    for key, n in delivered.items():
        yield MeasureRow(ask.keyed(key), lapsed[key], n, beside={"without a record to judge by": unjudged[key]})


def _accreditation_standing(ask: Asking) -> Iterable[MeasureRow]:
    """By programme, each; otherwise any programme that counts, of which one valid is enough. Filters do not narrow sites."""
    on, by_programme = ask.selection.on, "programme" in ask.by
    treating = {each.site_id for each in fetch_site_terms(ask.scope, ask.db, ask.view) if each.is_open(on)}
    standings: dict[Key, dict[object, set[Standing]]] = defaultdict(lambda: defaultdict(set))
    if not by_programme:
        for site_id in treating:
            standings[ask.key_of({"site": site_id})][site_id] = set()
    closed: dict[Key, set[object]] = defaultdict(set)
    for cell in fetch_matrix(ask.scope, ask.db, on, ask.known_at):
        key = ask.key_of({"programme": cell.programme.code, "site": cell.site.id})
        if cell.site.id not in treating:
            closed[key].add(cell.site.id)
        elif by_programme or cell.programme.counts:
            standings[key][cell.site.id].add(cell.held.standing)
    for key in {**standings, **closed}:
        sites = standings[key]
        valid = [held for held in sites.values() if held.intersection(VALID_STANDINGS)]
        conditional = sum(Standing.ACCREDITED not in held for held in valid)
        yield MeasureRow(
            ask.keyed(key),
            len(valid),
            len(sites),
            excluded={"sites not treating on that day": len(closed[key])},
            beside={"of these conditional": conditional},
        )


ANSWERS: Answers = {
    "criteria_met": (("criterion", "site", "month"), _criteria_met),
    "accreditation_standing": (("programme", "site"), _accreditation_standing),
    "supervision_lapse": (("site", "month"), _supervision_lapse),
}
