"""Downloads of what a page shows: the same panels under the same filters, with the filters and the as-of in the file."""

import io

from flask import Blueprint, Response, abort, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from webapp.access import current_scope, current_viewer
from webapp.domain.doors import PAGES
from webapp.domain.errors import BadInput, DriplineError, NotFound
from webapp.domain.filters import SITES_LEFT_OUT, Filters, Known, parse_filters, unsorted_words
from webapp.domain.fixed_form import told_to
from webapp.presentation import csv_file, formats, xlsx_file
from webapp.presentation.filter_bar import KNOWN_LABELS
from webapp.presentation.filter_words import filter_words
from webapp.presentation.renderers import MEDIA_TYPES, FileKind
from webapp.presentation.sorting import sorted_by
from webapp.presentation.tables import Table
from webapp.presentation.viewer import Viewer
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.registry import IN_A_FILE, default_period
from webapp.queries.pages.rows import choice_words
from webapp.services import audit
from webapp.services.clock import now
from webapp.transactions import reading

blueprint = Blueprint("exports", __name__, url_prefix="/download")

KINDS: tuple[FileKind, ...] = ("csv", "xlsx")
FOREIGN_SITE = "This file was not made: some sites named in its address are not among the sites you can see. Choose the sites again."


@blueprint.get("/<page>/<name>")
def table(page: str, name: str) -> AnyResponse:
    """One table of a page as a file. Who may have it is decided anew here, each time."""
    key, _, kind = name.rpartition(".")
    scope, viewer = current_scope(), current_viewer()
    door = PAGES.get(page)
    if viewer is None or door is None or not door.admits(viewer.role) or page not in IN_A_FILE or kind not in KINDS:
        abort(404)  # noted by `webapp.access`, as every refusal is that does not say more of itself
    subject = f"{page}, {key}, {kind}"
    try:
        filters = _filters(page, viewer)
        narrowed = scope.narrow(filters.site_ids(viewer.sites))
        with reading(narrowed) as db:
            ground = Ground(narrowed, db, filters, viewer.today)
            found = _find_table(ground, page, key)
            about = _about(ground, viewer, found)
            as_of, version = ground.recorded_at or now(), ground.data_version
    except DriplineError:
        audit.record(scope, "download", subject, "refused")
        raise
    content = csv_file.render_table(found, about) if kind == "csv" else xlsx_file.render_table(found, about, as_of)
    audit.record(scope, "download", subject, details={"rows": len(found.rows), "data_version": version})
    return _file(
        content, "csv" if kind == "csv" else "xlsx", f"{page}-{found.key.replace('_', '-')}-{filters.period.start_on}"
    )


def _filters(page: str, viewer: Viewer) -> Filters:
    """What the address asks for. A file is not made of something else than was asked for: whatever cannot be met refuses."""
    search = request.query_string.decode(errors="replace")
    codes = (site.code for site in viewer.sites)
    filters, sentences = parse_filters(search, codes, viewer.today, default_period(page), page)
    if SITES_LEFT_OUT in sentences:
        raise BadInput(FOREIGN_SITE)
    filters, more = told_to(viewer.role, page, filters, viewer.today, default_period(page))
    if sentences := (*sentences, *more):
        raise BadInput(f"This file was not made. {' '.join(sentences)}")
    return filters


def _find_table(ground: Ground, page: str, key: str) -> Table:
    found = next((panel.table for panel in IN_A_FILE[page](ground) if panel.table.key == key), None)
    if found is None:
        raise NotFound("There is no such table, or none that you can see.")
    if ground.filters.sort and ground.filters.sort[0] == key:
        _, column, descending = ground.filters.sort
        if column not in {each.key for each in found.columns}:
            raise BadInput(f"This file was not made. {unsorted_words(f'{key}.{column}')}")
        return sorted_by(found, column, descending=descending)
    return found


def _about(ground: Ground, viewer: Viewer, found: Table) -> list[tuple[str, str]]:
    """Label and value of everything that decided what is in the file."""
    filters = ground.filters
    return [
        ("Table", found.title),
        *filter_words(filters, viewer),
        *([("Choice", ", ".join(words))] if (words := choice_words(filters.rows)) else []),
        ("States on", formats.day(ground.on)),
        *([("As known", known)] if (known := _knowledge(filters)) else []),
        ("As of", formats.instant(ground.recorded_at)),
        ("Data version", formats.count(ground.data_version)),
        ("Settings version", str(ground.settings.version)),
    ]


def _knowledge(filters: Filters) -> str:
    if filters.known_at is not None:
        return f"at {formats.instant(filters.known_at)}"
    return KNOWN_LABELS[Known.THEN] if filters.known is Known.THEN else ""


def _file(content: bytes, kind: FileKind, stem: str) -> Response:
    name = f"{stem}.{kind}"
    answer = send_file(io.BytesIO(content), MEDIA_TYPES[kind], as_attachment=True, download_name=name, etag=False)
    answer.headers["Content-Security-Policy"] = "sandbox"
    return answer
