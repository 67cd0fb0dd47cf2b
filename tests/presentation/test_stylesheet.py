"""The stylesheet's colours are those of the tokens, and no rule names a colour role that is not there."""

import re
from pathlib import Path

import webapp
from webapp.presentation.tokens import LIGHT, css_custom_properties

CSS = Path(webapp.__file__).parent / "static" / "css"


def test_the_token_sheet_is_what_the_tokens_make() -> None:
    _, _, made = (CSS / "tokens.css").read_text().partition("\n")
    assert made == css_custom_properties(), "Write the file anew from css_custom_properties(), under its first line"


def test_every_role_that_is_used_exists() -> None:
    rules = "".join(path.read_text() for path in CSS.glob("*.css"))
    named = set(re.findall(r"var\(--([a-z-]+)\)", rules)) - {"least"}
    assert named <= {role.replace("_", "-") for role in LIGHT.roles()} | {"font"}


def test_colours_are_named_nowhere_else() -> None:
    for path in CSS.glob("*.css"):
        if path.name != "tokens.css":
            assert not re.search(r"#[0-9a-f]{3,8}\b", path.read_text()), path.name
