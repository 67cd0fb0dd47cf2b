"""SVG as text: elements, numbers with at most three decimals, and texts that are only texts."""

from xml.sax.saxutils import escape, quoteattr

from webapp.presentation import paper_fonts

THIN_STROKE = 0.3
"""Points. Inside an SVG a font of many weights is drawn in its thinnest; a stroke of its own colour makes up for it."""


def number(value: float) -> str:
    """`12.5`: as short as three decimals allow, and never minus zero."""
    short = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def element(name: str, **attributes: str | float | None) -> str:
    """An empty element; underscores in names become hyphens, attributes without a value are left out."""
    known = {
        key: value if isinstance(value, str) else number(value)
        for key, value in attributes.items()
        if value is not None
    }
    written = (f" {key.replace('_', '-')}={quoteattr(value)}" for key, value in known.items())
    return f"<{name}{''.join(written)}/>"


def group(name: str, content: str, *, clipped: bool = False) -> str:
    """A named group, perhaps cut to the frame."""
    clip = ' clip-path="url(#within)"' if clipped else ""
    return f'<g id="{name}"{clip}>{content}</g>'


def text_element(
    text: str, x: float, y: float, colour: str, anchor: str = "middle", *, bold: bool = False, turned: bool = False
) -> str:
    """One line of text with its base line at y. turned: written upwards."""
    weight = ' font-weight="bold"' if bold else ""
    turn = f' transform="rotate(-90 {number(x)} {number(y)})"' if turned else ""
    stroke = "" if paper_fonts.is_ours(text) else f' stroke="{colour}" stroke-width="{THIN_STROKE}"'
    aligned = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{number(x)}" y="{number(y)}" fill="{colour}"{aligned}{weight}{turn}{stroke}>{escape(text)}</text>'


def path(points: list[list[tuple[float, float]]], *, closed: bool = False) -> str:
    """Path data of some runs of points."""
    end = " Z" if closed else ""
    return " ".join("M " + " L ".join(f"{number(x)} {number(y)}" for x, y in run) + end for run in points if run)
