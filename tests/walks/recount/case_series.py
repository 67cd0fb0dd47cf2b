"""The case series of ten infusions, read plainly: one site, one day, one infusion each."""

from datetime import date
from pathlib import Path

from tests.walks.recount.source import Begun, Effect, Given, Source, raw

DAY = date(2022, 1, 11)


def read(folder: Path) -> Source:
    """The cases; each course is complete with its one infusion."""
    given: list[Given] = []
    begun: list[Begun] = []
    for case in raw(folder / "Dataset.csv", "latin-1"):
        effects = (Effect("dissociation", 1),) if case["Dissociation"] == "1" else ()
        given.append(Given("ESK", case["Id"], DAY, 1, "solicited", None, effects))
        begun.append(Begun("ESK", case["Id"], (DAY,), DAY, "completed_on_time", None, 1, 1, 28))
    return Source({"ESK": "Esketamine case series"}, date(2022, 2, 8), "Depression", given, begun)
