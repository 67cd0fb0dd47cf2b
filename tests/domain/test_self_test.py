"""When a self-test is due, and what of an answer is a fault."""

from datetime import UTC, datetime, timedelta

from webapp.domain.self_test import About, Answer, Marks, Outcome, Question, faults_of, is_due, unlike_nobodys

NIGHT = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
ID = "11111111-1111-4111-8111-111111111111"
MARKS = Marks(frozenset({"amber"}), frozenset({ID}))


def asked(*said: str) -> Question:
    return Question("findings.show", About.OTHERS, "GET", "/findings", None, said)


def test_it_is_due_once_a_night_and_again_after_a_failure() -> None:
    assert is_due(NIGHT, None, False)
    assert not is_due(NIGHT + timedelta(hours=20), NIGHT, True)
    assert is_due(NIGHT + timedelta(hours=24), NIGHT, True)
    assert not is_due(datetime(2026, 11, 23, 1, 59, tzinfo=UTC), NIGHT, True)
    assert not is_due(NIGHT + timedelta(minutes=30), NIGHT, False)
    assert is_due(NIGHT + timedelta(minutes=60), NIGHT, False)


def test_what_the_question_said_itself_is_no_leak() -> None:
    assert MARKS.found_in("An AMBER lamp")
    assert MARKS.found_in(f"id={ID}")
    assert not MARKS.found_in(f"id={ID}", (ID,))
    assert MARKS.found_in(f"id={ID}, amber", (ID,))


def test_what_is_wrong_with_an_answer() -> None:
    def wordings(answer: Answer, *, admitted: bool = True) -> list[str]:
        return [one.wording for one in faults_of(asked(), "viewer", admitted, answer, [MARKS])]

    assert wordings(Answer(200, "", "nothing")) == []
    assert wordings(Answer(404, "", ""), admitted=False) == []
    assert len(wordings(Answer(200, "", ""), admitted=False)) == 1
    assert len(wordings(Answer(500, "", ""))) == len(wordings(Answer(0, "", ""))) == 1
    assert len(wordings(Answer(200, "X-Site: amber", ""))) == 1
    assert unlike_nobodys(asked(), "viewer", Answer(404, "", ""), Answer(404, "", "")) == []
    assert len(unlike_nobodys(asked(), "viewer", Answer(403, "", ""), Answer(404, "", ""))) == 1


def test_only_a_whole_test_passes() -> None:
    assert Outcome(NIGHT, {"a": 1, "b": 2}, 3, ()).passed
    assert not Outcome(NIGHT, {"a": 1, "b": 0}, 3, ()).passed
    assert not Outcome(NIGHT, {"a": 1}, 0, ()).passed
    assert not Outcome(NIGHT, {}, 3, ()).passed
    assert not Outcome(NIGHT, {"a": 1}, 3, tuple(faults_of(asked(), "viewer", True, Answer(500, "", ""), []))).passed
