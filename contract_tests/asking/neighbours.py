"""What others have at a server that a run writes to, looked at after every write: the first harm is the last."""

import time
from dataclasses import dataclass, field

from contract_tests.asking import definitions, sources
from contract_tests.asking.exchange import Exchange
from contract_tests.asking.transport import Http
from contract_tests.errors import Harm
from contract_tests.target.marks import is_of_any_run

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
        harm = ""
        for number in range(_LOOKS):
            time.sleep(_PAUSE if number else 0)
            harm = self._harm(kind, self.http.send("GET", self._path(kind)), self._after(write))
            if not harm:
                return
        target = self.http.target
        curl = target.hidden.masked(write.curl(target.hidden.placeholders))
        raise Harm(
            f"{harm} Nothing was written after that, and nothing deleted: what begins with {target.prefix!r} is the"
            f" run's own and may be left. If nobody else changed anything meanwhile, the server did, at: {curl}"
        )

    def _after(self, write: Exchange) -> str:
        answer = str(write.status) if write.status else f"no answer ({write.error})"
        return f"after {write.method} {write.path}, answered with {answer}"

    def _harm(self, kind: str, listing: Exchange, after: str) -> str:
        """Return in sentences what is wrong with a list, empty for nothing."""
        listed = self._read(kind, listing)
        target = self.http.target
        if listed is None:
            said = target.hidden.masked(" ".join(listing.text.split()))[:_MOST_WORDS]
            shown = f": {said!r}" if (listing.status or 0) >= 400 else ""
            return (
                f"{listing.label} gives no list any more {after}. It is {listing.status or listing.error}{shown}. The"
                f" file or table of the {kind} may hold what the server cannot read: take what begins with"
                f" {target.prefix!r} out of it by hand, or put a copy in its place, before it is started again."
            )
        now = [each for each in listed if not is_of_any_run(each["Name"])]
        changes = sources.differences(self.known[kind], now, in_order=False)
        if not changes:
            return ""
        target.hidden.learn(listing.body, target.prefix)
        shown = "; ".join(f"the {kind.removesuffix('s')} {change}" for change in changes[:3])
        more = f" and {len(changes) - 3} more" if len(changes) > 3 else ""
        return f"{shown}{more} {after}. That is not the run's own."

    def _read(self, kind: str, listing: Exchange) -> list[sources.Source] | None:
        if kind == "sources":
            return sources.sources_in(listing)
        listed = definitions.definitions_in(listing)
        return None if listed is None else definitions.in_order(listed)

    def _path(self, kind: str) -> str:
        name = "listSources" if kind == "sources" else definitions.LIST[kind]
        return self.http.target.contract.operations[name].path
