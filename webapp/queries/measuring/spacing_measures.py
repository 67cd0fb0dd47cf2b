"""Time between one thing and the next, returns after completion, and doses: medians and shares out of values counted by their size."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from webapp.domain.intervals import wilson
from webapp.domain.spacing import quartiles
from webapp.queries.after_completion import fetch_after_completion
from webapp.queries.cells import Key
from webapp.queries.measuring.asking import COURSE_GROUPS, Answer, Answers, Asking, MeasureRow
from webapp.queries.spacing_cells import DOSES, NOT_RECORDED, RETURN_DAYS, WITHIN, Quantity
from webapp.queries.spacing_counts import count_spacing


def _counts(ask: Asking, *quantities: Quantity) -> dict[Key, Counter[tuple[str, int]]]:
    """By the groups asked for: how many have each value of each quantity."""
    found: dict[Key, Counter[tuple[str, int]]] = defaultdict(Counter)
    cells = count_spacing(ask.scope, ask.db, ask.selection, (*ask.by, "quantity", "value"), quantities)
    for (*key, quantity, value), many in cells.items():
        found[tuple(key)][quantity, value] += many
    return found


def _median(quantity: Quantity) -> Answer:
    """The median days of one quantity, with its quartiles beside it."""

    def answer(ask: Asking) -> Iterable[MeasureRow]:
        for key, counts in _counts(ask, quantity).items():
            known = {value: many for (_, value), many in counts.items() if value >= 0}
            excluded = {
                "approved after it": sum(many for (_, value), many in counts.items() if NOT_RECORDED < value < 0),
                "without a day of approval": counts[quantity.value, NOT_RECORDED],
            }
            found = quartiles(known)
            beside = {"counted": sum(known.values())}
            if found:
                beside |= {"a quarter, at most": found.first, "three quarters, at most": found.third}
            told = excluded if quantity is Quantity.APPROVAL else {}
            yield MeasureRow(ask.keyed(key), found.median if found else 0, excluded=told, beside=beside)

    return answer


def _returns(ask: Asking) -> Iterable[MeasureRow]:
    """By length: courses with a further session so soon after completion, of those followed so long."""
    for site_id, found in fetch_after_completion(ask.scope, ask.db, ask.selection, by_site="site" in ask.by).items():
        for days in WITHIN if "within" in ask.by else WITHIN[-1:]:
            k, n = found.returned[days], found.followed[days]
            excluded = {"completed too recently": found.completed - n}
            key = ask.keyed(ask.key_of({"site": site_id, "within": days}))
            yield MeasureRow(key, k, n, float(n), wilson(k, n) if n else None, None, excluded)


def _boosters(ask: Asking) -> Iterable[MeasureRow]:
    for site_id, found in fetch_after_completion(ask.scope, ask.db, ask.selection, by_site="site" in ask.by).items():
        boosters = sum(value * many for value, many in found.boosters.items())
        excluded = {"completed too recently": found.completed - found.followed[RETURN_DAYS]}
        key = ask.keyed(ask.key_of({"site": site_id}))
        yield MeasureRow(key, boosters, found.followed[RETURN_DAYS], excluded=excluded)


def _dose_range(ask: Asking) -> Iterable[MeasureRow]:
    for key, counts in _counts(ask, *DOSES).items():
        many: Counter[str] = Counter()
        for (quantity, _), sessions in counts.items():
            many[quantity] += sessions
        below, within, above = (many[name] for name in (Quantity.DOSE_BELOW, Quantity.DOSE_WITHIN, Quantity.DOSE_ABOVE))
        excluded = {
            "without dose or weight": many[Quantity.DOSE_UNKNOWN],
            "without a range in the protocol": many[Quantity.DOSE_NO_RANGE],
        }
        yield MeasureRow(
            ask.keyed(key), within, below + within + above, excluded=excluded, beside={"below": below, "above": above}
        )


ANSWERS: Answers = {
    "approval_wait": (COURSE_GROUPS, _median(Quantity.APPROVAL)),
    "infusion_gap": (COURSE_GROUPS, _median(Quantity.GAP)),
    "booster_gap": (COURSE_GROUPS, _median(Quantity.BOOSTER)),
    "return_rate": (("site", "within"), _returns),
    "boosters_in_90_days": (("site",), _boosters),
    "dose_range": ((*COURSE_GROUPS, "phase"), _dose_range),
}
