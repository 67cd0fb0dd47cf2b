"""Each kind of report as its worker makes it: the PDF says what it is to those who do not see it, and no page is empty."""

import io
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text

from tests.conftest import NOW
from tests.presentation.test_pdf_file import catalogue, structure
from tests.reporting import KINDS, OCTOBER, empty_queue, reporting_network, site_ids
from webapp.artifacts import file_store
from webapp.domain.report_kinds import ReportKind
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.figures import why_nothing
from webapp.presentation.report_document import ReportDocument, from_json
from webapp.queries.report_ledger import get_file, get_kept_document
from webapp.services import queued_work, report_runs, schedules
from webapp.transactions import reading

Made = dict[ReportKind, tuple[ReportDocument, bytes]]


@pytest.fixture(scope="module")
def made(session_app: Flask) -> Made:
    """The October document and PDF of each kind, of one network."""
    with session_app.app_context():
        empty_queue()
        scope = reporting_network(NOW)
        boss = Scope(scope.network_id, uuid4(), Role.MANAGER, frozenset(site_ids(scope).values()), whole_network=True)
        for kind in set(ReportKind) - {ReportKind.SITE}:
            schedules.set_up(boss, replace(schedules.monthly(OCTOBER, kind.value), kind=kind, zone="UTC"), NOW)
        report_runs.reconcile_network(scope, NOW)
        with reading(boss) as db:
            first_of = (
                "SELECT DISTINCT ON (c.kind) c.kind, r.id FROM report_run r JOIN schedule c ON c.id = r.schedule_id"
            )
            runs = {ReportKind(kind): run_id for kind, run_id in db.execute(text(f"{first_of} ORDER BY c.kind, r.id"))}
        for run_id in runs.values():
            assert queued_work.work_once(KINDS, run_id, lambda: NOW)
        with reading(boss) as db:
            found = {
                kind: (
                    from_json(get_kept_document(boss, db, run_id)),
                    file_store().read(*get_file(boss, db, run_id, "pdf")[1:]),
                )
                for kind, run_id in runs.items()
            }
    return found


@pytest.mark.parametrize("kind", ReportKind)
def test_it_is_tagged_titled_and_in_its_language(made: Made, kind: ReportKind) -> None:
    document, pdf = made[kind]
    reader = PdfReader(io.BytesIO(pdf))
    root = catalogue(reader)
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712  # pypdf's own boolean object
    assert str(root["/Lang"]).startswith(document.language)
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert reader.metadata is not None
    assert reader.metadata.title == f"{document.site or document.network}: {document.title}"


@pytest.mark.parametrize("kind", ReportKind)
def test_charts_have_words_tables_have_heads_and_headings_skip_no_level(made: Made, kind: ReportKind) -> None:
    document, pdf = made[kind]
    reader = PdfReader(io.BytesIO(pdf))
    found: list[Any] = structure(reader)
    spoken = [str(each.get("/Alt", "")) for each in found if each["/S"] == "/Figure"]
    assert len(spoken) == sum(
        panel.chart is not None and not why_nothing(panel.chart, panel.table) for panel in document.panels
    )
    assert all(len(words) > 20 for words in spoken)
    heads = sum(each["/S"] == "/TH" for each in found)
    assert heads >= sum(len(panel.table.columns) for panel in document.panels if panel.table.rows)
    levels = [int(str(each["/S"])[2:]) for each in found if str(each["/S"]) in ("/H1", "/H2", "/H3")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert [panel.table.title for panel in document.panels] == [
        title for title in titles if title in {panel.table.title for panel in document.panels}
    ]


@pytest.mark.parametrize("kind", ReportKind)
def test_each_page_says_something_and_its_number(made: Made, kind: ReportKind) -> None:
    _, pdf = made[kind]
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    for number, words in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in words
        assert len(words) > 200
