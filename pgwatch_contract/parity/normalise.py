"""The named normalisations: what two servers that behave alike still answer differently, and no more than that."""

import base64
import re
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from pgwatch_contract.parity.exchange import Answer, Request
from pgwatch_contract.parity.json_maps import with_sorted_maps, with_sorted_rows
from pgwatch_contract.releases.release import Release

_TOKEN_SECONDS = 8 * 3600
_JWT = re.compile(rb"[\w-]+\.[\w-]+\.[\w-]{43}")
_CLIENT_PORT = re.compile(rb"(?<= )127\.0\.0\.1:\d+(?=->)")
_RESOLVER = re.compile(
    rb"(lookup \S+?)(?: on [\d.\[\]a-f:]+:53)?: (?:no such host|read udp \S+->\S+:53: read: connection refused)"
)
_FRAME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (?=\[[A-Z]+\] )")


def date(answer: Answer, _: Request) -> Answer:
    """Put ${DATE} for the value of Date, where it is a date."""
    form = re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
    return _with_headers(answer, lambda name, value: "${DATE}" if name == "date" and form.fullmatch(value) else value)


def header_names(answer: Answer, _: Request) -> Answer:
    """Sort headers by their names, and write the names in the same case."""
    named = [("-".join(part.capitalize() for part in name.split("-")), value) for name, value in answer.headers]
    return replace(answer, headers=tuple(sorted(named)))


def token(answer: Answer, request: Request) -> Answer:
    """Put ${TOKEN} for a token from /login, also in a cookie, with its header and claims; ${IN_8_HOURS} for its exp."""
    if answer.status != 200 or not request.target.startswith("/login") or not _JWT.fullmatch(answer.body):
        return answer
    header, claims = (_decoded(part).decode("latin-1") for part in answer.body.split(b".")[:2])
    expiry = re.search(r'(?<="exp":)\d+(?=[,}])', claims)
    if expiry and abs(int(expiry[0]) - time.time() - _TOKEN_SECONDS) < 120:
        claims = claims[: expiry.start()] + "${IN_8_HOURS}" + claims[expiry.end() :]
    given = answer.body.decode()
    answer = _with_headers(answer, lambda _, value: value.replace(given, "${TOKEN}"))
    return replace(answer, body=f"${{TOKEN}} {header} {claims}".encode())


def client_port(answer: Answer, _: Request) -> Answer:
    """Put ${PORT} for the port that a connection test went out from, as in 127.0.0.1:4711->127.0.0.1:1."""
    return _resized(answer, _CLIENT_PORT.sub(b"127.0.0.1:${PORT}", answer.body))


def resolver(answer: Answer, _: Request) -> Answer:
    """Leave out the machine's DNS server, and that it has none, from: lookup NAME on 10.0.0.1:53: no such host."""
    return _resized(answer, _RESOLVER.sub(rb"\1: no such host", answer.body))


def log_entry(answer: Answer, _: Request) -> Answer:
    """Put ${TIME} for the time in front of a log entry."""
    if answer.frame is None:
        return answer
    return replace(answer, frame=_FRAME.sub("${TIME} ", answer.frame, count=1))


def map_order(answer: Answer, _: Request) -> Answer:
    """Sort the keys of maps (metrics by name, CustomTags ...), not fields.

    Only for releases that write JSON with jsoniter (3.5 and later), where it changes from answer to answer.
    """
    if answer.status != 200 or answer.body[:1] not in (b"{", b"["):
        return answer
    return replace(answer, body=with_sorted_maps(answer.body))


def row_order(answer: Answer, request: Request) -> Answer:
    """Sort the sources of the list.

    Only for servers that keep them in PostgreSQL: it gives out rows in no order of its own.
    """
    if answer.status != 200 or request.target.partition("?")[0] != "/source":
        return answer
    return replace(answer, body=with_sorted_rows(answer.body))


Normalisation = Callable[[Answer, Request], Answer]

NORMALISATIONS: Mapping[str, Normalisation] = {
    "date": date,
    "header-names": header_names,
    "token": token,
    "client-port": client_port,
    "resolver": resolver,
    "log-entry": log_entry,
    "map-order": map_order,
    "row-order": row_order,
}
"""All normalisations by their names, in the order in which they are applied; docstrings say what each does."""


def normalisations_of(release: Release, store: str) -> tuple[str, ...]:
    """Return the names of the normalisations for a release with a store (``yaml`` or ``postgres``)."""
    left_out = set()
    if release.dialect.get("json") != "jsoniter":
        left_out.add("map-order")
    if store != "postgres":
        left_out.add("row-order")
    return tuple(name for name in NORMALISATIONS if name not in left_out)


def normalise(answer: Answer, request: Request, names: Iterable[str] = tuple(NORMALISATIONS)) -> Answer:
    """Return an answer as it is compared; an answer that was normalised before stays as it is.

    Takes the names of the normalisations to apply, in their order; by default all.
    """
    for name in names:
        answer = NORMALISATIONS[name](answer, request)
    return answer


def explained() -> str:
    """Return the names with what each does, as ``--help`` prints it."""
    texts = {name: " ".join((each.__doc__ or "").split()) for name, each in NORMALISATIONS.items()}
    lines = [textwrap.fill(f"{name:12}  {text}", 76, subsequent_indent=" " * 14) for name, text in texts.items()]
    return textwrap.indent("\n".join(lines), "  ")


def _with_headers(answer: Answer, change: Callable[[str, str], str]) -> Answer:
    return replace(answer, headers=tuple((name, change(name.lower(), value)) for name, value in answer.headers))


def _resized(answer: Answer, body: bytes) -> Answer:
    if body == answer.body:
        return answer
    size = str(len(body))
    return replace(_with_headers(answer, lambda name, value: size if name == "content-length" else value), body=body)


def _decoded(part: bytes) -> bytes:
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
