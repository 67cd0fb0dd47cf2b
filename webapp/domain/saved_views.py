"""Saved views: a page with its filters, kept by one person under a name; one of them may be where they start."""

from dataclasses import dataclass
from uuid import UUID

from webapp.domain.errors import BadInput

LONGEST_NAME = 60
MOST_VIEWS = 40


@dataclass(frozen=True, slots=True)
class SavedView:
    """One person's view. path: the page's address with its filters, `/d/sessions?site=RIV`."""

    id: UUID
    name: str
    path: str
    is_default: bool = False


def checked_name(name: str) -> str:
    """The name as it is kept: printable, its spaces single. Raises BadInput for none, or one too long."""
    kept = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    if not kept:
        raise BadInput("Give the view a name, so that you find it again.")
    if len(kept) > LONGEST_NAME:
        raise BadInput(f"A view's name has at most {LONGEST_NAME} letters; this one has {len(kept)}.")
    return kept
