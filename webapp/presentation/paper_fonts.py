"""The fonts of paper: where they stand, which characters they can show, and how wide a line of text is.

DejaVu Sans ships with the product; Noto Sans for Chinese, Japanese and Korean comes in a package of its own. The machine's
fonts are never asked, so the same report gives the same bytes everywhere. They are read when this module is: it is imported
only where a file is drawn. Tables read: `cmap`, `hmtx`, `hhea`, `head` of the
OpenType specification 1.9.
"""

import struct
from bisect import bisect_right
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from webapp.presentation.tokens import FONTS_EAST_ASIAN

OWN_FONTS = Path(__file__).with_name("fonts")
REGULAR = OWN_FONTS / "DejaVuSans.ttf"
BOLD = OWN_FONTS / "DejaVuSans-Bold.ttf"
EAST_ASIAN_PACKAGE = "justmytype_intl_cjk"
WHOLE_UNICODE = 12
FULL_WIDTH = 1.0
"""Of a character outside the main font, in ems: East Asian ones are square."""


@dataclass(frozen=True, slots=True)
class _Font:
    """Characters as sorted half-open ranges with the glyph of each range's first, and advances in ems by glyph."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    glyphs: tuple[int, ...]
    advances: tuple[float, ...]

    def glyph(self, code: int) -> int | None:
        place = bisect_right(self.starts, code) - 1
        return self.glyphs[place] + code - self.starts[place] if place >= 0 and code < self.ends[place] else None

    def advance(self, code: int) -> float | None:
        glyph = self.glyph(code)
        return None if glyph is None else self.advances[min(glyph, len(self.advances) - 1)]


def folders() -> list[str]:
    """The folders that hold every font of paper."""
    return [str(OWN_FONTS), str(_east_asian_folder())]


def covers(character: str) -> bool:
    """Whether a font of paper can show the character, in regular and bold."""
    code = ord(character)
    if _REGULAR.glyph(code) is not None and _BOLD.glyph(code) is not None:
        return True
    return any(font.glyph(code) is not None for font in _EAST_ASIAN)


def is_ours(text: str) -> bool:
    """Whether the main font shows all of the text, so that no other is asked."""
    return text.isascii() or all(_REGULAR.glyph(ord(character)) is not None for character in text)


def width(text: str, points: float, *, bold: bool = False) -> float:
    """How wide the text is, in points, without kerning."""
    font = _BOLD if bold else _REGULAR
    found = (font.advance(ord(character)) for character in text)
    return points * sum(FULL_WIDTH if advance is None else advance for advance in found)


def fitted(text: str, room: float, points: float, *, bold: bool = False) -> str:
    """The text, or as much of it as is no wider than `room` points, with an ellipsis."""
    if width(text, points, bold=bold) <= room:
        return text
    kept = text
    while kept and width(kept + "…", points, bold=bold) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _east_asian_folder() -> Path:
    found = find_spec(EAST_ASIAN_PACKAGE)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"the fonts of {EAST_ASIAN_PACKAGE} are not installed: run make install")
    return Path(found.origin).parent / "fonts"


def _east_asian_fonts() -> tuple[Path, ...]:
    names = (name.replace(" ", "") for name in FONTS_EAST_ASIAN)
    return tuple(next(_east_asian_folder().rglob(f"{name}*.ttf")) for name in names)


def _read(path: Path) -> _Font:
    with path.open("rb") as file:
        many = struct.unpack(">4xH6x", file.read(12))[0]
        places: dict[bytes, tuple[int, int]] = {}
        for _ in range(many):
            tag, offset, length = struct.unpack(">4s4xII", file.read(16))
            places[tag] = (offset, length)

        def table(tag: bytes) -> bytes:
            offset, length = places[tag]
            file.seek(offset)
            return file.read(length)

        units = struct.unpack_from(">H", table(b"head"), 18)[0]
        counted = struct.unpack_from(">H", table(b"hhea"), 34)[0]
        metrics = struct.unpack_from(f">{2 * counted}H", table(b"hmtx"))
        ranges = _ranges(table(b"cmap"))
    starts, ends, glyphs = zip(*ranges, strict=True)
    return _Font(starts, ends, glyphs, tuple(advance / units for advance in metrics[::2]))


def _ranges(cmap: bytes) -> list[tuple[int, int, int]]:
    """Half-open ranges of characters with their first glyph, from the subtable that holds all of Unicode (format 12)."""
    many = struct.unpack_from(">2xH", cmap)[0]
    offsets = [struct.unpack_from(">4xI", cmap, 4 + 8 * place)[0] for place in range(many)]
    at = next(offset for offset in offsets if struct.unpack_from(">H", cmap, offset)[0] == WHOLE_UNICODE)
    groups = struct.unpack_from(">12xI", cmap, at)[0]
    found = (struct.unpack_from(">III", cmap, at + 16 + 12 * place) for place in range(groups))
    return sorted((start, end + 1, glyph) for start, end, glyph in found)


_REGULAR, _BOLD = _read(REGULAR), _read(BOLD)
_EAST_ASIAN = tuple(_read(path) for path in _east_asian_fonts())
