"""What others have at a server that a run writes to, looked at after every write: the first harm is the last."""

import time
from dataclasses import dataclass, field

from contract_tests import definitions, sources
from contract_tests.errors import Harm
from contract_tests.exchange import Exchange
from contract_tests.marks import is_of_any_run
from contract_tests.transport import Http

_LOOKS = 4
_PAUSE = 0.5
"""Seconds between looks at a list that is not as it was: one answer that went wrong is no harm."""
_MOST_WORDS = 300
_KINDS = {"source": "sources", "metric": "metrics", "preset": "presets"}


@dataclass
class Neighbours:
    """The sources, and metrics and presets, of others, as they were before the run wrote anything.

    ``http`` asks without being judged. Those that the run does not know are not looked at.
    """

    http: Http
    known: dict[str, list[sources.Source]] = field(default_factory=dict)

    def remember(self, kind: str, listed: list[sources.Source] | definitions.Definitions) -> None:
        """Take a list as what is to stay: ``kind`` is sources, metrics or presets."""
        as_list = listed if isinstance(listed, list) else definitions.in_order(listed)
        self.known[kind] = [each for each in as_list if not is_of_any_run(each["Name"])]

    def look(self, write: Exchange) -> None:
        """Look at the list that a write was about; raises Harm at the first difference that is not the run's own."""
        collection = write.url.removeprefix(self.http.target.url).strip("/").partition("/")[0].partition("?")[0]
        kind = _KINDS.get(collection, "sources")
        if kind in self.known:
            self.insist(kind, write)

    def insist(self, kind: str, write: Exchange) -> None:
        """Raise Harm where what others have of a kind is not what it was, and stays so for some looks."""
        wrong = ""
        for number in range(_LOOKS):
            time.sleep(_PAUSE if number else 0)
            listing = self.http.send("GET", self._path(kind))
            wrong = self._fault(kind, listing)
            if not wrong:
                return
        raise Harm(f"{wrong} {self._advice(write)}")

    def _fault(self, kind: str, listing: Exchange) -> str:
        """Return in a sentence what is wrong with a list, empty for nothing."""
        listed = self._read(kind, listing)
        if listed is None:
            said = listing.text.strip() if (listing.status or 0) >= 400 else listing.in_words()
            shown = self.http.target.hidden.masked(" ".join(said.split()))[:_MOST_WORDS]
            return (
                f"{listing.label} gave a list and gives none any more: {listing.status or 'no answer'}, {shown!r}; the"
                f" file or table of the {kind} may hold what the server cannot read: mend it by hand, from a copy or by"
                f" deleting what begins with {self.http.target.prefix!r}, before the server is started again."
            )
        now = [each for each in listed if not is_of_any_run(each["Name"])]
        changes = sources.differences(self.known[kind], now, in_order=False)
        if not changes:
            return ""
        self.http.target.hidden.learn(listing.body, self.http.target.prefix)
        noun = kind.removesuffix("s")
        what = "; ".join(f"the {noun} {change}" for change in changes[:3])
        return f"{what}: not the run's own, and no more as it was." if len(changes) < 4 else f"{what}; and more."

    def _read(self, kind: str, listing: Exchange) -> list[sources.Source] | None:
        if kind == "sources":
            return sources.sources_in(listing)
        listed = definitions.definitions_in(listing)
        return None if listed is None else definitions.in_order(listed)

    def _path(self, kind: str) -> str:
        name = "listSources" if kind == "sources" else definitions.LIST[kind]
        return self.http.target.contract.operations[name].path

    def _advice(self, write: Exchange) -> str:
        target = self.http.target
        curl = target.hidden.masked(write.curl(target.hidden.placeholders))
        return (
            f"It was so before, and is no more after {write.method} {write.path}, which was answered with"
            f" {write.status or write.error} ({curl}). Nothing more was written, nor deleted: of the run's own what"
            f" begins with {target.prefix!r} may be left. If nobody else changed it meanwhile, the server did."
        )
