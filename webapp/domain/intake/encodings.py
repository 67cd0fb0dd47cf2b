"""In which encoding a file is written, and whether it is text at all: one pass over its bytes, memory flat."""

import codecs
from collections.abc import Callable
from typing import BinaryIO

from webapp.domain.errors import BadInput

READABLE = ("utf-8", "utf-16", "latin-1", "iso-8859-15", "cp1250", "cp1252", "cp437", "cp850", "mac-roman")
"""The encodings that a column mapping may name."""

_CHUNK = 2**18

_OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"%PDF", "a PDF file"),
    (b"SAS     ", "a SAS transport file"),
    (b"HEADER RECORD*******", "a SAS transport file"),
    (b"<?xml", "an XML file"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b"{\\rtf", "an RTF document"),
)

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def settle_encoding(open_file: Callable[[], BinaryIO], name: str, wanted: str, size: int, line_length: int) -> str:
    """The encoding to read the file with, after proving that all of it can be read so.

    wanted: the mapping's encoding, '' for UTF-8; a byte order mark outweighs it. size: bytes at most; line_length:
    characters at most between two line ends. Raises BadInput naming the byte and line where the bytes are not text.
    """
    with open_file() as stream:
        chunk = stream.read(_CHUNK)
        if not chunk.strip():
            raise BadInput(f"{name} is empty; it needs at least a header row.")
        encoding = _from_first_bytes(chunk, name, wanted)
        proof = _Proof(name, encoding, size, line_length)
        while chunk:
            proof.feed(chunk)
            chunk = stream.read(_CHUNK)
        proof.feed(b"", final=True)
    return encoding


def _from_first_bytes(first: bytes, name: str, wanted: str) -> str:
    for signature, kind in _OTHER_KINDS:
        if first.startswith(signature):
            raise BadInput(f"{name} is {kind}, not CSV text. Open it where it was made and export it as CSV (UTF-8).")
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            if not encoding:
                raise BadInput(f"{name} is written in UTF-32, which is not read here; export it as UTF-8.")
            return encoding
    return wanted or "utf-8"


class _Proof:
    """Decodes a file chunk by chunk, throwing the text away, and counts where it is."""

    def __init__(self, name: str, encoding: str, size: int, line_length: int) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._name, self._encoding, self._size, self._line_length = name, encoding, size, line_length
        self._read = 0
        self._lines = 1
        self._run = 0
        self._after_return = False

    def feed(self, chunk: bytes, final: bool = False) -> None:
        pending = len(self._decoder.getstate()[0])
        if self._encoding != "utf-16" and (nul := chunk.find(b"\0")) >= 0:
            raise BadInput(self._no_text(self._lines + _line_ends(chunk[:nul].decode("latin-1"))))
        try:
            text = self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            raise BadInput(self._not_text(error, self._read - pending)) from error
        self._read += len(chunk)
        if self._read > self._size:
            raise BadInput(f"{self._name} is larger than {self._size // 2**20:,} MB; send it in parts.")
        if (nul := text.find("\0")) >= 0:
            raise BadInput(self._no_text(self._lines + _line_ends(text[:nul])))
        self._count(text)

    def _no_text(self, line: int) -> str:
        return (
            f"{self._name} holds a NUL character on line {line:,}; it is not plain text, or UTF-16 without a byte "
            "order mark. Export it as UTF-8."
        )

    def _not_text(self, error: UnicodeDecodeError, before: int) -> str:
        read_before = self._decoded_start(error)
        line = self._lines + _line_ends(read_before)
        spoken = "UTF-8" if self._encoding in ("utf-8", "utf-8-sig") else self._encoding
        return (
            f"{self._name} is not {spoken}: byte {before + error.start + 1:,} (line {line:,}) cannot be read. "
            "Export it as UTF-8, or name its encoding in the column mapping."
        )

    def _decoded_start(self, error: UnicodeDecodeError) -> str:
        fine = bytes(error.object[: error.start])
        return fine.decode("utf-16-le" if self._encoding == "utf-16" else self._encoding, "replace")

    def _count(self, text: str) -> None:
        if not text:
            return
        if self._after_return and text[0] == "\n":
            self._lines -= 1
        self._after_return = text[-1] == "\r"
        self._lines += _line_ends(text)
        last = max(text.rfind("\n"), text.rfind("\r"))
        first = min(place for place in (text.find("\n"), text.find("\r"), len(text)) if place >= 0)
        if self._run + first > self._line_length or len(text) - last > self._line_length:
            raise BadInput(
                f"{self._name}, line {self._lines:,}, has more than {self._line_length:,} characters; "
                "is it CSV with line ends?"
            )
        self._run = self._run + len(text) if last < 0 else len(text) - last - 1


def _line_ends(text: str) -> int:
    returns = text.count("\r")
    return text.count("\n") + (returns - text.count("\r\n") if returns else 0)
