"""One question for a measure, and the rows that answer it: what the measures of every subject share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.domain.intervals import Interval, effective_number, wilson
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings
from webapp.queries.cells import Key, Selection, site_codes
from webapp.queries.clocks import fetch_clocks
from webapp.queries.design_effects import fetch_design_effects, span_of
from webapp.queries.fact_cells import FactView


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One number. key: by what it was grouped (a site by its code). n_eff: what the interval rests on.

    denominator: None for a plain count. excluded: what was left out of it, in words, with how many. bounds: the lowest and highest
    that an unclosed cohort, or one with missing ratings, can still mean. beside: what is counted in it and shown beside it.
    """

    key: Mapping[str, Any]
    numerator: int
    denominator: int | None = None
    n_eff: float | None = None
    interval: Interval | None = None
    bounds: tuple[float, float] | None = None
    excluded: Mapping[str, int] = field(default_factory=dict)
    beside: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """Numerator over denominator; None where there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class Asking:
    """One question under way. by: the groups asked for."""

    scope: Scope
    db: Session
    selection: Selection
    by: tuple[str, ...]
    settings: MeasureSettings

    @cached_property
    def codes(self) -> dict[UUID, str]:
        """The code of each site of the scope."""
        return site_codes(self.scope, self.db)

    @cached_property
    def clocks(self) -> dict[UUID, date]:
        """Each site's clock; sites without any data are left out."""
        return fetch_clocks(self.scope, self.db, self.selection)

    @cached_property
    def design_effects(self) -> dict[tuple[str, str, str], float]:
        """The network's design effects by measure, stratum and span; what is not among them was not estimated and is 1."""
        return fetch_design_effects(self.scope, self.db)

    @property
    def view(self) -> FactView:
        """Which versions of the facts count."""
        return self.selection.known or FactView(self.scope.network_id, self.settings.late_cancel_hours)

    @property
    def known_at(self) -> datetime | None:
        """The instant by which everything had been recorded; None for now."""
        return self.selection.known.known_at if self.selection.known else None

    def grouped(self, by: Sequence[str]) -> "Asking":
        """The same question by other groups."""
        return replace(self, by=tuple(by))

    def keyed(self, key: Key) -> dict[str, Any]:
        """Group values by name, sites by their code."""
        return {name: self.codes[value] if name == "site" else value for name, value in zip(self.by, key, strict=True)}

    def key_of(self, values: Mapping[str, Any]) -> Key:
        """Of values by name, those of the groups asked for."""
        return tuple(values[name] for name in self.by)

    def deff(self, measure: str, stratum: str = "") -> float:
        """The network's design effect for a share of sessions."""
        return self.design_effects.get((measure, stratum, span_of(self.selection.period, self.by)), 1.0)

    def proportion(
        self, key: Key, k: int, n: int, deff: float, excluded: Mapping[str, int] | None = None
    ) -> MeasureRow:
        """A share of sessions with its Wilson interval on the effective number."""
        n_eff = effective_number(n, deff)
        return MeasureRow(self.keyed(key), k, n, n_eff, wilson(k, n, n_eff=n_eff) if n else None, None, excluded or {})


Answer = Callable[[Asking], Iterable[MeasureRow]]
Answers = Mapping[str, tuple[tuple[str, ...], Answer]]
"""By measure: what it can be grouped by, and what answers it."""

CELL_GROUPS = ("site", "day", "week", "month", "indication", "product", "phase")
COURSE_GROUPS = ("site", "month", "indication", "product")
