"""`dripline measures`: any measure as rows, by the same query path as the screens."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import click
from flask.cli import with_appcontext

from webapp.domain.errors import BadInput
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.presentation import formats
from webapp.queries.cells import Selection
from webapp.queries.known_at import view_known_at
from webapp.queries.measures import MeasureRow, fetch_measure, groups_of, measure_ids
from webapp.queries.sites import fetch_every_site_id, find_extent
from webapp.services import people
from webapp.services.clock import now
from webapp.transactions import reading

TIMEOUT_MS = 600_000
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a measure, with the measure's id."""

    measure: str
    row: MeasureRow


@click.command()
@click.option("--network", required=True, help="The network's name or short name.")
@click.option("--measure", "wished", multiple=True, help="A measure's id; several may be given. All by default.")
@click.option("--by", multiple=True, help="Group by site, month, term, indication, infusion ...; several may be given.")
@click.option("--from", "from_on", type=_DAY, help="First day; that of all data by default.")
@click.option("--to", "to_on", type=_DAY, help="Last day; that of all data by default.")
@click.option("--as-of", type=_DAY, help="As recorded by the end of this day (UTC), with courses as they stood on it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array of rows.")
@with_appcontext
def measures(
    network: str,
    wished: tuple[str, ...],
    by: tuple[str, ...],
    from_on: datetime | None,
    to_on: datetime | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Print measures with numerator, denominator, interval and exclusions."""
    every = people.network_scope(people.get_network(network))
    groups = [name for given in by for name in given.split(",") if name]
    chosen = [name for given in wished for name in given.split(",") if name] or _fitting(groups)
    with reading(every, timeout_ms=TIMEOUT_MS) as db:
        scope: Scope = replace(every, site_ids=fetch_every_site_id(every, db))
        known = view_known_at(scope, db, datetime.combine(as_of, time.max, UTC)) if as_of else None
        period = _period(from_on, to_on, find_extent(scope, db))
        on = as_of.date() if as_of else now().date()
        selection = Selection(period, on, known=known)
        lines = [
            Line(measure, row)
            for measure in chosen
            for row in fetch_measure(scope, db, measure, selection, groups).rows
        ]
    if as_json:
        click.echo(json.dumps([as_record(line) for line in lines], indent=1, ensure_ascii=False))
    else:
        _print_table(lines, period)


def _fitting(groups: Sequence[str]) -> list[str]:
    """Every measure that can be shown by these groups."""
    found = [measure for measure in measure_ids() if set(groups) <= set(groups_of(measure))]
    if not found:
        raise BadInput(f"No measure can be shown by {' and '.join(groups)}.")
    return found


def _period(from_on: datetime | None, to_on: datetime | None, extent: Period | None) -> Period:
    """The days asked for; an end that is not given is that of all data."""
    today = now().date()
    start = from_on.date() if from_on else extent.start_on if extent else today
    last: date = to_on.date() if to_on else extent.last_on if extent else today
    if last < start:
        raise BadInput(f"The period from {start} to {last} holds no day; give --from before --to.")
    return Period(start, last + timedelta(days=1))


def as_record(line: Line) -> dict[str, Any]:
    """One row as it is printed in JSON."""
    row = line.row
    return {
        "measure": line.measure,
        "site": row.key.get("site"),
        **{name: _plain(value) for name, value in row.key.items() if name != "site"},
        "numerator": row.numerator,
        "denominator": row.denominator,
        "share": row.share,
        "interval": [row.interval.low, row.interval.high] if row.interval else None,
        "bounds": list(row.bounds) if row.bounds else None,
        "exclusions": dict(row.excluded),
        "beside": dict(row.beside),
    }


def _plain(value: Any) -> Any:
    """A group's value as JSON has it: days as 2026-10-31."""
    return value.isoformat() if isinstance(value, date) else value


def _print_table(lines: Sequence[Line], period: Period) -> None:
    groups = list(dict.fromkeys(name for line in lines for name in line.row.key))
    head = ["measure", *groups, "numerator", "denominator", "value", "95 %", "left out", "beside"]
    body = [
        [line.measure, *(str(_plain(line.row.key.get(name, ""))) for name in groups), *_numbers(line.row)]
        for line in lines
    ]
    widths = [max(len(row[place]) for row in [head, *body]) for place in range(len(head))]
    click.echo(f"{formats.period(period.start_on, period.end_on)}")
    for row in [head, *body]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _numbers(row: MeasureRow) -> list[str]:
    return [
        formats.count(row.numerator),
        formats.count(row.denominator),
        formats.percent(row.share),
        _interval(row),
        _counted(row.excluded),
        _counted(row.beside),
    ]


def _counted(counts: Mapping[str, int]) -> str:
    return "; ".join(f"{formats.count(many)} {what}" for what, many in counts.items() if many)


def _interval(row: MeasureRow) -> str:
    """Of a share in percent; of a count of events, which rests on no number of cases, as events."""
    if row.interval is None:
        return formats.MISSING
    low, high = row.interval.low, row.interval.high
    return (
        formats.interval(low, high) if row.n_eff is not None else f"{formats.number(low)}–{formats.number(high)} events"
    )
