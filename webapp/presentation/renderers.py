"""The files that a report becomes. Drawing libraries are loaded only when a file is drawn, never for a page."""

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Literal, get_args

from webapp.presentation import headings
from webapp.presentation.report_document import ReportDocument

FOLDER = Path(__file__).parent
OWN_FONTS = FOLDER / "fonts"
FileKind = Literal["pdf", "xlsx", "csv", "zip"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
DRAWN_KINDS: tuple[FileKind, ...] = ("pdf", "xlsx", "csv")
"""Those that are drawn from the document; the ZIP holds them."""

MEDIA_TYPES: dict[FileKind, str] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
}


_PAGES = re.compile(rb"/Type/Pages/Count (\d+)")


def render(kind: FileKind, document: ReportDocument) -> bytes:
    """The document as a file of that kind: the same document and versions give the same bytes."""
    drawer = import_module(f"webapp.presentation.{kind}_file")
    drawn: bytes = drawer.render(document)
    return drawn


def count_pages(pdf: bytes) -> int:
    """How many pages a PDF of ours has: what the root of its page tree says."""
    return max((int(many) for many in _PAGES.findall(pdf)), default=0)


def file_name(kind: FileKind, document: ReportDocument) -> str:
    """`riverside-monthly-report-2026-10.pdf`."""
    return f"{headings.file_stem(document)}.{kind}"


def versions() -> dict[str, str]:
    """What the bytes depend on besides the document; kept with each stored run.

    fonts, drawing: fingerprints of the product's own fonts, and of its own code that draws, as this process loaded them.
    """
    return {
        **{name: version(name) for name in ("justmytype-intl-cjk", "typst", "xlsxwriter")},
        "fonts": _FONTS,
        "drawing": _DRAWING,
        "unicode": unicodedata.unidata_version,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }


def _fingerprint(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


_FONTS = _fingerprint(OWN_FONTS.glob("*.ttf"))
_DRAWING = _fingerprint((*FOLDER.rglob("*.py"), *FOLDER.glob("*.typ")))
