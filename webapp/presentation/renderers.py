"""The files that a report becomes. Drawing libraries are loaded only when a file is drawn, never for a page."""

import hashlib
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Literal, get_args

from webapp.presentation import headings
from webapp.presentation.report_document import ReportDocument

OWN_FONTS = Path(__file__).with_name("fonts")
FileKind = Literal["pdf", "xlsx", "csv"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
MEDIA_TYPES: dict[FileKind, str] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def render(kind: FileKind, document: ReportDocument) -> bytes:
    """The document as a file of that kind: the same document and versions give the same bytes."""
    drawer = import_module(f"webapp.presentation.{kind}_file")
    drawn: bytes = drawer.render(document)
    return drawn


def file_name(kind: FileKind, document: ReportDocument) -> str:
    """`riverside-monthly-report-2026-10.pdf`."""
    return f"{headings.file_stem(document)}.{kind}"


def versions() -> dict[str, str]:
    """What the bytes depend on besides the document; kept beside each stored file. `fonts`: a fingerprint of the product's own."""
    own = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(OWN_FONTS.glob("*.ttf")))).hexdigest()[:16]
    return {**{name: version(name) for name in ("justmytype-intl-cjk", "typst", "xlsxwriter")}, "fonts": own}
