"""Checked rows laid out as they are staged, and kept aside without loss."""

from datetime import UTC, date, datetime
from decimal import Decimal

from webapp.domain.intake.local_time import Moment
from webapp.domain.intake.row_checks import CheckedRow
from webapp.domain.records import BY_NAME, RECORD_TYPES, Field, RecordType
from webapp.services import row_spool
from webapp.services.row_spool import RowSpool, layout
from webapp.services.staging import staged_columns

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
VALUES: dict[str, object] = {
    "day_or_instant": Moment(date(2026, 3, 2), AT),
    "pressure": (128, 82),
    "instant": AT,
    "date": date(2026, 3, 2),
    "number": Decimal("40.5"),
    "integer": 3,
    "flag": False,
}


def value_of(field: Field) -> object:
    """A value that names its own field where its kind allows."""
    return VALUES.get(field.kind, field.name)


def checked(record_type: RecordType, key: str = "K") -> CheckedRow:
    values = {field.name: value_of(field) for field in record_type.fields}
    if record_type.name == "sessions":
        values |= {"on_date": date(2026, 3, 2), "local_hour": 10}
    return CheckedRow(record_type.name, "x.csv", 2, key, values)


def test_every_value_stands_in_its_column() -> None:
    for record_type in RECORD_TYPES:
        row = layout(record_type.name, lambda key: f"P-{key}")(checked(record_type))
        columns = ["key", *(column.name for column in staged_columns(record_type))]
        assert len(row) == len(columns)
        found = dict(zip(columns, row, strict=True))
        for field in record_type.fields:
            if field.kind == "day_or_instant":
                assert (found[f"{field.name.removesuffix('_at')}_on"], found[field.name]) == (date(2026, 3, 2), AT)
            elif field.kind == "pressure":
                when = field.name.removeprefix("pressure_")
                assert (found[f"systolic_{when}"], found[f"diastolic_{when}"]) == (128, 82)
            elif field.name == "patient":
                assert found["patient"] == "P-patient"
            elif field.kind != "key":
                assert found[field.name] == value_of(field)


def test_what_was_not_sent_is_empty() -> None:
    record_type = BY_NAME["sessions"]
    values: dict[str, object] = dict.fromkeys((field.name for field in record_type.fields), None)
    row = layout("sessions", str)(
        CheckedRow("sessions", "x.csv", 2, "K", {**values, "on_date": None, "local_hour": None})
    )
    assert row == ("K", *[None] * len(staged_columns(record_type)))


def test_rows_come_back_in_order() -> None:
    many = 3 * row_spool.AT_ONCE + 1
    with RowSpool(str) as spool:
        for number in range(many):
            spool.add(checked(BY_NAME["screens"], f"S{number}"))
            if number % 100 == 0:
                spool.add(checked(BY_NAME["ratings"], f"R{number}"))
        rows = spool.rows()
        assert [row[0] for row in rows["screens"]] == [f"S{number}" for number in range(many)]
        assert len(list(rows["ratings"])) == many // 100 + 1
    with RowSpool(str) as spool:
        assert spool.rows() == {}
