"""A kind of each family, shown to the suite: what the proof shows of all, of one in every run of the tests."""

import pytest

from proof.groups import groups_of
from proof.pairs import pairs_to_find, show_group


@pytest.mark.once
@pytest.mark.parametrize(
    "kind",
    [
        "neighbour-at-the-end-is-moved",
        "neighbour-of-its-group-is-emptied",
        "lookup-takes-the-group",
        "lookup-reads-255-characters",
        "list-lacks-the-first",
        "token-is-not-needed-by-probes",
        "request-must-have-short-headers",
        "answer-ends-the-session",
        "sometimes-is-a-server-error",
        "entry-is-cut-at-256",
        "entry-comes-after-the-next",
    ],
)
def test_a_kind_is_found_at_its_places(kind: str) -> None:
    """The pairs of a kind, of those that share a server the most, are found by a quick run."""
    group = max((group for group in groups_of(pairs_to_find()) if group[0].kind == kind), key=len)
    assert show_group(group, ["quick"]) == {pair.name: "quick" for pair in group}
