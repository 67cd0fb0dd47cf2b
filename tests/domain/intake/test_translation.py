"""Files and a mapping to raw records: filters, templates, values, joins by key and by day, dates, refusals."""

from typing import NoReturn

import pytest

from webapp.domain.errors import BadInput
from webapp.domain.intake.csv_reading import SourceFile
from webapp.domain.intake.mapping_reading import read_mapping
from webapp.domain.intake.raw_records import Item, LeftOut, RawRecord
from webapp.domain.intake.rules import Rejection
from webapp.domain.intake.shipped import shipped_mapping
from webapp.domain.intake.translation import translate

SCREENS = """\
source: clinic
tables:
  screens:
    - file: visits*.csv
      columns: {key: Id, session: Id}
      constants: {asked_how: scale}
"""


def run(mapping: str, **files: str) -> list[Item]:
    """All items of the mapping on files given as name=text, where _ stands for the dot."""
    given = [SourceFile.of_bytes(name.replace("_csv", ".csv"), text.encode()) for name, text in files.items()]
    return list(translate(read_mapping(mapping, "mine"), given))


def raws(items: list[Item]) -> list[dict[str, str]]:
    """The fields of the records that were made."""
    return [dict(item.raw) for item in items if isinstance(item, RawRecord)]


def values_of(mapping: str, field: str, **files: str) -> list[str]:
    """One field of every record."""
    return [raw[field] for raw in raws(run(mapping, **files))]


def test_columns_and_constants() -> None:
    assert run(SCREENS, visits_csv="Id,More\n7,x\n8,y\n") == [
        RawRecord("screens", "visits.csv", 2, {"key": "7", "session": "7", "asked_how": "scale"}),
        RawRecord("screens", "visits.csv", 3, {"key": "8", "session": "8", "asked_how": "scale"}),
    ]


def test_several_files_fit_one_pattern_whatever_their_case() -> None:
    items = run(SCREENS, Visits_oct_csv="Id\n7\n", visits_nov_csv="Id\n8\n")
    assert [(item.file, item.line) for item in items] == [("Visits_oct.csv", 2), ("visits_nov.csv", 2)]


def test_conditions() -> None:
    text = "Id,Kind,Day\n1,a,x\n2,b,x\n3,c,x\n4,a,\n"
    where = SCREENS.replace("      columns", '      where: {Kind: [a, b]}\n      where_not: {Day: ""}\n      columns')
    assert values_of(where, "key", visits_csv=text) == ["1", "2"]


def test_na_values_are_empty_before_conditions_look() -> None:
    mapping = "na_values: [NA]\n" + SCREENS.replace("      columns", '      where_not: {Day: ""}\n      columns')
    assert values_of(mapping, "key", visits_csv="Id,Day\n1,x\n2,NA\n") == ["1"]


def test_distinct() -> None:
    mapping = SCREENS.replace("      columns", "      distinct: [Id]\n      columns")
    assert values_of(mapping, "key", visits_csv="Id\n1\n2\n1\n") == ["1", "2"]


def test_a_template_with_an_empty_column_is_empty() -> None:
    mapping = SCREENS.replace(
        "columns: {key: Id, session: Id}", 'columns: {session: Id}\n      templates: {key: "{Id}/{No}!"}'
    )
    assert values_of(mapping, "key", visits_csv="Id,No\n1,2\n1,\n") == ["1/2!", ""]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ("{map: {A: scale}}", ["scale", "B", ""]),
        ("{map: {A: scale}, default: spontaneous}", ["scale", "spontaneous", ""]),
        ('{map: {"": solicited}, default: scale}', ["scale", "scale", "solicited"]),
    ],
)
def test_values(values: str, wanted: list[str]) -> None:
    mapping = SCREENS.replace("session: Id}", "session: Id, asked_how: How}").replace(
        "constants: {asked_how: scale}", f"values: {{asked_how: {values}}}"
    )
    assert values_of(mapping, "asked_how", visits_csv="Id,How\n1,A\n2,B\n3,\n") == wanted


def test_choose_takes_the_first_line_that_holds() -> None:
    mapping = SCREENS.replace(
        "constants: {asked_how: scale}",
        "choose: {asked_how: [{when: {S: Y}, value: scale}, {when_not: {C: N}, value: solicited}]}",
    )
    assert values_of(mapping, "asked_how", visits_csv="Id,S,C\n1,Y,N\n2,N,Y\n3,N,N\n") == ["scale", "solicited", ""]


def test_explode_makes_several_records_of_one_row() -> None:
    mapping = SCREENS.replace("columns: {key: Id, session: Id}", "columns: {session: Id}") + (
        '      explode:\n        - templates: {key: "{Id}a"}\n        - {templates: {key: "{Id}b"}, where: {Two: 1}}\n'
    )
    assert values_of(mapping, "key", visits_csv="Id,Two\n1,1\n2,0\n") == ["1a", "2a", "1b"]


def test_rows_in_the_mapping() -> None:
    mapping = (
        "source: c\ntables:\n  sites:\n    - rows: [{key: S, name: A, zone: UTC}]\n" + SCREENS.partition("tables:\n")[2]
    )
    first = run(mapping, visits_csv="Id\n1\n")[0]
    assert first == RawRecord("sites", "mine.yaml", 4, {"key": "S", "name": "A", "zone": "UTC"})


DATED = """\
source: c
date_formats: ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
partial_dates: empty
tables:
  screens:
    - file: v.csv
      columns: {key: Id, session: Id, finished_at: At}
      constants: {asked_how: scale}
"""


def test_dates_in_other_forms() -> None:
    sent = [
        "31.10.2026",
        "31.10.2026 09:30",
        "2026-10-31",
        "2026-10-31T09:30Z",
        "2026-10",
        "2026",
        "31.02.2026",
        "soon",
        "",
    ]
    text = "Id,At\n" + "".join(f"{i},{at}\n" for i, at in enumerate(sent))
    wanted = ["2026-10-31", "2026-10-31T09:30:00", "2026-10-31", "2026-10-31T09:30Z", "", "", "31.02.2026", "soon", ""]
    assert values_of(DATED, "finished_at", v_csv=text) == wanted


def joined(options: str) -> str:
    """A mapping that looks up a session for each row."""
    return f"""\
source: c
tables:
  screens:
    - file: v.csv
      join:
        - name: s
          file: s.csv
          on: {{P: Patient}}
{options}
      columns: {{key: Id, session: s.No}}
      constants: {{asked_how: scale}}
"""


def test_join_by_key() -> None:
    files = {"v_csv": "Id,P\n1,x\n2,y\n3,\n", "s_csv": "Patient,No,Kind\nx,10,b\nx,11,a\n,12,a\n"}
    assert values_of(joined(""), "session", **files) == ["10", "", ""]
    assert values_of(joined("          where: {Kind: a}"), "session", **files) == ["11", "", ""]
    found = run(joined("          leave_out: no session"), **files)
    assert found[1:] == [LeftOut("screens", "v.csv", 3, "no session"), LeftOut("screens", "v.csv", 4, "no session")]


def test_condition_on_a_joined_column() -> None:
    mapping = joined("").replace("      columns", "      where: {s.Kind: a}\n      columns")
    assert values_of(mapping, "key", v_csv="Id,P\n1,x\n2,y\n", s_csv="Patient,No,Kind\nx,1,b\ny,2,a\n") == ["2"]


INTERVAL = joined("          interval: {at: Day, start: From, end: To}\n          leave_out: not treated")
SPANS = """\
Patient,No,From,To
x,3,2026-06-01,
x,1,2026-01-10,2026-02-10
x,2,2026-03-01,
y,9,2026-01-01,2026-12-31
z,8,,
"""


@pytest.mark.parametrize(
    ("day", "session"),
    [
        ("2026-01-10", "1"),
        ("2026-02-10", "1"),
        ("2026-02-10T23:59", "1"),
        ("2026-03-01", "2"),
        ("2026-05-31", "2"),
        ("2026-06-01", "3"),
        ("2031-01-01", "3"),
        ("2026-04", "2"),
        ("2027", "3"),
    ],
)
def test_join_by_day(day: str, session: str) -> None:
    assert values_of(INTERVAL, "session", v_csv=f"Id,P,Day\n1,x,{day}\n", s_csv=SPANS) == [session]


@pytest.mark.parametrize(
    ("patient", "day", "reason"),
    [
        ("x", "2026-01-09", "not treated (before the first)"),
        ("x", "2025", "not treated (before the first)"),
        ("x", "2026-01", "not treated (between two)"),
        ("x", "2026-02-11", "not treated (between two)"),
        ("x", "2026", "not treated (between two)"),
        ("y", "2027-01-01", "not treated (after the last)"),
        ("x", "", "not treated (day not known)"),
        ("x", "2026-02-30", "not treated (day not known)"),
        ("q", "2026-01-10", "not treated (no partner)"),
        ("z", "2026-01-10", "not treated (no partner)"),
    ],
)
def test_a_day_in_no_interval_is_left_out_with_where_it_lay(patient: str, day: str, reason: str) -> None:
    assert run(INTERVAL, v_csv=f"Id,P,Day\n1,{patient},{day}\n", s_csv=SPANS) == [
        LeftOut("screens", "v.csv", 2, reason)
    ]


def test_of_overlapping_intervals_the_later_one_is_meant() -> None:
    spans = "Patient,No,From,To\nx,1,2026-01-01,2026-12-31\nx,2,2026-02-01,2026-02-28\n"
    days = ["2026-01-15", "2026-02-15", "2026-03-15"]
    text = "Id,P,Day\n" + "".join(f"{i},x,{day}\n" for i, day in enumerate(days))
    assert values_of(INTERVAL, "session", v_csv=text, s_csv=spans) == ["1", "2", "1"]


def test_a_row_of_another_width_is_a_named_rejection() -> None:
    found = run(SCREENS, visits_csv="Id,More\n7\n8,y\n")
    assert isinstance(found[0], Rejection)
    assert (found[0].rule, found[0].line, found[0].value) == ("field_count", 2, "7")
    assert raws(found) == [{"key": "8", "session": "8", "asked_how": "scale"}]


@pytest.mark.parametrize(
    ("mapping", "files", "said"),
    [
        (SCREENS, {}, "There is no file to read"),
        (SCREENS, {"other_csv": "Id\n1\n"}, "does not read a file named 'other.csv'; it reads visits*.csv"),
        (SCREENS, {"visits_csv": "Ident\n1\n"}, "visits.csv has no column 'Id', which the screens need"),
        (joined(""), {"v_csv": "Id,P\n1,x\n"}, "need the file s.csv as well"),
        (joined(""), {"v_csv": "Id,P\n1,x\n", "s_csv": "Patient\nx\n"}, "s.csv has no column 'No'"),
        (joined(""), {"s_csv": "Patient,No\nx,1\n"}, "s.csv is only looked up for other files"),
        (joined(""), {"v_csv": "Id,P\n1,x\n", "s_csv": "Patient,No\nx\n"}, "s.csv, line 2: The row has 1 cells"),
    ],
)
def test_refused_before_anything_is_made(mapping: str, files: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput) as caught:
        run(mapping, **files)
    assert said in str(caught.value)


def test_ignored_files_may_be_sent_along_and_are_never_opened() -> None:
    def never() -> NoReturn:
        raise AssertionError("opened")

    mapping = read_mapping("ignore: patients.csv\n" + SCREENS, "mine")
    files = [SourceFile("patients.csv", never), SourceFile.of_bytes("visits.csv", b"Id\n1\n")]
    assert len(list(translate(mapping, files))) == 1


def test_one_name_twice() -> None:
    twice = [SourceFile.of_bytes("visits.csv", b"Id\n1\n")] * 2
    with pytest.raises(BadInput, match="Two files are named"):
        translate(read_mapping(SCREENS, "mine"), twice)


def own(name: str, text: str) -> list[Item]:
    """A file in our own format."""
    return list(translate(shipped_mapping("dripline"), [SourceFile.of_bytes(name, text.encode())]))


def test_own_format_takes_columns_in_any_order_and_only_its_own() -> None:
    assert own("screens_oct.csv", "session,key,asked_how\ns,k,scale\n") == [
        RawRecord("screens", "screens_oct.csv", 2, {"session": "s", "key": "k", "asked_how": "scale"})
    ]
    for header, said in [
        ("key,session", "has no column 'asked_how'"),
        (
            "key,session,asked_how,finishd_at",
            "has a column 'finishd_at', which screens do not have; is 'finished_at' meant?",
        ),
        ("key,session,asked_how,", "has a column without a name (number 4)"),
    ]:
        with pytest.raises(BadInput) as caught:
            own("screens.csv", header + "\n")
        assert said in str(caught.value)
