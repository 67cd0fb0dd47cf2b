"""The filter line shows what the address asks for, and offers only what the person may see."""

from datetime import date
from uuid import UUID

from webapp.domain.filters import SiteChoice, parse_filters
from webapp.presentation.filter_bar import FilterBar, filter_bar, sites_summary

TODAY = date(2026, 11, 22)
SITES = (
    SiteChoice(UUID(int=1), "RIV", "Riverside", "Coast"),
    SiteChoice(UUID(int=2), "NOR", "Northgate", "North"),
    SiteChoice(UUID(int=3), "LAK", "Lakeside", "Coast"),
    SiteChoice(UUID(int=4), "ELM", "Elm Park"),
)
EVERYTHING = ("period", "sites", "indication", "phase", "product", "compare", "as_of")


def bar(search: str, sites: tuple[SiteChoice, ...] = SITES) -> FilterBar:
    filters, _ = parse_filters(search, (site.code for site in sites), TODAY)
    return filter_bar("/d/sessions", filters, sites, EVERYTHING, TODAY)  # type: ignore[arg-type]  # the names are right


def test_sites_stand_under_their_region_by_name_and_those_without_come_last() -> None:
    regions = bar("").regions
    assert [region.label for region in regions] == ["Coast", "North", "Sites"]
    assert [site.label for site in regions[0].sites] == ["Lakeside", "Riverside"]


def test_what_is_asked_for_is_chosen() -> None:
    line = bar("?site=NOR&phase=maintenance&compare=last_year&period=last_7_days&as_of=2026-10-31")
    assert [site.value for region in line.regions for site in region.sites if site.chosen] == ["NOR"]
    assert [option.value for choice in line.choices for option in choice.options if option.chosen] == [
        "",
        "maintenance",
        "",
        "last_year",
    ]
    assert [preset.value for preset in line.presets if preset.chosen] == ["last_7_days"]
    assert line.as_of == "2026-10-31" and not line.untouched


def test_nothing_asked_for_is_untouched() -> None:
    assert bar("").untouched and bar("").sites_summary == "All 4"


def test_a_person_with_one_site_has_none_to_choose() -> None:
    assert bar("", SITES[:1]).regions == ()


def test_the_summary_names_one_site_and_counts_several() -> None:
    read = {
        search: parse_filters(search, ("RIV", "NOR"), TODAY)[0]
        for search in ("?site=RIV", "?site=X", "?site=RIV&site=NOR")
    }
    assert [sites_summary(filters, SITES) for filters in read.values()] == ["Riverside", "0 of 4", "2 of 4"]


def test_controls_that_a_page_has_not_are_not_there() -> None:
    filters, _ = parse_filters("", (), TODAY)
    line = filter_bar("/d/accreditation", filters, SITES, ("as_of",), TODAY)
    assert (line.presets, line.regions, line.choices, line.as_of_shown) == ((), (), (), True)
