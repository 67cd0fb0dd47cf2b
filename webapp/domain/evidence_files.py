"""What kind of file a piece of evidence is, by its content and never by its name; and what is refused, each with its sentence.

Taken are PDF, PNG, JPEG, and office documents in the two open formats. Older office files can hold programs that nobody sees, and are
refused. An office document is a ZIP archive: it is unpacked into nothing, with limits, before it is taken.
"""

import zipfile
from dataclasses import dataclass
from typing import BinaryIO

from webapp.domain.errors import BadInput

MEGABYTE = 1024 * 1024
LARGEST = 25 * MEGABYTE
LARGEST_UNPACKED = 200 * MEGABYTE
MOST_ENTRIES = 5_000
LARGEST_RATIO = 200
"""How many times larger than the file what is in it may be; office documents stay far below it."""
_CHUNK = 256 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"

ENDINGS: dict[str, tuple[str, ...]] = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    f"{_OFFICE}.wordprocessingml.document": ("docx",),
    f"{_OFFICE}.spreadsheetml.sheet": ("xlsx",),
    f"{_OFFICE}.presentationml.presentation": ("pptx",),
    f"{_OPEN}.text": ("odt",),
    f"{_OPEN}.spreadsheet": ("ods",),
}
"""Media type -> the endings that a file of it may have."""
_FOLDER_OF = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
TAKEN = "PDF, PNG, JPEG, or an office document (docx, xlsx, pptx, odt, ods)"
_UNKNOWN = f"This file's content is none that is taken as evidence: {TAKEN}. Save it as one of those."
_OLD = "This is an office file in an old format, which can hold programs. Save it as PDF or in a present format."


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is. ending: the one that it is stored and handed out under."""

    media_type: str
    ending: str


def recognise(name: str, stream: BinaryIO, size: int) -> Recognised:
    """The kind of an open file, which is read from its beginning. Raises BadInput with what is wrong with it."""
    if size == 0:
        raise BadInput("The file is empty. Choose the file again.")
    if size > LARGEST:
        raise BadInput(
            f"The file has {size / MEGABYTE:.0f} MB; at most {LARGEST // MEGABYTE} MB are taken as evidence."
        )
    stream.seek(0)
    head = stream.read(16)
    media_type = _by_content(head, stream)
    endings = ENDINGS[media_type]
    given = name.rpartition(".")[2].lower() if "." in name else ""
    if given not in endings:
        raise BadInput(
            f"The file is called .{given[:20] or 'nothing'}, but its content is {endings[0].upper()}. Give it its right ending, or send"
            " the file you meant."
        )
    stream.seek(0)
    return Recognised(media_type, endings[0])


def _by_content(head: bytes, stream: BinaryIO) -> str:
    if head.startswith(b"%PDF-"):
        _require_tail(stream, b"%%EOF", "PDF")
        return "application/pdf"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        _require_tail(stream, b"IEND", "PNG")
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        _require_tail(stream, b"\xff\xd9", "JPEG")
        return "image/jpeg"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise BadInput(_OLD)
    if head.startswith(b"PK\x03\x04"):
        return _office(stream)
    raise BadInput(_UNKNOWN)


def _require_tail(stream: BinaryIO, mark: bytes, kind: str) -> None:
    """The end of the file, as its format writes it: one that broke off in sending has none."""
    end = stream.seek(0, 2)
    stream.seek(max(0, end - 2048))
    if mark not in stream.read():
        raise BadInput(f"The {kind} breaks off before its end. Send it again, whole.")


def _office(stream: BinaryIO) -> str:
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            return _checked_archive(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise BadInput(
            "This office document is damaged or protected by a password. Save it anew without one."
        ) from None


def _checked_archive(archive: zipfile.ZipFile) -> str:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_ENTRIES:
        raise BadInput(
            f"This document holds {len(entries):,} parts; no office document has so many, so it was not opened."
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise BadInput("This office document is protected by a password. Save it anew without one.")
    if any(name.startswith("/") or ".." in name.split("/") or "\\" in name for name in names):
        raise BadInput(_UNKNOWN)
    if any(
        name.lower().endswith(("vbaproject.bin", ".exe", ".dll", ".js", ".vbs")) or "/activeX/" in name
        for name in names
    ):
        raise BadInput("This document holds programs (macros). Save it without them, or as PDF.")
    _require_small(archive, entries)
    return _kind_of(archive, names)


def _require_small(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Unpack it into nothing: what its own list says of sizes may be a lie."""
    packed = sum(entry.compress_size for entry in entries)
    allowed = min(LARGEST_UNPACKED, max(MEGABYTE, packed * LARGEST_RATIO))
    unpacked = 0
    for entry in entries:
        with archive.open(entry) as part:
            while chunk := part.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > allowed:
                    raise BadInput(
                        "Unpacked, this document is far larger than any office document, as a file made to do harm is. It was not taken."
                    )


def _kind_of(archive: zipfile.ZipFile, names: list[str]) -> str:
    if "[Content_Types].xml" in names:
        ending = next((kind for folder, kind in _FOLDER_OF.items() if any(n.startswith(folder) for n in names)), "")
    elif "mimetype" in names:
        said = archive.read("mimetype")[:100].decode("ascii", "replace").strip()
        return said if said in ENDINGS else _refuse()
    else:
        ending = ""
    return next((media for media, endings in ENDINGS.items() if ending in endings), "") or _refuse()


def _refuse() -> str:
    raise BadInput(_UNKNOWN)
