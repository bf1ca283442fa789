"""Kinds and places in the proof: what the suite sends is changed by each, and what it finds is told apart by place."""

import pytest

from mockserver.deviations.kinds.every_pair import all_pairs
from mockserver.deviations.kinds.stored import Stored
from proof.groups import found_in, groups_of
from proof.pairs import EQUIVALENT, changed_by_the_corpus, pairs_to_find, sample
from proof.verify import Failure


def _stored(names: list[str]) -> list[Stored]:
    return [pair for pair in (all_pairs()[name] for name in names) if isinstance(pair, Stored)]


def test_every_pair_changes_something_that_the_suite_sends() -> None:
    """Of the values that are sent at a place, every kind there changes one; but for those that keep the contract."""
    names = [pair.name for pair in pairs_to_find() if pair.place != "Source.Name"]  # names are the run's own
    assert {pair.name for pair in _stored(names)} - changed_by_the_corpus(_stored(names)) == set()
    assert len(_stored(names)) > 900
    assert changed_by_the_corpus(_stored(list(EQUIVALENT))) == set()


def test_groups_hold_every_pair_once() -> None:
    """Each pair has one server, with no other kind, and no place within another place."""
    groups = groups_of(pairs_to_find())
    assert sorted(pair.name for group in groups for pair in group) == sorted(pair.name for pair in pairs_to_find())
    for group in groups:
        assert len({pair.kind for pair in group}) == 1
        places = [pair.place for pair in group if isinstance(pair, Stored)]
        assert not any(one != other and f"{one}.".startswith(f"{other}.") for one in places for other in places)
        assert len(group) == 1 or not {"login.200", "listSources.200"} & {pair.place for pair in group}


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
    assert found_in(group, [Failure("source.stores-every-field", "addSource", found)]) == {name}
    assert found_in(group, [Failure("source.stores-every-field", "addSource", "400 text/plain")]) == set()


@pytest.mark.parametrize(
    ("failure", "found"),
    [
        (Failure("source.refused-changes-nothing", "updateSource", "x"), {"updateSource.refused"}),
        (Failure("source.update.changes-no-other", "updateSource", "x"), {"updateSource"}),
        (Failure("source.delete.deletes-no-other", "deleteSource", "x"), {"deleteSource"}),
    ],
)
def test_neighbours_are_told_apart_by_operation_and_refusal(failure: Failure, found: set[str]) -> None:
    """What a write does to others is found at its operation, and if it was refused by a clause on refusals alone."""
    group = [pair for pair in pairs_to_find() if pair.kind == "neighbour-of-its-group-is-lost"]
    assert {name.partition("@")[2] for name in found_in(group, [failure])} == found


def test_a_sample_is_drawn_by_its_seed() -> None:
    """The same seed draws the same groups, others others; they have as many pairs as are wanted, and none too many."""
    groups = groups_of(pairs_to_find())
    drawn = sample(groups, 200, 1)
    assert drawn == sample(groups, 200, 1) != sample(groups, 200, 2)
    assert sum(map(len, drawn)) >= 200 > sum(map(len, drawn[:-1]))
    assert sample(groups[:2], 10_000, 1) in ([*groups[:2]], [*groups[1::-1]])
