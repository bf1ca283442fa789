"""Kinds and places in the proof: what the suite sends is changed by each, and what it finds is told apart by place."""

import pytest

from mockserver.deviations.kinds.stored import all_pairs
from proof.pairs import EQUIVALENT, changed_by_the_corpus, found_in, groups_of, pairs_to_find
from proof.verify import Outcome


def test_every_pair_changes_something_that_the_suite_sends() -> None:
    """Of the values that are sent at a place, every kind there changes one; but for those that keep the contract."""
    pairs = [pair for pair in pairs_to_find() if pair.place != "Name"]  # names are the run's own
    assert {pair.name for pair in pairs} - changed_by_the_corpus(pairs) == set()
    assert changed_by_the_corpus(all_pairs()[name] for name in EQUIVALENT) == set()


def test_groups_hold_every_pair_once() -> None:
    """Each pair has one server, with no other kind, and no place within another place."""
    groups = groups_of(pairs_to_find())
    assert sorted(pair.name for group in groups for pair in group) == sorted(pair.name for pair in pairs_to_find())
    for group in groups:
        assert len({pair.kind for pair in group}) == 1
        places = [pair.place for pair in group]
        assert not any(one != other and f"{one}.".startswith(f"{other}.") for one in places for other in places)


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ("Group: another value", "value-is-trimmed@Source.Group"),
        ("variables: Group: empty", "value-is-trimmed@Source.Group"),
        ("CustomTags.a.b: shorter", "value-is-trimmed@Source.CustomTags.*"),
        ("CustomTags.a: missing", "value-loses-dotted-names@Source.CustomTags"),
        ("HostConfig.DcsEndpoints[0]: another value", "value-is-trimmed@Source.HostConfig.DcsEndpoints.*"),
        ("HostConfig.PerMetricDisabledTimes[1].Metrics[0]: shorter",
         "value-is-trimmed@Source.HostConfig.PerMetricDisabledTimes.*.Metrics.*"),
    ],
)  # fmt: skip
def test_what_is_found_is_told_apart_by_its_place(found: str, name: str) -> None:
    """A failure finds the pair whose place it names, and none whose place is another."""
    pair, other = all_pairs()[name], all_pairs()["value-is-trimmed@Source.ConnStr"]
    group = [pair, other]
    assert found_in(group, Outcome(1, {}, 1, "", (found,))) == {name}
    assert found_in(group, Outcome(1, {}, 1, "", ("400 text/plain",))) == set()
