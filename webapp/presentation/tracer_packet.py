"""A tracer packet as files: tables as CSV, one readable page, a manifest with every file's SHA-256, sealed in one ZIP.

Nothing in it depends on when, where or by whom it was made, so that two packets of one choice from one data version are equal to the
byte: the ZIP's own dates are those of the data version.
"""

import hashlib
import html
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from webapp.domain.compliance import CRITERION_TITLES, Criterion
from webapp.domain.tracer import Effect, Held, Packet, Traced
from webapp.domain.vocabulary import Verdict
from webapp.presentation import csv_file, formats
from webapp.presentation.standings import STANDING_LABELS
from webapp.presentation.tables import Cell, Column, Table
from webapp.presentation.verdicts import VERDICT_LABELS

READABLE, MANIFEST, TABLES = "packet.html", "manifest.json", "tables.json"
METHOD = (
    "Each delivered session of the period has the SHA-256 of the network's id, the programme's code, the site's code"
    " (* for all), the first and last day joined by /, the data version, the seed and the session's id, each on a line of"
    " its own. The smallest are drawn, in that order."
)
NOT_ACCREDITATION = (
    "These are records of single sessions, not statistics. “Met” means recorded as met. Numbers of sessions and patients hold in this"
    " packet only."
)
_EARLIEST_IN_ZIP = (1980, 1, 1, 0, 0, 0)


def seal(packet: Packet) -> bytes:
    """The ZIP."""
    tables = packet_tables(packet)
    files = {f"{table.key}.csv": csv_file.render_table(table, about(packet)) for table in tables}
    files[READABLE] = _page(packet, tables).encode()
    files[TABLES] = json.dumps([_told(table) for table in tables], ensure_ascii=False, indent=1).encode()
    files[MANIFEST] = _manifest(packet, files)
    at = max(packet.ground.as_of.astimezone(UTC).timetuple()[:6], _EARLIEST_IN_ZIP)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, at)
            entry.create_system, entry.external_attr, entry.compress_type = 3, 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return target.getvalue()


def open_tables(sealed: bytes) -> list[Table]:
    """The tables of a sealed packet, to be shown as they were sealed."""
    with zipfile.ZipFile(io.BytesIO(sealed)) as archive:
        return [_read(told) for told in json.loads(archive.read(TABLES))]


def about(packet: Packet) -> list[tuple[str, str]]:
    """Label and value of everything that decided what is in it."""
    chosen, ground = packet.chosen, packet.ground
    return [
        ("Network", ground.network),
        ("Programme", ground.programme),
        *([("Accrediting body", ground.body)] if ground.body else []),
        ("Sites", ground.site or "All"),
        ("Period", formats.period(chosen.period.start_on, chosen.period.end_on)),
        ("Sessions", f"{formats.count(len(packet.sessions))} of {formats.count(packet.population)} delivered"),
        ("Seed", chosen.seed),
        ("Data version", formats.count(ground.data_version)),
        ("Recorded", formats.instant(ground.as_of)),
        ("Settings version", str(ground.settings_version)),
        ("Audit chain then", ground.head),
    ]


def packet_tables(packet: Packet) -> list[Table]:
    """The sampled sessions, their verdicts, who was allowed on the day, and the matrix of the packet's day."""
    return [_sessions(packet), _verdicts(packet), _permissions(packet), _matrix(packet)]


def _sessions(packet: Packet) -> Table:
    columns = (
        *(
            Column("number", "Session"),
            Column("patient", "Patient"),
            Column("site", "Site"),
            Column("on", "Day", "date"),
        ),
        *(Column("status", "Outcome"), Column("phase", "Phase"), Column("product", "Product")),
        *(Column("evaluated_on", "Evaluated", "date"), Column("approved_on", "Approved", "date")),
        *(
            Column("approved_by", "Approved by"),
            Column("administered_by", "Given by"),
            Column("supervised_by", "Supervised by"),
        ),
        *(
            Column("escort_in", "Escort in"),
            Column("escort_out", "Escort out"),
            Column("substance", "Substance-use history"),
        ),
        *(Column("watched", "Minutes watched", "integer"), Column("pressures", "Blood pressures of 3", "integer")),
        *(Column("form_on", "Monitoring form", "date"), Column("effects", "Side effects"), Column("draw", "Draw")),
    )
    said = f"{formats.count(len(packet.sessions))} of {formats.count(packet.population)} delivered sessions, in the order of the draw"
    return Table(
        "sessions", "The sampled sessions", said, columns, tuple(map(_row, packet.sessions)), notes=(NOT_ACCREDITATION,)
    )


def _row(one: Traced) -> tuple[Cell, ...]:
    approved = one.approved_by
    if approved and one.prescriber is not True:
        approved += " (not a prescriber)" if one.prescriber is False else " (prescriber not recorded)"
    history = _words(one.substance_history)
    if one.substance_history == "positive":
        history += ", decision documented" if one.substance_decided else ", no decision documented"
    return (
        *(one.number, one.patient, one.site, one.on, _words(one.status), _words(one.phase), _words(one.product)),
        *(one.evaluated_on, one.approved_on, approved or "not recorded"),
        *(one.administered_by or "not recorded", one.supervised_by or "not recorded"),
        *(_flag(one.escort_in), _flag(one.escort_out), history, one.monitored_minutes, one.pressures, one.form_on),
        *(_effects(one), one.draw[:16]),
    )


def _effects(one: Traced) -> str:
    if one.effects:
        return "; ".join(map(_effect, one.effects))
    return "not asked for" if one.asked_how is None else f"none ({_words(one.asked_how)})"


def _effect(effect: Effect) -> str:
    serious = "" if effect.serious == "no" else f", serious: {_words(effect.serious)}"
    return f"{_words(effect.term)}, severity {effect.severity}{serious}"


def _verdicts(packet: Packet) -> Table:
    shown = [criterion for criterion in Criterion if any(criterion in one.verdicts for one in packet.sessions)]
    columns = [Column("number", "Session"), Column("site", "Site"), Column("on", "Day", "date")]
    columns += [Column(criterion.value, CRITERION_TITLES[criterion]) for criterion in shown]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (one.number, one.site, one.on, *(_verdict(one.verdicts.get(criterion)) for criterion in shown))
        for one in packet.sessions
    )
    asked = [
        f"{CRITERION_TITLES[criterion]}: the programme asks it as “{title}”."
        for criterion, title in packet.asked.items()
    ]
    said = "Each sampled session held against each criterion, as recorded in this data version"
    return Table("verdicts", "What each session meets", said, tuple(columns), rows, notes=tuple(asked))


def _verdict(found: Verdict | None) -> str:
    return VERDICT_LABELS[found] if found else "does not apply"


def _permissions(packet: Packet) -> Table:
    columns = (
        *(Column("number", "Session"), Column("on", "Day", "date"), Column("whose", "Whose"), Column("name", "Name")),
        *(
            Column("what", "What"),
            Column("then", "On the day, as known then"),
            Column("now", "On the day, as known now"),
        ),
        *(Column("until", "Last valid day", "date"), Column("since", "Lapse known since", "instant")),
    )
    rows = tuple(_permission(one, held) for one in packet.sessions for held in one.held)
    said = "“Then” is the end of the session's own day; “now” is this data version"
    return Table("permissions", "Who was allowed on the day", said, columns, rows)


def _permission(one: Traced, held: Held) -> tuple[Cell, ...]:
    then, now = STANDING_LABELS[held.then], STANDING_LABELS[held.now]
    return (one.number, one.on, held.whose, held.name, held.what, then, now, held.until, held.lapse_known_since)


def _matrix(packet: Packet) -> Table:
    columns = (Column("site", "Site"), Column("asked", "Asked"), Column("found", "Found"))
    rows = tuple((cell.site, cell.asked, cell.found) for cell in packet.matrix)
    said = f"On {formats.day(packet.matrix_on)}, as recorded in this data version"
    return Table("matrix", f"{packet.ground.programme}: site by criterion", said, columns, rows)


def _manifest(packet: Packet, files: Mapping[str, bytes]) -> bytes:
    chosen, ground = packet.chosen, packet.ground
    told = {
        "product": "Dripline",
        "kind": "tracer packet",
        "network": ground.network,
        "programme": {"code": chosen.programme, "name": ground.programme, "body": ground.body},
        "site": chosen.site,
        "period": {"first": chosen.period.start_on.isoformat(), "last": chosen.period.last_on.isoformat()},
        "sample": {
            "asked_for": chosen.size,
            "drawn": len(packet.sessions),
            "of": packet.population,
            "seed": chosen.seed,
            "method": METHOD,
            "draws": {one.number: one.draw for one in packet.sessions},
        },
        "data_version": ground.data_version,
        "settings_version": ground.settings_version,
        "recorded_at": _instant(ground.as_of),
        "audit_chain_head": ground.head,
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(files.items())
        },
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


_STYLE = (
    "body{font:14px/1.45 system-ui,sans-serif;margin:2rem;color:#16202c;background:#fff}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem}th{background:#f2f5f8}"
    "th,td{border:1px solid #ccd5df;padding:.25rem .5rem;text-align:left;vertical-align:top}dt{font-weight:600}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}"
    "dd{margin:0;overflow-wrap:anywhere}p{max-width:60rem}"
)


def _page(packet: Packet, tables: list[Table]) -> str:
    """One page that needs nothing else, also without a network."""
    facts = "".join(f"<dt>{html.escape(label)}</dt><dd>{html.escape(value)}</dd>" for label, value in about(packet))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tracer packet</title>'
        f"<style>{_STYLE}</style></head><body><h1>Tracer packet: {html.escape(packet.ground.programme)}</h1><dl>{facts}</dl>"
        f"<p>{html.escape(METHOD)}</p>{''.join(_shown(tables))}</body></html>\n"
    )


def _shown(tables: list[Table]) -> Iterator[str]:
    for table in tables:
        yield f"<h2>{html.escape(table.title)}</h2><p>{html.escape(table.subtitle)}</p><table><thead><tr>"
        yield "".join(f'<th scope="col">{html.escape(column.label)}</th>' for column in table.columns)
        yield "</tr></thead><tbody>"
        for row in formats.row_texts(table):
            yield f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>"
        yield f"</tbody></table>{''.join(f'<p>{html.escape(note)}</p>' for note in table.notes)}"


def _told(table: Table) -> dict[str, object]:
    return {
        "key": table.key,
        "title": table.title,
        "subtitle": table.subtitle,
        "columns": [[column.key, column.label, column.kind] for column in table.columns],
        "rows": [[_plain(cell) for cell in row] for row in table.rows],
        "notes": list(table.notes),
    }


def _read(told: Mapping[str, Any]) -> Table:
    columns = tuple(Column(*parts) for parts in told["columns"])
    rows = tuple(
        tuple(_revived(cell, column) for cell, column in zip(row, columns, strict=True)) for row in told["rows"]
    )
    notes = tuple(told["notes"])
    return Table(str(told["key"]), str(told["title"]), str(told["subtitle"]), columns, rows, notes=notes)


def _revived(cell: str | int | None, column: Column) -> Cell:
    if isinstance(cell, str) and column.kind == "date":
        return date.fromisoformat(cell)
    return datetime.fromisoformat(cell) if isinstance(cell, str) and column.kind == "instant" else cell


def _plain(cell: Cell) -> str | int | float | None:
    if isinstance(cell, datetime):
        return _instant(cell)
    return cell.isoformat() if isinstance(cell, date) else cell


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _words(value: str | None) -> str:
    return value.replace("_", " ") if value else "not recorded"


def _flag(value: bool | None) -> str:
    return "not recorded" if value is None else "yes" if value else "no"
