"""The tables of the Side effects page, recounted; the page looks closely at any side effect unless a term is asked for."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.walks.recount.arithmetic import coverage_effect, events, has, nothing, rate_effect, share
from tests.walks.recount.registry import KEY, Row, recount
from tests.walks.recount.source import Asked, Given, month_end, months

MIN_SCREENED, MIN_COVERAGE = 20, 0.8
ATTENTION = (
    "dissociation", "dizziness", "sedation", "nausea", "raised_blood_pressure", "respiratory_depression", "loss_of_consciousness",
)  # fmt: skip
WITHIN, LONGER = [f"within_{minutes}" for minutes in (15, 30, 60, 120, 240, 1440)], "within_1000000"
MONTH_RATE = ("rate", "rate_low", "rate_high")


def words(term: str) -> str:
    return "Any side effect" if term == "any" else term.replace("_", " ").capitalize()


def enough(screened: int, delivered: int) -> bool:
    """Whether a rate may be told."""
    return screened >= MIN_SCREENED and screened >= MIN_COVERAGE * delivered


def recorded(sessions: Iterable[Given]) -> set[str]:
    """The terms that were recorded."""
    return {effect.term for each in sessions for effect in each.effects}


@recount("side_effects_by_term")
def by_term(asked: Asked) -> Iterator[Row]:
    delivered, screened = list(asked.given()), list(asked.screened())
    n = len(screened)
    told = sorted(recorded(screened) | set(ATTENTION), key=words)
    for term in ("any", *told) if delivered else ():
        with_it = [each for each in screened if has(each, term)]
        rate = share(len(with_it), n, rate_effect(asked, term)) if enough(n, len(delivered)) else nothing()
        many = sum(term in ("any", effect.term) for each in screened for effect in each.effects)
        patients = len({each.patient for each in with_it})
        counts = {"n": n, "sessions": len(with_it), "events": many, "patients": patients}
        yield {KEY: term, "term": words(term), **counts, **rate}


@recount("side_effects_by_infusion")
def by_infusion(asked: Asked) -> Iterator[Row]:
    delivered = Counter(each.infusion for each in asked.given())
    for number, many in sorted(delivered.items()):
        here = [each for each in asked.screened() if each.infusion == number]
        k = sum(has(each, "any") for each in here)
        rate = share(k, len(here), rate_effect(asked, "any")) if enough(len(here), many) else nothing()
        yield {KEY: str(number), "infusion": f"Infusion {number}", "n": len(here), "sessions": k, **rate}


@recount("side_effects_by_month")
def by_month(asked: Asked) -> Iterator[Row]:
    """The twelve months that end with the period's last."""
    twelve = months(asked.last.replace(year=asked.last.year - 1, day=1), asked.last)[1:]
    delivered = Counter(each.on.replace(day=1) for each in asked.given(twelve[0], month_end(twelve[-1])))
    for month in twelve if delivered else ():
        here = list(asked.screened(month, month_end(month)))
        k = sum(has(each, "any") for each in here)
        told = enough(len(here), delivered[month])
        deff = rate_effect(asked, "any", by_month=True)
        rate = share(k, len(here), deff, MONTH_RATE) if told else nothing(MONTH_RATE)
        yield {"month": month, "n": len(here), "sessions": k, **rate}


@recount("side_effects_by_site")
def by_site(asked: Asked) -> Iterator[Row]:
    delivered = Counter(each.site for each in asked.given())
    for site in asked.all_sites if delivered else ():
        here = [each for each in asked.screened() if each.site == site]
        k = sum(has(each, "any") for each in here)
        rate = share(k, len(here), rate_effect(asked, "any")) if enough(len(here), delivered[site]) else nothing()
        yield {KEY: site, "site": asked.source.sites[site], "n": len(here), "sessions": k, **rate}


@recount("screening_coverage")
def screening_coverage(asked: Asked) -> Iterator[Row]:
    delivered = Counter(each.site for each in asked.given())
    screened = Counter(each.site for each in asked.screened())
    for site in asked.all_sites if delivered else ():
        n, k = delivered[site], screened[site]
        yield {
            KEY: site,
            "site": asked.source.sites[site],
            "n": n,
            "screened": k,
            **share(k, n, coverage_effect(asked)),
        }


@recount("severity")
def severity(asked: Asked) -> Iterator[Row]:
    """Screened sessions by the worst grade of the term in the session."""
    screened = [each for each in asked.screened() if each.effects]
    for term in ("any", *sorted(recorded(screened), key=words)) if screened else ():
        worst = Counter(
            max(effect.severity for effect in each.effects if term in ("any", effect.term))
            for each in screened
            if has(each, term)
        )
        yield {KEY: term, "term": words(term), **{f"grade_{grade}": worst[grade] for grade in range(1, 6)}}


@recount("serious_by_term")
def serious_by_term(asked: Asked) -> Iterator[Row]:
    """Events, not sessions; of all delivered sessions."""
    found = Counter(effect.term for each in asked.given() for effect in each.effects if effect.serious != "no")
    for term in sorted(found, key=words):
        low, high = events(found[term])
        yield {KEY: term, "term": words(term), "events": found[term], "low": round(low, 2), "high": round(high, 2)}


@recount("serious_list", in_order=False)
def serious_list(asked: Asked) -> Iterator[Row]:
    for each in asked.given():
        for effect in each.effects:
            if effect.serious != "no":
                named = {"session": (each.patient, each.infusion), "pseudonym": each.patient}
                why = {"term": words(effect.term), "serious": words(effect.serious), "severity": effect.severity}
                yield {**named, "on": each.on, "site": asked.source.sites[each.site], **why}


@recount("time_to_resolution")
def time_to_resolution(asked: Asked) -> Iterator[Row]:
    """Days alone say only which effects lasted longer than a day: those that ended two days after they began, or later."""
    found = [effect for each in asked.screened() for effect in each.effects]
    for term in ("any", *sorted({effect.term for effect in found}, key=words)) if found else ():
        these = [effect for effect in found if term in ("any", effect.term)]
        longer = sum(effect.days is not None and effect.days >= 2 for effect in these)
        passed = {**dict.fromkeys(WITHIN, 0), LONGER: longer, "unknown": len(these) - longer}
        middle = "longer than a day" if longer else None
        yield {KEY: term, "term": words(term), "n": longer, "middle": middle, **passed, **share(0, longer)}
