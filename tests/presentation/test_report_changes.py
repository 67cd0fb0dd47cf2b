"""What a further issue says it changed."""

from dataclasses import replace

from tests.presentation.example_report import example_report
from webapp.presentation.report_changes import MOST_TOLD, NOTHING, changes_between, under_names
from webapp.presentation.report_document import Headline, Panel, ReportDocument
from webapp.presentation.tables import Column, Table


def with_cell(document: ReportDocument, panel: int, row: int, column: int, value: int) -> ReportDocument:
    table = document.panels[panel].table
    rows = [list(cells) for cells in table.rows]
    rows[row][column] = value
    changed = Panel(replace(table, rows=tuple(map(tuple, rows))), document.panels[panel].chart)
    panels = (*document.panels[:panel], changed, *document.panels[panel + 1 :])
    return replace(document, panels=panels)


def test_equal_reports_say_that_nothing_changed() -> None:
    assert changes_between(example_report(), replace(example_report(), issue=2, data_version=9)) == (NOTHING,)


def test_a_changed_cell_is_named_with_both_values() -> None:
    before = example_report()
    after = with_cell(before, 2, 0, 1, 97)
    [told] = changes_between(before, after)
    assert told == "How do courses end? Nov 2025, Completed on time: 96 before, 97 now."


def test_a_changed_headline_comes_first() -> None:
    before = example_report()
    headlines = (Headline("Sessions delivered", 6215, "integer"), *before.headlines[1:])
    after = with_cell(replace(before, headlines=headlines), 2, 0, 1, 97)
    assert changes_between(before, after)[0] == "Sessions delivered: 6,214 before, 6,215 now."


def test_rows_that_come_or_go_are_told_and_many_are_counted() -> None:
    before = example_report()
    fewer = replace(before, panels=before.panels[:2])
    assert any(told.endswith("is no longer part of the report.") for told in changes_between(before, fewer))
    assert len(changes_between(fewer, before)) == MOST_TOLD + 1
    assert changes_between(fewer, before)[-1].endswith("more numbers changed.")


def standings(*rows: tuple[str, str, str], title: str = "Site") -> ReportDocument:
    columns = (Column("site", title), Column("programme", "Programme"), Column("standing", "Standing"))
    panel = Panel(Table("standing", "How do they stand?", "", columns, rows))
    return replace(example_report(), headlines=(), panels=(panel,))


def test_rows_that_share_a_name_are_told_apart_by_the_words_beside_it() -> None:
    before = standings(("Riverside", "Certified", "Granted"), ("Riverside", "Accredited", "Granted"))
    after = standings(("Riverside", "Certified", "Suspended"), ("Riverside", "Accredited", "Granted"))
    assert changes_between(before, after) == (
        "How do they stand? Riverside, Certified, Standing: Granted before, Suspended now.",
    )


def test_rows_alike_in_every_word_are_told_apart_by_their_place() -> None:
    before = standings(("Riverside", "Certified", "Granted"), ("Riverside", "Certified", "Granted"))
    after = standings(("Riverside", "Certified", "Suspended"), ("Riverside", "Certified", "Granted"))
    [told] = changes_between(before, after)
    assert told.endswith("Granted before, Suspended now.")


def test_a_site_that_is_called_otherwise_is_compared_with_itself() -> None:
    before = standings(("Riverside", "Certified", "Granted"))
    after = standings(("Riverside North", "Certified", "Suspended"))
    assert under_names(after, {}) is after
    [told] = changes_between(before, under_names(after, {"Riverside North": "Riverside"}))
    assert told == "How do they stand? Riverside, Standing: Granted before, Suspended now."
