"""docs/csv-format.md, made from the record types and the rules, so that it says nothing but what the code does."""

import sys
from collections.abc import Iterator

from webapp.domain.intake.field_readers import FALSE_WORDS, KEY_LENGTH, TEXT_LENGTH, TRUE_WORDS
from webapp.domain.intake.rules import RULES
from webapp.domain.records import RECORD_TYPES, Field, RecordType

_WRITTEN = {
    "key": f"this record's own key, at most {KEY_LENGTH} characters",
    "text": "text",
    "integer": "whole number",
    "number": "number, with a decimal point",
    "date": "day, 2026-10-31",
    "instant": "day and time, 2026-10-31T09:30",
    "day_or_instant": "day, 2026-10-31, or day and time, 2026-10-31T09:30",
    "flag": "yes or no",
    "pressure": "systolic/diastolic in mmHg, 128/82",
    "hours": "opening hours, Mon-Fri 08:00-18:00; Sat 09:00-13:00",
    "zone": "IANA time zone, America/New_York",
}

_OPENING = f"""# The CSV format

Made from `webapp/domain/records.py` and `webapp/domain/intake/rules.py` by
`python -m webapp.domain.intake.format_page`.

One file per record type, named for it: `sessions.csv`, or `sessions_2026-10.csv` where there are several. The first row
names the columns, in any order; a column that the format does not have is refused, a column that is not required may be
missing. Files of other systems are read through a [column mapping](column-mapping.md).

- **Text** is UTF-8 (with or without a byte order mark) or UTF-16 with one. Cells are separated by commas, quoted with
  `"` where needed; a quote inside is doubled. Lines end with LF, CRLF or CR. White space around a cell does not count.
  Text is brought to Unicode NFC once. Invisible and direction-changing characters are refused; line breaks, tabs and
  joiners may stand in names, notes and a source's own words only.
- **Empty** means not recorded. What is not recorded is never counted as met.
- **Keys** are the sending system's own and are compared exactly. A record is known by its source, type and key: sending
  it again unchanged changes nothing, sending it changed makes a new version. The code of a site is its key, in the
  whole network.
- **References** name records of this batch or of earlier ones, never of another network.
- **Days** are written 2026-10-31. **Times** are written 2026-10-31T09:30; seconds, and a space instead of the T, are
  understood. A time without an offset is the site's own; with `Z` or `+hh:mm` it is that instant. Where the clocks show
  a time twice, the first is meant; a time that they skipped is refused.
- **Numbers** use plain digits and a decimal point. **Yes or no** may be written {", ".join(TRUE_WORDS)} and
  {", ".join(FALSE_WORDS)}.
- **Patients** are known by a key of the sending system, which is kept only as a keyed pseudonym. Names, numbers and
  addresses of patients have no place in these files; what looks like a number or address is refused.
- **Withdrawal** is said in the column `withdrawn`. The record is then out of every number from this import on, and what was said of
  it stays, so that an earlier state can still be asked for. A course takes its sessions and ratings along, a session its screens and
  side effects; a site or a practitioner that courses or sessions still name cannot be withdrawn, and an accreditation or credential
  is struck out. A key that is not held is passed over. Sent again without `withdrawn`, a record holds again.
- **Absence** withdraws nothing, except from a [snapshot](column-mapping.md#a-snapshot).
- By default a batch is stored whole or not at all. Every row that is not taken is listed with the rule, the field and
  the value.
"""


def csv_format_page() -> str:
    """The whole page, as Markdown."""
    parts = [_OPENING, "## Record types\n\nIn the order in which one refers to another.\n"]
    parts.extend(_record_section(record_type) for record_type in RECORD_TYPES)
    parts.append("\n".join(_rules_section()))
    return "\n".join(parts)


def _record_section(record_type: RecordType) -> str:
    lines = [
        f"### {record_type.name}.csv",
        "",
        record_type.meaning,
        "",
        "| column | needed | what it is | how it is written |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{f.name}` | {'yes' if f.required else ''} | {f.meaning} | {_how_written(f)} |" for f in record_type.columns
    ]
    if record_type.name == "sessions":
        lines += ["", "A session needs `started_at` or `booked_at`; a completed or stopped one needs `started_at`."]
    return "\n".join([*lines, ""])


def _how_written(field: Field) -> str:
    if field.kind == "ref":
        return f"key of one of the {field.refers_to}"
    if field.kind == "choice":
        return ", ".join(f"`{choice}`" for choice in field.choices)
    how = _WRITTEN[field.kind]
    if field.low is not None and field.high is not None:
        how += f", {field.low:g} to {field.high:g}"
    return how


def _rules_section() -> Iterator[str]:
    yield "## Rules by which a row is not taken\n"
    yield "| rule | what it refuses |"
    yield "|---|---|"
    for rule in RULES.values():
        yield f"| `{rule.name}` | {rule.refuses} |"
    yield ""
    yield f"Free text holds at most {TEXT_LENGTH:,} characters, every other text {KEY_LENGTH}."
    yield ""


if __name__ == "__main__":
    sys.stdout.write(csv_format_page())
