"""The YAML of a column mapping: what it may say, and what is said about anything else."""

import pytest

from webapp.domain.errors import BadInput
from webapp.domain.intake.mapping import Branch, Condition, Interval
from webapp.domain.intake.mapping_reading import read_mapping
from webapp.domain.intake.shipped import shipped_mapping, shipped_names

SMALL = """\
source: clinic
tables:
  screens:
    - file: visits.csv
      columns: {key: Id, session: Id}
      constants: {asked_how: scale}
"""


def complaint(text: str) -> str:
    """The sentence about the text."""
    with pytest.raises(BadInput) as caught:
        read_mapping(text, "mine")
    return str(caught.value)


ALL_WORDS = """\
source: clinic
title: A title
encoding: CP1252
delimiter: tab
time_zone: UTC
date_formats: ["%m/%d/%Y %H:%M", "%m/%d/%Y"]
partial_dates: empty
na_values: [NA, no]
ignore: staff*.csv
tables:
  sites:
    - rows:
        - {key: 007, name: no, zone: America/New_York}
  ratings:
    - file: scores*.csv
      where: {Kind: [x, y]}
      where_not: {Score: ""}
      distinct: Id
      join:
        - name: visit
          file: visits.csv
          on: {Visit: Id}
          where: {Done: 1}
          interval: {at: Day, start: From, end: To}
          leave_out: no visit
      columns: {course: visit.Course, rated_at: Day}
      templates: {key: "{Id}-{Kind}"}
      choose:
        suicidality:
          - {when: {Item: Y}, when_not: {Kind: z}, value: 3}
          - {value: 0}
      explode:
        - columns: {score: Before}
          constants: {instrument: phq9}
        - columns: {score: After}
          constants: {instrument: madrs}
          where: {After: 1}
          values: {score: {map: {none: 0}, default: 1}}
"""


def test_all_words() -> None:
    mapping = read_mapping(ALL_WORDS, "mine")
    assert (mapping.encoding, mapping.delimiter, mapping.time_zone, mapping.partial_dates) == (
        "cp1252",
        "\t",
        "UTC",
        "empty",
    )
    assert mapping.na_values == {"NA", "no"}
    assert mapping.ignore == ("staff*.csv",)
    assert mapping.patterns() == ("scores*.csv", "visits.csv")
    sites, before, after = mapping.tables
    assert sites.rows == ((13, {"key": "007", "name": "no", "zone": "America/New_York"}),)
    assert before.where == (Condition("Kind", frozenset("xy")), Condition("Score", frozenset({""}), False))
    assert after.where == (*before.where, Condition("After", frozenset("1")))
    assert before.joins[0].interval == Interval("Day", "From", "To")
    assert before.joins[0].leave_out == "no visit"
    fields = {source.field: source for source in before.fields}
    assert fields["key"].template == ("", "Id", "-", "Kind", "")
    whens = (Condition("Item", frozenset("Y")), Condition("Kind", frozenset("z"), False))
    assert fields["suicidality"].branches == (Branch(whens, "3"), Branch((), "0"))
    assert fields["score"].column == "Before"
    assert fields["score"].values is None
    other = {source.field: source for source in after.fields}["score"]
    assert (other.column, other.values, other.default) == ("After", {"none": "0"}, "1")


def test_the_small_one_is_fine() -> None:
    mapping = read_mapping(SMALL, "mine")
    assert mapping.text == SMALL
    assert mapping.time_zone == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("source: clinic", "sources: clinic", "line 1: a mapping has no 'sources'; did you mean source?"),
        ("source: clinic", "title: x", "needs 'source'"),
        ("source: clinic", "source: My Clinic!", "line 1: source is 'My Clinic!'"),
        ("source: clinic", "source: clinic\nsource: other", "line 2: 'source' is given twice"),
        ("source: clinic", "source: clinic\nencoding: ebcdic", "line 2: encoding is 'ebcdic'"),
        ("source: clinic", "source: clinic\ntime_zone: Mars/Base", "line 2: time_zone is 'Mars/Base'"),
        ("source: clinic", "source: clinic\ndelimiter: x", "line 2: delimiter is 'x'"),
        ("source: clinic", "source: clinic\npartial_dates: keep", "line 2: partial_dates is 'keep'"),
        (
            "source: clinic",
            'source: clinic\ndate_formats: ["%d/%m/%Y", "%m/%d/%Y"]',
            "read the same text as different days",
        ),
        ("source: clinic", 'source: clinic\ndate_formats: ["%Y"]', "names no day and month"),
        ("source: clinic", "source: [a]", "one plain value is expected"),
        ("source: clinic", "source: &a clinic", "anchors and aliases"),
        ("source: clinic", "source: !!python/object:os.system clinic", "tags such as"),
        ("source: clinic", "source: 'clinic", "this is not YAML"),
        ("source: clinic", "source: clinic\n? [a]\n: b", "line 2: a key must be a word"),
        ("screens", "screenings", "line 4: tables has no 'screenings'"),
        ("file: visits.csv", "filename: visits.csv", "has no 'filename'; did you mean file?"),
        ("file: visits.csv", "where: {a: b}", "needs either 'file' or 'rows'"),
        ("columns: {key: Id", "columns: {kee: Id", "line 5: columns of screens has no 'kee'; did you mean key?"),
        ("columns: {key: Id, session: Id}", "columns: {key: Id}", "line 4: tables.screens gives no 'session'"),
        ("columns: {key: Id, session: Id}", "columns: Id", "must be a table"),
        ("columns: {key: Id, session: Id}", "columns: same", "'constants' has no meaning beside"),
        ("constants: {asked_how: scale}", "templates: {asked_how: scale}", "needs column names in braces"),
        ("constants: {asked_how: scale}", "templates: {asked_how: '{a'}", "needs column names in braces"),
        ("constants: {asked_how: scale}", "values: {asked_how: {map: {a: b}}}", "which no column or template gives"),
        ("constants: {asked_how: scale}", "choose: {asked_how: [{if: x}]}", "choose has no 'if'"),
        ("constants: {asked_how: scale}", "choose: {asked_how: [{when: {a: b}}]}", "choose needs 'value'"),
        ("constants: {asked_how: scale}", "join: [{name: a b, file: x.csv, on: {a: b}}]", "must be one word"),
        ("constants: {asked_how: scale}", "join: [{name: a, file: x.csv, on: {}}]", "at least one pair"),
        ("constants: {asked_how: scale}", "join: [{name: a, file: x.csv}]", "join needs 'on'"),
        (
            "columns: {key: Id, session: Id}",
            "columns: {key: Id, session: b.Id}\n      join: [{name: a, file: x.csv, on: {a: b}}]",
            "'b.Id' names no join; the joins are a",
        ),
        ("    - file: visits.csv", "      file: visits.csv", "must be a list"),
    ],
)
def test_complaints_name_line_and_word(old: str, new: str, said: str) -> None:
    assert old in SMALL
    sentence = complaint(SMALL.replace(old, new))
    assert said in sentence
    assert sentence.startswith("the mapping mine, line ") or "needs" in sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("just words", "must be a table"),
        ("source: a\ntables: {}", "names no record type"),
        ("[" * 50, "nested more than"),
        ("a: " * 100_000, "characters"),
        ("a: \x07", "is not YAML text"),
        ("a: *b", "anchors and aliases"),
    ],
)
def test_what_is_no_mapping_at_all(text: str, said: str) -> None:
    assert said in complaint(text)


def test_doubling_aliases_are_never_unfolded() -> None:
    bomb = "a: &a [x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)},*{chr(97 + i)}]\n" for i in range(20)
    )
    assert "anchors" in complaint(bomb)


def test_every_shipped_mapping_reads_and_says_what_it_assumes() -> None:
    assert shipped_names() == ("dripline", "cqc_trafford", "esketamine_madrs", "sdtm_pilot", "synthea_27")
    for name in shipped_names():
        mapping = shipped_mapping(name)
        assert mapping.source == name
        assert mapping.title
        assert mapping.notes
    with pytest.raises(BadInput, match="there are dripline, cqc_trafford, esketamine_madrs"):
        shipped_mapping("../dripline")
