"""Invented sites: their names, codes and states, in the order in which a network takes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SiteName:
    """One invented site."""

    code: str
    name: str


NAMES: tuple[SiteName, ...] = tuple(
    SiteName(code, name)
    for code, name in (
        ("NGT", "Northgate"),
        ("RIV", "Riverside"),
        ("LAK", "Lakeside"),
        ("HBP", "Harbour Point"),
        ("ELM", "Elm Park"),
        ("QUA", "Quayside"),
        ("CDR", "Cedar Row"),
        ("MLN", "Mill Lane"),
        ("STA", "St Anne"),
        ("OLD", "Old Foundry"),
        ("BRK", "Brookfield"),
        ("HIL", "Hillcrest"),
        ("WTB", "Westbridge"),
        ("ORC", "Orchard Street"),
        ("MPL", "Maple Court"),
        ("FRY", "Ferry Road"),
        ("SUN", "Sunfield"),
        ("GRN", "Greenway"),
        ("BAY", "Bayview"),
        ("PNE", "Pine Hollow"),
        ("STN", "Stonebridge"),
        ("CLI", "Clifton Square"),
        ("VAL", "Valley Gate"),
        ("MDW", "Meadow Lane"),
        ("BCN", "Beacon Street"),
        ("LNT", "Lantern Hill"),
        ("ASH", "Ashgrove"),
        ("FOX", "Foxglove"),
        ("KNG", "Kings Wharf"),
        ("WLW", "Willow Bank"),
        ("HAW", "Hawthorn"),
        ("SPR", "Springwell"),
    )
)

REGIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "America/New_York": ("East", ("NY", "NJ", "PA", "MA")),
    "America/Chicago": ("Central", ("IL", "WI", "MN", "TX")),
    "America/Los_Angeles": ("West", ("CA", "OR", "WA", "NV")),
    "America/Denver": ("Mountain", ("CO", "UT", "NM")),
    "America/Phoenix": ("Mountain", ("AZ",)),
}
"""Region and states of a zone; a zone that is not here is a region of its own name."""


def site_name(position: int) -> SiteName:
    """The site at a position of the list; past its end the names come again with a number."""
    turn, place = divmod(position, len(NAMES))
    name = NAMES[place]
    return name if turn == 0 else SiteName(f"{name.code}{turn + 1}", f"{name.name} {turn + 1}")


def region_and_states(zone: str) -> tuple[str, tuple[str, ...]]:
    """The region that a zone's sites are grouped under, and the states they may lie in (empty text when unknown)."""
    return REGIONS.get(zone, (zone.rsplit("/", 1)[-1].replace("_", " "), ("",)))
