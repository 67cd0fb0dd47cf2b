"""The column mappings that the documents show can be read by the product."""

import re
import textwrap

from tests.docs.pages import page
from webapp.domain.intake.mapping_reading import read_mapping

WHOLE_TABLE = """source: clinic
tables:
  side_effects:
    - file: ae.csv
      columns: {key: AESEQ, session: dosing.EXSEQ, term: AEDECOD, severity: AETOXGR}
"""


def blocks() -> list[str]:
    """The YAML that docs/column-mapping.md shows."""
    found: list[str] = re.findall(r"```yaml\n(.*?)```", page("docs/column-mapping.md").text, re.DOTALL)
    return found


def test_every_example_of_a_mapping_is_one() -> None:
    whole = [block for block in blocks() if "\ntables:" in block]
    parts = [block for block in blocks() if block not in whole]
    assert whole
    assert parts
    for block in whole:
        assert read_mapping(block, "example").tables
    for block in parts:
        table = read_mapping(WHOLE_TABLE + textwrap.indent(block, " " * 6), "example").tables[0]
        assert table.joins
