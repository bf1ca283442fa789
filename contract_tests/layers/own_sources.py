"""The sources of one test: written, read back, and deleted after it."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.sources import Source, delete_source, differences, list_sources, source, sources_in
from contract_tests.contract.document import Operation
from contract_tests.judging.fields import Difference, in_words, unlike
from contract_tests.judging.found import of_answer, of_each
from contract_tests.layers.own import Own, succeeded
from contract_tests.target.guard import Permission
from contract_tests.target.harmless import at_rest, is_read_back
from contract_tests.target.marks import is_of_any_run


class OwnSources(Own):
    """Writes sources under names of the run's own, lists them, and judges what is listed."""

    def may_be_deleted(self, clause: str, *names: str) -> bool:
        """Say whether the guard lets out what deletes a source by its name, or names; see ``may_be_sent``."""
        path, query = self._deletion(*names)
        url = f"{self._suite.target.url}{path}?{urlencode(query)}" if query else self._suite.target.url + path
        return not self._is_refused(clause, self._suite.contract.operations["deleteSource"], url, b"")

    def at_rest(self, clause: str, operation: Operation, body: Source) -> Source:
        """Return a source as it may be sent: at a server that is not to be thrown away it is at rest.

        The record has for the clause that it was not sent as it was made.
        """
        if self._suite.guard.permission is Permission.THROWAWAY:
            return body
        tamed = at_rest(body)
        if tamed != body:
            self._judge.withhold(clause, operation.id)
        return tamed

    def named(self, name: str, **fields: Any) -> Source:
        """Return the body for a source that every release and store takes."""
        return source(self._suite.target, name, **fields)

    def add(self, name: str, **fields: Any) -> Exchange:
        """Add a source that every release and store takes."""
        return self.send("addSource", self.named(name, **fields))

    def update(self, name: str, **fields: Any) -> Exchange:
        """Update a source."""
        return self.send("updateSource", self.named(name, **fields))

    def delete(self, *names: str) -> Exchange:
        """Delete a source by the contract's operation; several names are as many parameters."""
        path, query = self._deletion(*names)
        return self._http.send("DELETE", path, query=query)

    def before(self, operation: Operation, name: str) -> list[Exchange]:
        """Add the source that an update needs, and return what was done; an addition needs none."""
        return [self.add(name)] if operation.id == "updateSource" else []

    def _deletion(self, *names: str) -> tuple[str, list[tuple[str, str]]]:
        operation = self._suite.contract.operations["deleteSource"]
        return operation.at(names[0] if names else ""), operation.query(*names)

    def listed(self) -> tuple[Exchange, list[Source]]:
        """List the sources: the exchange, and those of this test; none where the answer is no list."""
        exchange = self._http.send("GET", "/source")
        return exchange, [each for each in sources_in(exchange) or [] if each["Name"] in self._names]

    def groups(self, name: str) -> tuple[Exchange, list[Any]]:
        """List the sources: the exchange, and the Group of each that has a name."""
        exchange, listed = self.listed()
        return exchange, [each.get("Group") for each in listed if each["Name"] == name]

    def stored(self) -> dict[str, Source]:
        """Return the sources of this test that are listed, by name."""
        return {each["Name"]: each for each in self.listed()[1]}

    def judge_unchanged(self, refused: Exchange, before: Mapping[str, Source], steps: Sequence[Exchange] = ()) -> None:
        """Judge that a request that was refused has stored nothing; says nothing of one that was not refused.

        ``before`` is what ``stored`` gave before it.
        """
        if refused.status not in range(400, 500):
            return
        listing, listed = self.listed()
        if sources_in(listing) is None:
            return
        changed = differences(list(before.values()), listed)
        clause, expected = "source.refused-changes-nothing", "the refused request to change nothing"
        told = f"{refused.status}, and {'; '.join(changed[:3])}"
        self._judge.that(not changed, clause, refused, expected, told, steps, of_each(refused, changed))

    def names(self) -> list[str]:
        """Return the names of those sources of this test that are listed, in the order of the list."""
        return [each["Name"] for each in self.listed()[1]]

    def judge_stored(  # noqa: PLR0913, PLR0917  # what is judged, and all that a reader is to know of it
        self,
        clause: str,
        written: Exchange,
        stored: Source,
        what: str,
        steps: Sequence[Exchange] = (),
        kind: str = "",
        found: Sequence[Difference] | None = None,
    ) -> None:
        """Judge that a write succeeded and that the source is listed once, with the fields that should be stored.

        ``kind`` says what is special in what was sent, and tells what is found apart from the same of other kinds.
        ``found`` is what ``differences`` gave of it, without which the sources are listed.
        """
        expected = f"{what}, in the list of sources"
        if not succeeded(written):
            self._judge.that(False, clause, written, expected, steps=steps)
            return
        found = self._differences(stored, *self.listed()) if found is None else found
        seen = [f"{kind}: {each.found}" if kind else each.found for each in found]
        self._judge.that(not found, clause, written, expected, in_words(found), steps, seen)

    def differences(self, stored: Sequence[Source]) -> list[list[Difference]]:
        """List the sources once, and return for each of some that should be stored how it is listed otherwise."""
        exchange, listed = self.listed()
        return [self._differences(each, exchange, listed) for each in stored]

    @staticmethod
    def _differences(stored: Source, exchange: Exchange, listed: Sequence[Source]) -> list[Difference]:
        same = [each for each in listed if each["Name"] == stored["Name"]]
        if sources_in(exchange) is None:
            words = f"GET /source gives no list of sources (status {exchange.status})"
            return [Difference(words, f"no list: {of_answer(exchange)}")]
        if len(same) != 1:
            return [Difference(*["it is listed several times" if same else "it is not in the list"] * 2)]
        # Fields that the document does not know have a clause of their own.
        return unlike(stored, {name: value for name, value in same[0].items() if name in stored})

    def texts_kept(self, texts: Sequence[str]) -> list[str]:
        """Return those of some texts that may stand in any field: of a mock that keeps the contract, all.

        A server that keeps its sources in a YAML file could never read some again; in which fields it replaces
        variables is asked by themselves, so that ledgers can tell what is known of that.
        """
        is_in_memory = self._suite.target.is_mock and self._suite.settings.release is None
        return [text for text in texts if is_in_memory or ("$" not in text and is_read_back(text))]

    def free_names(self, *names: str) -> list[str]:
        """Return those of some names that nobody has, where the run may use any."""
        is_free = self._suite.guard.permission is Permission.THROWAWAY
        there = self.listed_names() if is_free else None
        return [name for name in names if name not in there] if there is not None else []

    def remove_all(self) -> None:
        """Delete all sources: of a server that nobody else has."""
        for name in self.listed_names() or []:
            self.remove(name)

    def all_listed(self) -> list[Source] | None:
        """List the sources of this test and those of others, but not of other tests; None where that is no list."""
        listed = list_sources(self._http)
        if listed is None:
            return None
        return [each for each in listed if self.has_claimed(each["Name"]) or not is_of_any_run(each["Name"])]

    def listed_names(self) -> list[str] | None:
        """Return the names of all sources; None where the answer is no list."""
        listed = list_sources(self._http)
        return None if listed is None else [each["Name"] for each in listed]

    def remove(self, name: str) -> Exchange:
        """Delete a source, also from a release that has no such operation in the contract it is judged by."""
        return delete_source(self._http, name)
