"""What a page that waits is told while a report is made: rows read, then pages drawn and files stored, as they are."""

import io
from datetime import datetime, timedelta

from pypdf import PdfReader

from tests.conftest import NOW
from tests.reporting import run_ids, seen_by_lead
from webapp.artifacts import file_store
from webapp.domain.scope import Scope
from webapp.presentation.report_document import from_json
from webapp.queries.report_ledger import get_file, get_kept_document, get_run
from webapp.services import report_making, report_runs, run_queue
from webapp.transactions import reading
from webapp.views.report_words import progress_words


class Watch:
    """A clock that goes on by some time at each look; at each look it also notes what the page would say."""

    def __init__(self, scope: Scope, step: timedelta) -> None:
        self.scope, self.step, self.now = scope, step, NOW
        [self.run_id] = run_ids(scope)
        self.said: list[str] = []

    def __call__(self) -> datetime:
        with reading(self.scope) as db:
            words = progress_words(get_run(self.scope, db, self.run_id))
        if words not in self.said[-1:]:
            self.said.append(words)
        self.now += self.step
        return self.now


def made(scope: Scope, step: timedelta) -> Watch:
    report_runs.reconcile_network(scope, NOW)
    watch = Watch(seen_by_lead(scope), step)
    held = run_queue.claim(watch.run_id)
    assert held is not None
    assert report_making.make(held, watch)
    run_queue.finish(held)
    return watch


def test_rows_pages_and_files_are_told_as_they_are(reporting: Scope) -> None:
    watch = made(reporting, timedelta(seconds=1))
    lead = seen_by_lead(reporting)
    with reading(lead) as db:
        document = from_json(get_kept_document(lead, db, watch.run_id))
        pdf = file_store().read(*get_file(lead, db, watch.run_id, "pdf")[1:])
    pages = len(PdfReader(io.BytesIO(pdf)).pages)
    said = watch.said
    assert said[0] == "Being made"
    assert said[1].endswith("rows read")
    drawing = [words for words in said if "drawn" in words]
    assert drawing[0].endswith(f"{pages} pages drawn, 0 of 4 files stored")
    assert drawing[-1].endswith(f"{pages} pages drawn, 4 of 4 files stored")
    counted = [int(words.split()[2].replace(",", "")) for words in said if "read" in words]
    assert counted == sorted(counted)
    assert 0 < counted[-1] <= sum(len(panel.table.rows) for panel in document.panels)


def test_a_report_that_is_made_at_once_costs_no_word(reporting: Scope) -> None:
    assert set(made(reporting, timedelta(milliseconds=1)).said) == {"Being made", "Made"}
