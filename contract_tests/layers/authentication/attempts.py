"""Attempts to use an operation with tokens: which of them the server lets through, and which it must not."""

from collections.abc import Mapping
from random import Random

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.document import Operation
from contract_tests.judging.suite import Suite
from contract_tests.layers.log_reader import shake_hands
from contract_tests.layers.places import ask, is_accepted, places


class Attempts:
    """Sends one operation's ordinary request with tokens and judges whether they counted.

    ``good`` is a token that counts. Tokens are given by their place: ``header="…"``.
    """

    def __init__(self, suite: Suite, operation: Operation, chosen: Random) -> None:
        self.good = suite.target.token
        self._suite = suite
        self._operation = operation
        self._chosen = chosen

    def ask(self, query_name: str = "", **given: str) -> Exchange:
        """Send the request with these tokens and no other."""
        return ask(self._suite.http, self._operation, given, query_name)

    def counts_in(self, place: str) -> bool:
        """Say whether the good token counts in a place at all; a clause of its own judges that."""
        return is_accepted(self.ask(**{place: self.good}))

    def let_in(self, clause: str, what: str, **given: str) -> None:
        """Judge that a request with these tokens is let through."""
        for exchange in self._in_each_way(given):
            expected = f"{what} to be accepted: no 401, and no failure of the server"
            self._suite.judge.that(is_accepted(exchange), clause, exchange, expected, what=what)

    def kept_out(self, clause: str, what: str, **given: str) -> None:
        """Judge that a request with these tokens is not let through; that it is a 401 is for other clauses."""
        for exchange in self._in_each_way(given):
            holds = not is_accepted(exchange)
            self._suite.judge.that(holds, clause, exchange, f"status 401 to {what}", what=what)

    def refused(self, clause: str, what: str, query_name: str = "", **given: str) -> Exchange:
        """Judge that a request with these tokens is a 401, and return the last answer."""
        for exchange in self._in_each_way(given, query_name):
            self._suite.judge.status(401, clause, exchange, what=what)
        return exchange

    def refused_with(self, clause: str, what: str, headers: Mapping[str, str]) -> None:
        """Judge that a request without a token is a 401 whatever headers it has: all at once, and if not, each."""
        if any(exchange.status != 401 for exchange in self._in_each_way({}, besides=headers)):
            for name, value in headers.items():
                for exchange in self._in_each_way({}, besides={name: value}):
                    self._suite.judge.status(401, clause, exchange, what=f"{what} {name}")
        for exchange in self._in_each_way({}, besides=headers):
            self._suite.judge.status(401, clause, exchange, what=f"{what} headers")

    def _in_each_way(
        self, given: Mapping[str, str], query_name: str = "", besides: Mapping[str, str] | None = None
    ) -> list[Exchange]:
        """Send the request with tokens, and of the log stream the handshake too: the token is its only guard."""
        exchanges = [ask(self._suite.http, self._operation, given, query_name, besides)]
        if "x-websocket" in self._operation.document:
            exchanges.append(shake_hands(self._suite, given, query_name, besides))
        return exchanges

    def each_refused(self, clause: str, bad: Mapping[str, str], in_quick: int | None = None) -> None:
        """Judge that each token (by what it is) is a 401: in the header and in one other place, or in all (thorough).

        A quick run tries only so many of them as ``in_quick`` says, the first among them.
        """
        effort = self._suite.settings.effort
        kinds = [(kind, self._suite.target.hidden.show(token)) for kind, token in bad.items()]
        if effort == "quick" and in_quick is not None:
            kinds = [kinds[0], *self._chosen.sample(kinds[1:], in_quick - 1)]
        strongest, *others = places(self._suite.contract)
        for kind, token in kinds:
            for place in [strongest, *(others if effort == "thorough" else [self._chosen.choice(others)])]:
                if self.refused(clause, f"{kind} in the {place}", **{place: token}).is_silent:
                    return  # to ask it more of the kind would take minutes
