"""Several servers behind one URL: tokens that count in turns, and lists that differ in turns."""

import json

from contract_tests.asking.exchange import Exchange
from contract_tests.asking.transport import Http
from contract_tests.errors import NotJudged
from contract_tests.words import counted

_LOOKS = 8
_ADVICE = "judge one of them, or let the balancer send a client to the same one each time"


def insist_on_one_server(http: Http) -> None:
    """Raise NotJudged, with one sentence, where it depends on chance, or on whose turn it is, what a list is.

    Asks for the list of sources some times with the run's token, on a new connection each time, for a balancer may
    keep to a server as long as a connection lasts. Says nothing of a server that answers alike each time.
    """
    answers: list[Exchange] = []
    while len(answers) < _LOOKS and (not answers or answers[-1].status is not None):
        answers.append(_list(http))
    url = http.target.url
    refused = [each for each in answers if each.status == 401]
    if refused and len(refused) < len(answers):
        raise NotJudged(
            f"the token of POST /login counted in {len(answers) - len(refused)} of {counted(len(answers), 'request')}:"
            f" behind {url} several servers answer in turns, each with a key of its own for tokens (pgwatch draws one"
            f" at random at its start in 4.2, and from 5.3 on); {_ADVICE}"
        )
    if _alternate([_content(each) for each in answers if each.status == 200]):
        raise NotJudged(
            f"GET /source gives other sources in turns: behind {url} several servers answer, each with sources of its"
            f" own; {_ADVICE}"
        )


def _list(http: Http) -> Exchange:
    http.transport.close()
    return http.send("GET", "/source")


def _content(exchange: Exchange) -> str:
    """Return a list as text: the order of keys may differ each time."""
    try:
        return json.dumps(json.loads(exchange.body), sort_keys=True)
    except (ValueError, RecursionError):
        return ""


def _alternate(contents: list[str]) -> bool:
    """Say whether something comes back after something else was there: no change by another client does that."""
    seen: list[str] = []
    for content in contents:
        if content in seen[:-1] and content != seen[-1]:
            return True
        if not seen or content != seen[-1]:
            seen.append(content)
    return False
