"""The layer ``stateful``: sequences of requests on sources, compared with a model of the list."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.transport import Http
from contract_tests.contract.document import Contract, Operation
from contract_tests.judging.judge import Judge
from contract_tests.judging.suite import Suite
from contract_tests.layers.own import succeeded
from contract_tests.layers.own_sources import OwnSources
from contract_tests.layers.stateful.model import ADD, DELETE, UPDATE, Step
from contract_tests.layers.stateful.player import Player, added, invalid

_NUMBER_OF_SEQUENCES = {"quick": (4, 10), "default": (60, 15), "thorough": (600, 25)}
"""For each effort: how many sequences by chance, of how many requests."""


@pytest.fixture(name="player")
def _player(suite: Suite, own: OwnSources) -> Player:
    """Return what plays sequences."""
    return Player(suite, own)


@pytest.mark.judges("source.list.order-is-that-of-adding")
def test_order_of_the_list(own: OwnSources, judge: Judge) -> None:
    """Sources are listed in the order of adding, which is that of no letters, and stay in it from list to list."""
    clause, names = "source.list.order-is-that-of-adding", [own.name(after=f"-{each}") for each in "mZaGz"]
    names = [names[place] for place in (1, 4, 0, 3, 2)]
    steps = [own.add(name) for name in names]
    kept = [name for name, exchange in zip(names, steps, strict=True) if succeeded(exchange)]
    for _ in range(3):
        listing, listed = own.listed()
        order = [each["Name"] for each in listed]
        judge.that(
            bool(kept) and order == kept,
            clause,
            listing,
            f"the order of adding: {', '.join(kept)}",
            ", ".join(order) or f"none of them (status {listing.status})",
            steps,
        )


@pytest.mark.judges("source.add.appears-last")
def test_added_source_is_last(player: Player) -> None:
    """Each source that is added is the last of the list, whatever its name."""
    player.play(added(player, *player.names()))


@pytest.mark.judges("source.add.existing-changes-nothing")
def test_adding_an_existing_name(player: Player) -> None:
    """Adding a name that exists, in the middle of the list, changes neither the source nor its place."""
    for label in ("", "other"):
        first, middle, last = player.names()[:3]
        player.play([*added(player, first, middle, last), Step(ADD, middle, player.body(middle, label))])


@pytest.mark.judges("source.add.existing-is-replaced")
def test_adding_replaces(player: Player) -> None:
    """Where an addition is said to replace the source of its name, it does, in its place, and changes no other."""
    for label in ("", "other"):
        first, middle, last = player.names()[:3]
        player.play([*added(player, first, middle, last), Step(ADD, middle, player.body(middle, label))])


@pytest.mark.judges("source.update.unknown-is-created")
def test_updates_that_create(player: Player) -> None:
    """Where an update is said to create the source of an unknown name, it does, at the end of the list."""
    first, middle, last = player.names()[:3]
    player.play([*added(player, first, last), Step(UPDATE, middle, player.body(middle, "other"))])


@pytest.mark.judges("source.refused-changes-nothing")
def test_refused_requests(player: Player, operation: Operation) -> None:
    """A request that is refused for its body, or for the name that it would delete, leaves the list as it was."""
    for fault in range(3):
        there, other, nobody = player.names()[:3]
        refused = Step(DELETE, nobody)
        if operation.id != DELETE:
            name = nobody if operation.id == ADD else there
            refused = Step(operation.id, name, invalid(player.body(name, "other"), fault), is_valid=False)
        player.play([*added(player, there, other), refused])


@pytest.mark.judges("source.update.keeps-the-place", "source.update.changes-no-other")
def test_updates(player: Player) -> None:
    """An update of the first, the middle or the last source of a group changes no other, and no place."""
    for place in range(3):
        names = player.names()[:3]
        name = names[place]
        player.play(
            [
                *added(player, *names),
                Step(UPDATE, name, player.body(name, is_enabled=True)),
                Step(UPDATE, name, player.body(name, "other")),
                Step(UPDATE, name, player.body(name)),
            ]
        )


@pytest.mark.judges("source.delete.deletes-it")
def test_deletions(player: Player) -> None:
    """A source that is deleted is gone, whatever its name has in common with others; and it can be added again."""
    names = player.names()
    player.play([*added(player, *names), *(Step(DELETE, name) for name in names), *added(player, names[0])])
    for place in range(1, len(names)):
        names = player.names()
        player.play([*added(player, names[0], names[place], names[-1]), Step(DELETE, names[place])])


@pytest.mark.judges("links.hold")
def test_links(own: OwnSources, http: Http, judge: Judge, contract: Contract, operation: Operation) -> None:
    """What an addition links to works with the body that was added."""
    links: dict[str, Any] = operation.statuses[operation.success].get("links", {})
    for ending in ("", " +&=;%41/\N{ELEPHANT}"):
        body = own.named(own.name(after=ending))
        steps = [own.send(operation.id, body)]
        for name, link in links.items():
            linked = contract.operations[link["operationId"]]
            if not own.may_be_sent("links.hold", linked, body) and linked.takes_json:
                continue
            exchange = _follow(http, linked, link, body)
            judge.that(
                succeeded(steps[0]) and succeeded(exchange),
                "links.hold",
                exchange,
                f"the link {name} to work",
                steps=steps,
                what=name,
            )
            steps.append(exchange)


def _follow(http: Http, linked: Operation, link: dict[str, Any], body: dict[str, Any]) -> Exchange:
    """Send the request that a link of the document describes."""
    given = {name: _evaluated(value, body) for name, value in link.get("parameters", {}).items()}
    sent = _evaluated(link["requestBody"], body) if "requestBody" in link else None
    path = linked.at(given.pop("name")) if linked.name_in == "path" else linked.path
    return http.send(linked.method, path, query=given, json=sent)


def _evaluated(expression: Any, body: dict[str, Any]) -> Any:
    """Return what a runtime expression of OpenAPI stands for: the body of the request, or a field of it."""
    if not isinstance(expression, str) or not expression.startswith("$request.body"):
        return expression
    value: Any = body
    for step in expression.removeprefix("$request.body").removeprefix("#").split("/")[1:]:
        value = value[step.replace("~1", "/").replace("~0", "~")]
    return value


@pytest.mark.judges(
    "source.list.order-is-that-of-adding",
    "source.add.appears-last",
    "source.add.existing-changes-nothing",
    "source.refused-changes-nothing",
    "source.update.keeps-the-place",
    "source.update.changes-no-other",
    "source.delete.deletes-it",
)
def test_sequences(player: Player, suite: Suite) -> None:
    """Whatever is added, updated, deleted and refused in whatever order, the list is what the model says."""
    number, length = _NUMBER_OF_SEQUENCES[suite.settings.effort]
    machine = type("Sources", (Sequences,), {"player": player})
    run_state_machine_as_test(
        seed(suite.settings.seed)(machine),
        settings=settings(
            max_examples=number,
            stateful_step_count=length,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        ),
    )


_PLACES = st.integers(0, 9)
_LABELS = st.sampled_from(["", "a", "b"])


class Sequences(RuleBasedStateMachine):
    """Chooses sequences of requests on a few names, some of which have a source, and has a player play them."""

    player: Player

    def __init__(self) -> None:
        super().__init__()
        self.pool: list[str] = []
        self.is_over = False

    @initialize(places=st.lists(st.integers(0, 63), min_size=4, max_size=6, unique=True), number=st.integers(0, 3))
    def begin(self, places: list[int], number: int) -> None:
        """Begin with some sources."""
        names = self.player.names()
        self.pool = [names[place % len(names)] for place in places]
        self.player.begin()
        for step in added(self.player, *dict.fromkeys(self.pool[:number])):
            self.play(step)

    def play(self, step: Step) -> None:
        """Play one request; after a list that is not as it should be, what follows would say nothing more."""
        if self.is_over:
            return
        if broken := self.player.step(step):
            # Where a request is refused and nothing changes, as without the operation, the sequence goes on.
            goes_on = self.player.is_as_before
            self.is_over = self.player.shorten(broken) or not goes_on

    def name(self, place: int, *, is_there: bool) -> str:
        """Return a name of the pool: mostly one that has a source, or mostly one that has none."""
        preferred = [name for name in self.pool if (name in self.player.listed) == is_there]
        names = preferred if preferred and place > 1 else self.pool
        return names[place % len(names)]

    @rule(place=_PLACES, label=_LABELS, is_enabled=st.booleans())
    def add(self, place: int, label: str, is_enabled: bool) -> None:
        """Add a source."""
        name = self.name(place, is_there=False)
        self.play(Step(ADD, name, self.player.body(name, label, is_enabled)))

    @precondition(lambda self: self.player.can_update)
    @rule(place=_PLACES, label=_LABELS, is_enabled=st.booleans())
    def update(self, place: int, label: str, is_enabled: bool) -> None:
        """Update a source."""
        name = self.name(place, is_there=True)
        self.play(Step(UPDATE, name, self.player.body(name, label, is_enabled)))

    @rule(place=_PLACES)
    def delete(self, place: int) -> None:
        """Delete a source."""
        self.play(Step(DELETE, self.name(place, is_there=True)))

    @rule(place=_PLACES, operation=st.sampled_from([ADD, UPDATE]), fault=st.integers(0, 2))
    def refused(self, place: int, operation: str, fault: int) -> None:
        """Send a body that does not fit the document."""
        if operation == UPDATE and not self.player.can_update:
            return
        name = self.name(place, is_there=operation == UPDATE)
        self.play(Step(operation, name, invalid(self.player.body(name, "c"), fault), is_valid=False))
