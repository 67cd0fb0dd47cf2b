"""Rates that others published, each with what it counts; a line is drawn only where all of that is the same here."""

from dataclasses import dataclass
from typing import Literal

from webapp.domain.vocabulary import AskedHow, Product, Route, Term


@dataclass(frozen=True, slots=True)
class PublishedRate:
    """One published rate. unit: what it is a share of. product, route, asked_how: None where the source does not say."""

    term: Term
    share: float
    unit: Literal["patients", "sessions"]
    n: int
    product: Product
    route: Route
    asked_how: AskedHow | None
    source: str


_CLINIC = "an IV ketamine clinic"
_REMS = "the esketamine REMS"


def _clinic(term: Term, share: float) -> PublishedRate:
    return PublishedRate(term, share, "patients", 203, Product.KETAMINE_IV, Route.INTRAVENOUS, None, _CLINIC)


def _rems(term: Term, share: float) -> PublishedRate:
    """The monitoring form asks for each by name."""
    nasal = (Product.ESKETAMINE_NASAL, Route.INTRANASAL, AskedHow.SOLICITED)
    return PublishedRate(term, share, "sessions", 1_486_213, *nasal, _REMS)


PUBLISHED = (
    _clinic(Term.SEDATION, 0.564),
    _clinic(Term.DIZZINESS, 0.452),
    _clinic(Term.DISSOCIATION, 0.356),
    _clinic(Term.NAUSEA, 0.133),
    _rems(Term.DISSOCIATION, 0.410),
    _rems(Term.SEDATION, 0.347),
    _rems(Term.RAISED_BLOOD_PRESSURE, 0.009),
)
"""Side effects per patient in one clinic, and per session in a national register; serious ones there: below 0.1 %."""


def comparable(rate: PublishedRate, product: str, routes: frozenset[str | None], asked_how: str) -> bool:
    """Whether a rate per screened session of one product, by these routes, asked for in this one way, may stand beside it."""
    return (
        rate.unit == "sessions"
        and rate.product == product
        and routes == {rate.route.value}
        and rate.asked_how == asked_how
    )
