"""The words of an answer as a person would read them: of an archive those of everything in it, of a PDF those drawn on its pages."""

import io
import re
import zipfile

from pypdf import PdfReader
from pypdf.errors import PyPdfError

_BROKEN = re.compile(r"[\s\u00ad\u200b-]+")
"""What a word may be broken by where a line ends on paper."""


def words_of(content: bytes) -> str:
    """What stands in it. What cannot be unpacked or read is taken as it came."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(words_of(archive.read(name)) for name in archive.namelist())
    plain = content.decode(errors="replace")
    return f"{plain}\n{_drawn(content)}" if content.startswith(b"%PDF") else plain


def _drawn(content: bytes) -> str:
    """The text of a PDF's pages and its description; once more without what breaks words at the end of a line."""
    try:
        reader = PdfReader(io.BytesIO(content))
        told = "\n".join((*(page.extract_text() for page in reader.pages), *map(str, (reader.metadata or {}).values())))
    except PyPdfError:
        return ""
    return f"{told}\n{_BROKEN.sub('', told)}"
