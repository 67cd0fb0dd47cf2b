"""The draw of a tracer packet: anybody can repeat it, and nothing but the choice, the data and the ids decides it."""

import hashlib
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.errors import BadInput
from webapp.domain.periods import Period
from webapp.domain.tracer import Chosen, checked, draw_of, packet_numbers, sample

NETWORK = UUID(int=7)
TODAY = date(2026, 11, 22)
CHOSEN = Chosen("certified", Period(date(2026, 10, 1), date(2026, 11, 1)), 3, "4711")


def test_a_draw_is_the_hash_that_the_manifest_describes() -> None:
    said = f"{NETWORK}\ncertified\n*\n2026-10-01/2026-10-31\n12\n4711\n{UUID(int=1)}"
    assert draw_of(NETWORK, CHOSEN, 12, UUID(int=1)) == hashlib.sha256(said.encode()).hexdigest()


@given(st.sets(st.uuids(), max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_the_sessions_does_not_matter(ids: set[UUID], random: object) -> None:
    shuffled = list(ids)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis types it as an object
    found = sample(NETWORK, CHOSEN, 12, shuffled)
    assert found == sample(NETWORK, CHOSEN, 12, sorted(ids))
    left = ids - {one for _, one in found}
    assert len(found) == min(len(ids), CHOSEN.size)
    assert all(draw_of(NETWORK, CHOSEN, 12, one) > found[-1][0] for one in left)


@pytest.mark.parametrize(
    ("chosen", "version", "network"),
    [
        (replace(CHOSEN, seed="4712"), 12, NETWORK),
        (replace(CHOSEN, programme="registered"), 12, NETWORK),
        (replace(CHOSEN, site="RIV"), 12, NETWORK),
        (replace(CHOSEN, period=Period(date(2026, 10, 1), date(2026, 10, 31))), 12, NETWORK),
        (CHOSEN, 13, NETWORK),
        (CHOSEN, 12, UUID(int=8)),
    ],
)
def test_another_choice_is_another_draw(chosen: Chosen, version: int, network: UUID) -> None:
    ids = [UUID(int=n) for n in range(200)]
    assert sample(network, chosen, version, ids) != sample(NETWORK, CHOSEN, 12, ids)


def test_each_session_is_drawn_about_equally_often() -> None:
    ids = [UUID(int=n) for n in range(30)]
    drawn = [one for seed in range(1000) for _, one in sample(NETWORK, replace(CHOSEN, seed=str(seed)), 1, ids)]
    # 100 each are expected; the standard deviation is 9.5, and five of them leave room for all thirty
    assert all(52 < drawn.count(one) < 148 for one in ids)


def test_numbers_follow_the_first_appearance() -> None:
    assert packet_numbers("P", [UUID(int=5), UUID(int=2), UUID(int=5)]) == {UUID(int=5): "P001", UUID(int=2): "P002"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"period": Period(date(2026, 11, 1), date(2026, 11, 24))}, "past days"),
        ({"period": Period(date(1980, 1, 1), date(1980, 1, 2))}, "past days"),
        ({"period": Period(date(2025, 1, 1), date(2026, 2, 1))}, "at most 366 days"),
        ({"size": 0}, "between 1 and 500"),
        ({"size": 501}, "between 1 and 500"),
        ({"seed": ""}, "The seed is"),
        ({"seed": "a\nb"}, "The seed is"),
    ],
)
def test_what_cannot_be_sampled_is_said(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        checked(replace(CHOSEN, **wrong), TODAY)  # type: ignore[arg-type]  # one wrong field at a time


def test_what_can_be_sampled_stays_as_it_is() -> None:
    assert checked(CHOSEN, TODAY) == CHOSEN
