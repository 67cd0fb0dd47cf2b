"""What needs somebody today: found by rules with thresholds in the settings, each a sentence with its number, limit and link."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import text

from webapp.domain.funnel import FunnelPoint, funnel_limits
from webapp.domain.intervals import Z998
from webapp.domain.periods import Period, add_months
from webapp.domain.vocabulary import VALID_STANDINGS
from webapp.presentation import formats
from webapp.queries.answers import fetch_overdue
from webapp.queries.cells import Selection
from webapp.queries.findings import count_damaged
from webapp.queries.pages.comparison import beside_all, compare_terms
from webapp.queries.pages.control_charts import charts_of
from webapp.queries.pages.ground import Ground, accreditations_of
from webapp.queries.sites import SiteFacts
from webapp.queries.stuck_reports import StuckReport, fetch_stuck_reports
from webapp.queries.verdict_counts import count_lapsed_sessions

AttentionTone = Literal["bad", "warn", "info"]
NEWEST_MONTHS = 2
"""A chart's newest month is news for so long after its end."""


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """One thing to look at. sentence: its number and its limit, **strong** words between stars. page: where it is looked into.

    term: the side effect that it speaks of, for the page that compares the sites by it. alone: that page for this site alone.
    run_id: the report that it speaks of.
    days: where it speaks of other days than the page's, whatever is treated; its page is opened so.
    """

    kind: str
    tone: AttentionTone
    site: SiteFacts
    sentence: str
    next_step: str
    page: str
    term: str = ""
    alone: bool = False
    run_id: UUID | None = None
    days: Period | None = None


@dataclass(frozen=True, slots=True)
class AttentionList:
    """The items, worst first; the sites with too little data to say that nothing is outstanding; the comparisons made."""

    items: tuple[AttentionItem, ...]
    silent: tuple[SiteFacts, ...]
    comparisons: int

    @property
    def sites_with_something(self) -> int:
        """How many sites have something outstanding or too little data to say; the rest has nothing."""
        return len({item.site.id for item in self.items} | {site.id for site in self.silent})


def fetch_attention(ground: Ground) -> AttentionList:
    """All rules over the sites of the scope, as things stand on the day asked for; those about patients for who may see them."""
    clinical = ground.scope.may_see_pseudonyms
    flags, comparisons = _unlike_the_others(ground) if clinical else ([], 0)
    about_patients = (
        (*flags, *_changed_over_time(ground), *_serious(ground), *_leaving_window(ground)) if clinical else ()
    )
    items = [
        *_standing(ground),
        *about_patients,
        *_lapsed_supervision(ground),
        *_overdue(ground),
        *_damaged(ground),
        *_silent(ground),
        *_reports(ground),
    ]
    order = {"bad": 0, "warn": 1, "info": 2}
    items.sort(key=lambda item: (order[item.tone], item.site.name, item.kind))
    silent = tuple(site for site in ground.sites if site.data_through is None and _treats(site, ground.on))
    return AttentionList(tuple(items), silent, comparisons)


def _treats(site: SiteFacts, on: date) -> bool:
    return (site.opened_on is None or site.opened_on <= on) and (site.closed_on is None or on <= site.closed_on)


def _standing(ground: Ground) -> Iterator[AttentionItem]:
    recorded = ground.once(accreditations_of)
    matrix = recorded.matrix(ground.on)
    for site in ground.sites:
        counting = [cell for cell in matrix if cell.site.id == site.id and cell.programme.counts]
        if not counting or not _treats(site, ground.on) or any(c.held.standing in VALID_STANDINGS for c in counting):
            continue
        how = "; ".join(f"{cell.programme.name}: {cell.held.standing.value}" for cell in counting)
        sentence = f"**No valid accreditation** on {formats.day(ground.on)} ({how})."
        yield AttentionItem("Accreditation", "bad", site, sentence, "Open record", "accreditation")
    days = max(ground.settings.accreditation_notice_days)
    for ending in recorded.ending(ground.on, days):
        tone: AttentionTone = "bad" if ending.days_left <= ground.settings.ending_soon_days else "warn"
        left = formats.plural(ending.days_left, "day")
        sentence = f"{ending.programme.name} ends in **{left}** ({formats.day(ending.last_valid_on)})."
        yield AttentionItem("Accreditation", tone, ending.site, sentence, "Open record", "accreditation")


def _unlike_the_others(ground: Ground) -> tuple[list[AttentionItem], int]:
    """Sites in view outside the 99.8 % limit, to either side, for a term chosen beforehand; and how many comparisons were made."""
    by_code = {site.code: site for site in ground.sites}
    with beside_all(ground) as (every, screened):
        if screened is None:
            return [], 0
        terms = compare_terms(every, screened, ground.settings.attention_terms)
    found, comparisons = [], 0
    for compared in terms:
        term = compared.term
        if not compared.funnel.drawn:
            continue
        comparisons += compared.funnel.comparisons
        for point in compared.funnel.points:
            if point.side998 != "inside" and str(point.key) in by_code:
                sentence = _outside(term, point, compared.funnel.p0, compared.funnel.phi)
                tone: AttentionTone = "bad" if point.side998 == "above" else "warn"
                site = by_code[str(point.key)]
                found.append(AttentionItem("Side effects", tone, site, sentence, "See funnel", "side-effects", term))
    return found, comparisons


def _outside(term: str, point: FunnelPoint, p0: float, phi: float) -> str:
    limits = funnel_limits(p0, point.n_eff, Z998, phi)
    if point.side998 == "below":
        return (
            f"{term.replace('_', ' ').capitalize()} in only **{formats.percent(point.share)}** of {formats.count(point.n)} screened"
            f" sessions, below the 99.8 % limit of {formats.percent(limits.low)} around the network's {formats.percent(p0)}:"
            " it may be rarer there, or recorded less."
        )
    return (
        f"{term.replace('_', ' ').capitalize()} in **{formats.percent(point.share)}** of {formats.count(point.n)} screened sessions,"
        f" above the 99.8 % limit of {formats.percent(limits.high)} around the network's {formats.percent(p0)}."
    )


def _changed_over_time(ground: Ground) -> Iterator[AttentionItem]:
    """Sites whose newest month is above their own control limit, or the last of a run above their own centre."""
    by_id = {site.id: site for site in ground.sites}
    for found in charts_of(ground, ground.settings.attention_terms):
        last, centre = found.last, found.chart.centre
        if last is None or centre is None or add_months(last[0].month, NEWEST_MONTHS) < ground.on.replace(day=1):
            continue
        month, point = last
        if not point.is_signal or point.limits is None or point.share is None or point.share <= centre:
            continue
        name = found.term.replace("_", " ").capitalize()
        of = f"{formats.count(month.screened)} screened sessions in {formats.month(month.month)}"
        said = f"{name} in **{formats.percent(point.share)}** of {of},"
        if point.is_beyond:
            said += f" above the control limit of {formats.percent(point.limits.high)} around the site's own {formats.percent(centre)}."
        else:
            said += f" the newest of {found.run} months in a row above the site's own {formats.percent(centre)}."
        yield AttentionItem(
            "Change", "warn", by_id[found.site_id], said, "See chart", "side-effects", found.term, alone=True
        )


def _serious(ground: Ground) -> Iterator[AttentionItem]:
    """From the period's first day to the present, of whatever is treated: a period that is over must not keep the newest from sight."""
    days = Period(ground.filters.period.start_on, _end_of_looking(ground))
    by_code = {site.code: site for site in ground.sites}
    for row in ground.rows("serious_side_effects", Selection(days, ground.on), "site"):
        if row.numerator and row.key["site"] in by_code:
            sentence = f"**{formats.plural(row.numerator, 'serious side effect')}** from {days}."
            site = by_code[row.key["site"]]
            yield AttentionItem("Serious", "bad", site, sentence, "Open list", "side-effects", days=days)


def _end_of_looking(ground: Ground) -> date:
    return max(ground.filters.period.end_on, ground.on + timedelta(days=1))


def _lapsed_supervision(ground: Ground) -> Iterator[AttentionItem]:
    """Looked for over the period and up to the present, since a lapse may be found out later than it happened."""
    end = _end_of_looking(ground)
    start = min(ground.filters.period.start_on, add_months(ground.on.replace(day=1), 1 - ground.settings.lapse_months))
    counts: dict[object, int] = {}
    for each in count_lapsed_sessions(ground.scope, ground.db, Period(start, end)):
        counts[each.site_id] = counts.get(each.site_id, 0) + each.lapsed
    for site in ground.sites:
        if counts.get(site.id):
            many = formats.plural(counts[site.id], "session")
            sentence = f"**{many}** since {formats.day(start)} under a lapsed accreditation, licence or certificate."
            yield AttentionItem("Lapse", "bad", site, sentence, "List sessions", "accreditation")


def _overdue(ground: Ground) -> Iterator[AttentionItem]:
    """Findings and exceptions whose day has passed; to those who may open rows."""
    if not ground.scope.may_open_rows:
        return
    names = {site.id: site for site in ground.sites}
    for each in fetch_overdue(ground.scope, ground.db, ground.on):
        if each.site_id not in names:  # a site that was withdrawn since
            continue
        many = formats.plural(each.many, each.kind)
        verb = "is" if each.many == 1 else "are"
        sentence = f"**{many}** {verb} overdue, the oldest since {formats.day(each.oldest_due_on)}."
        yield AttentionItem("Compliance", "bad", names[each.site_id], sentence, "Open the list", f"{each.kind}s")


def _damaged(ground: Ground) -> Iterator[AttentionItem]:
    """Evidence whose file was found missing or changed by the last nightly check; to those who may open rows."""
    if not ground.scope.may_open_rows:
        return
    names = {site.id: site for site in ground.sites}
    for site_id, many in count_damaged(ground.scope, ground.db).items():
        if site_id in names:
            verb = "is" if many == 1 else "are"
            sentence = f"**{formats.plural(many, 'evidence file')}** {verb} missing or no longer what was stored."
            yield AttentionItem("Compliance", "bad", names[site_id], sentence, "Open the list", "evidence")


def _silent(ground: Ground) -> Iterator[AttentionItem]:
    for site in ground.sites:
        if site.data_through is None or not _treats(site, ground.on):
            continue
        silent_days = (ground.on - site.data_through).days
        if silent_days > ground.settings.stale_after_days:
            sentence = f"No data since **{formats.day(site.data_through)}**: the {silent_days} days after it are missing, not empty."
            yield AttentionItem("Data", "warn", site, sentence, "Ask for data", "data")


_LEAVING = """
    SELECT x.site_id, count(*) FROM course_spell x
    JOIN site_clock k ON k.network_id = x.network_id AND k.site_id = x.site_id
    WHERE x.network_id = :network AND x.site_id = ANY (:sites) AND x.start_on <= LEAST(:on, k.data_through)
        AND x.end_on > LEAST(:on, k.data_through)
        AND x.window_ends_on BETWEEN LEAST(:on, k.data_through) AND LEAST(:on, k.data_through) + CAST(:days AS integer)
    GROUP BY x.site_id"""


def _leaving_window(ground: Ground) -> Iterator[AttentionItem]:
    """Open courses whose window ends soon, by each site's own clock."""
    days = ground.settings.leaving_days
    values = {"network": ground.scope.network_id, "sites": list(ground.scope.site_ids), "on": ground.on, "days": days}
    counts = {site_id: courses for site_id, courses in ground.db.execute(text(_LEAVING), values)}
    for site in ground.sites:
        if counts.get(site.id):
            many = formats.plural(counts[site.id], "course")
            sentence = f"**{many}** with {days} days or fewer left to finish inside the window."
            yield AttentionItem("Courses", "info", site, sentence, "Who is due", "courses")


def stuck_reports_of(ground: Ground) -> list[StuckReport]:
    """The reports that wait for a person, those of the whole network too."""
    return fetch_stuck_reports(ground.scope, ground.db)


def _reports(ground: Ground) -> Iterator[AttentionItem]:
    for stuck in ground.once(stuck_reports_of):
        site = next((each for each in ground.sites if each.id == stuck.site_id), None)
        if site is not None:  # a withdrawn site keeps its ledger
            yield AttentionItem("Report", "warn", site, stuck.sentence, stuck.next_step, "reports", run_id=stuck.run_id)
