"""The navigation shows nobody an entry that they may not open, and everybody starts somewhere that they may."""

import pytest

from webapp.domain.doors import PAGES, ROUTES
from webapp.domain.vocabulary import Role
from webapp.presentation.navigation import NAVIGATION, landing_for, navigation_for

ENTRIES = [item for group in NAVIGATION for item in group.items]


@pytest.mark.parametrize("item", ENTRIES, ids=lambda item: f"{item.key}-{item.label}")
def test_an_entry_is_shown_only_to_roles_that_its_door_admits(item: object) -> None:
    entry = next(known for known in ENTRIES if known is item)
    door = PAGES[entry.key] if entry.href.startswith("/d/") else ROUTES[f"{entry.key}.index"]
    assert all(door.admits(role) for role in entry.roles)


@pytest.mark.parametrize("role", list(Role))
def test_no_role_sees_an_entry_twice(role: Role) -> None:
    keys = [item.key for group in navigation_for(role) for item in group.items]
    assert len(keys) == len(set(keys))
    assert all(group.items for group in navigation_for(role))


def test_everyone_lands_on_their_own_work() -> None:
    assert landing_for(Role.MANAGER) == landing_for(Role.COMPLIANCE) == landing_for(Role.VIEWER) == "/d/overview"
    assert landing_for(Role.SITE_LEAD) == "/d/site"
    assert landing_for(Role.OPERATOR) == "/status"
    assert landing_for(Role.SURVEYOR) == "/survey"
