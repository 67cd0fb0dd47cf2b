"""Published rates beside the network's: drawn where product, route, unit and way of asking are the same, told in words otherwise."""

from collections.abc import Collection, Mapping

from sqlalchemy import text

from webapp.domain.published_rates import PUBLISHED, PublishedRate, comparable
from webapp.presentation import formats
from webapp.presentation.filter_bar import PRODUCT_LABELS
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.shares import words

SERIOUS = "the esketamine REMS: serious ones in less than 0.1 % of 1,486,213 sessions"


def published_for(ground: Ground, ways: Collection[tuple[str, str]]) -> Mapping[str, float]:
    """By term, the published share that may be drawn. ways: product and way of asking of everything that was screened."""
    if len(ways) != 1:
        return {}
    ((product, asked_how),) = ways
    like = [rate for rate in PUBLISHED if rate.product == product and rate.asked_how == asked_how]
    if not like:
        return {}
    routes = _routes(ground)
    return {rate.term.value: rate.share for rate in like if comparable(rate, product, routes, asked_how)}


def published_words(drawn: Collection[str]) -> str:
    """Every published rate that is not drawn, with what it is a share of and where it is from."""
    by_source: dict[str, list[PublishedRate]] = {}
    for rate in PUBLISHED:
        if rate.unit == "patients" or rate.term.value not in drawn:
            by_source.setdefault(rate.source, []).append(rate)
    told = [_told(source, rates) for source, rates in by_source.items()]
    return f"Published elsewhere, not comparable with these rates: {'; '.join([*told, SERIOUS])}."


def _told(source: str, rates: list[PublishedRate]) -> str:
    listed = ", ".join(f"{words(rate.term.value).lower()} {formats.percent(rate.share)}" for rate in rates)
    product = PRODUCT_LABELS[rates[0].product]
    return f"{source} ({product}), share of {formats.count(rates[0].n)} {rates[0].unit}: {listed}"


def _routes(ground: Ground) -> frozenset[str | None]:
    """The routes recorded of the delivered sessions in view; None where one was not."""
    selection = ground.period
    conditions = "".join(
        f" AND {column} = :{name}"
        for name, column in (("indication", "c.indication"), ("product", "c.product"), ("phase", "s.phase"))
        if name in selection.filters
    )
    rows = ground.db.execute(
        text(
            f"""SELECT DISTINCT s.route FROM session_version s
            JOIN course_version c ON c.network_id = :network AND c.course_id = s.course_id AND c.superseded_by_batch_id IS NULL
                AND NOT c.withdrawn
            WHERE s.network_id = :network AND s.site_id = ANY (:sites) AND s.superseded_by_batch_id IS NULL AND NOT s.withdrawn
                AND s.on_date >= :start AND s.on_date < :end AND s.status IN ('completed', 'stopped_early'){conditions}"""
        ),
        {**selection.filters, **selection.bound(ground.scope)},
    )
    return frozenset(route for (route,) in rows)
