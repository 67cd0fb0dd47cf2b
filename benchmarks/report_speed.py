"""How many site reports a core reads and draws in a minute: every site's own data, so that no drawing is remembered from another.

What Python used of a core, and all the time that statements took: as if the database shared the core, and never waited for anything else.
"""

import time
from collections.abc import Iterator
from uuid import UUID

from benchmarks.measuring import Figure, statements
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.presentation import renderers, zip_file
from webapp.presentation.report_document import ReportDocument
from webapp.queries.reports import build_document
from webapp.queries.sites import fetch_sites
from webapp.transactions import reading

PDF_LIMIT = 300
ALL_LIMIT = 150


def figures(scope: Scope, month: Period) -> Iterator[Figure]:
    """Seconds of a core for the reports of all sites, as reports a minute."""
    with reading(scope) as db:
        sites = fetch_sites(scope, db)
    renderers.render("pdf", _document(scope, sites[0].id, month))
    reading_took = asking_took = drawing_pdf = drawing_all = 0.0
    for site in sites[1:]:
        began = time.process_time()
        with statements() as asked:
            document = _document(scope, site.id, month)
        asking_took += sum(took for took, _ in asked)
        read = time.process_time()
        drawn: dict[renderers.FileKind, bytes] = {"pdf": renderers.render("pdf", document)}
        pdf = time.process_time()
        for kind in renderers.DRAWN_KINDS[1:]:
            drawn[kind] = renderers.render(kind, document)
        zip_file.pack(document, drawn)
        drawing_all += time.process_time() - read
        drawing_pdf += pdf - read
        reading_took += read - began
    many = len(sites) - 1
    for what, drawing, limit in (
        ("as PDF", drawing_pdf, PDF_LIMIT),
        ("as PDF, XLSX, CSV and ZIP", drawing_all, ALL_LIMIT),
    ):
        a_minute = 60 * many / (reading_took + asking_took + drawing)
        of_each = [f"{1000 * each / many:.0f} ms" for each in (reading_took, asking_took, drawing)]
        beside = f"{many} sites; a report takes {of_each[0]} reading in Python, {of_each[1]} in the database, {of_each[2]} drawing"
        yield Figure(f"Site reports a minute and core, {what} (limit {limit})", f"{a_minute:.0f}", beside)


def _document(scope: Scope, site_id: UUID, month: Period) -> ReportDocument:
    one = scope.narrow([site_id])
    with reading(one) as db:
        return build_document(one, db, site_id, month)
