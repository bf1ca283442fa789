"""What answers exercise: statuses, headers, and keywords from one side."""

from typing import Any

from tests.support.exercised import asked, contract_with, exercised_by

LISTED = {"type": "array", "items": {"type": "object", "properties": {"Tags": {"type": "array", "nullable": True}}}}
CONTRACT = contract_with(LISTED)
BODY = "listSources 200 body "


def listed(*answers: Any) -> set[str]:
    """Return what lists exercise that are answered one after the other."""
    exchanges = [asked("listSources", 200, answer=answer) for answer in answers]
    return exercised_by(*exchanges, contract=CONTRACT, begin=BODY)


def test_empty_and_null_are_apart_from_what_is_there() -> None:
    """A list that is empty and one that is not, null and a value: each is to be seen."""
    assert listed([]) == {"type: seen", "empty: seen"}
    assert listed([{"Tags": None}]) == {"type: seen", "[] type: seen", "[].Tags nullable: seen"}
    assert listed([{"Tags": None}, {"Tags": [1]}]) - listed([{"Tags": None}]) == {"[].Tags type: seen"}


def test_what_comes_later_counts_too() -> None:
    """After a first answer, with less left to look for, what is new in the next ones is found."""
    later = listed([{"Tags": None}], [{"Tags": []}], [])
    assert later == {"type: seen", "empty: seen", "[] type: seen", "[].Tags nullable: seen", "[].Tags type: seen",
                     "[].Tags empty: seen"}  # fmt: skip


def test_an_answer_that_is_wrong_exercises_its_status() -> None:
    """Whatever the body is, the status came; of a value of another type nothing is seen."""
    for answer in (b"no JSON", {"a": 1}):
        assert exercised_by(asked("listSources", 200, answer=answer), contract=CONTRACT, begin="listSources s") == {
            "tatus 200: seen"
        }
        assert listed(answer) == set()


def test_a_status_that_is_not_documented_exercises_nothing() -> None:
    """There is no item for what the document does not say."""
    assert exercised_by(asked("listSources", 418), asked("listSources", None), begin="listSources 4") == set()


def test_headers_in_any_case() -> None:
    """A documented header is seen whatever the case of its letters; another one is no item."""
    headers = {"set-cookie": "a", "Other": "b"}
    assert exercised_by(asked("login", 200, answer_headers=headers), begin="login 200 header ") == {"Set-Cookie: seen"}


def test_a_refusal_is_a_text() -> None:
    """The keywords of a line of text are looked at as those of JSON are."""
    refusal = asked("listSources", 401, answer=b"token is missing\n")
    assert exercised_by(refusal, begin="listSources 401 body ") == {"type: seen", "pattern: seen"}
