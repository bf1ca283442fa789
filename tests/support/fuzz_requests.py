"""Requests that nobody thought of: each is made of a seed and its number alone, so that it can be made again."""

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

# fmt: off
SEED = 20261123
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH", "FOO", "get")
PATHS = (
    "/source", "/source", "/source", "/login", "/test-connect", "/metric", "/preset", "/log", "/liveness",
    "/readiness", "/", "/docs", "/openapi.yaml", "/source/", "/Source", "//source", "/source/x", "/../source",
    "/./liveness", "/source%2F", "/%73ource", "/%00", "/%ff%fe", "/%", "/%zz", "/source;a=b", "/source%3Fname=x",
    "/index.php", "/.env", "/" + "a" * 3000, "/%F0%9F%90%98", "/a/b/c/d",
)
QUERIES = (
    "", "", "", "?", "?name=fuzz-1", "?name=fuzz-2&name=demo-none", "?name=", "?name", "?Name=fuzz-1", "?name=%00",
    "?name=%ff", "?name=%F0%9F%90%98", "?name=a+b%20c", "?&&&", "?=", "?name=fuzz-1;x", "?name[]=1",
    "?%6eame=fuzz-3", "?Token=", "?Token=x.y.z", "?Token=%ff", "?name=" + "n" * 5000,
    "?" + "&".join(f"p{n}={n}" for n in range(1500)), "?name=%u0041", "?name=%", "?name=fuzz#fragment",
)
CONTENT_TYPES = (
    "application/json", "application/json", "application/json", "application/json; charset=utf-8",
    "APPLICATION/JSON", "application/json;", "text/plain", "text/json", "application/x-www-form-urlencoded",
    "multipart/form-data", "", "application/json, text/plain", "json", "*/*", "\xe4/\xff",
    "application/json; charset=utf-16", "a" * 2000, ";",
)
HEADERS = (
    ("Accept", "text/html"), ("Accept", "a/b;q=x"), ("Accept-Encoding", "gzip, br"), ("Authorization", "Bearer x"),
    ("Connection", "keep-alive"), ("Connection", "close"), ("Connection", "\xff, ,"), ("Content-Encoding", "gzip"),
    ("Cookie", "token=x"), ("Cookie", "=; ;;=,token"), ("Cookie", "token=\"\xff"), ("Expect", "100-continue"),
    ("Expect", "nothing"), ("If-None-Match", "*"), ("Origin", "http://localhost:4000"), ("Origin", "null"),
    ("Origin", "\xff://\x80"), ("Range", "bytes=0-"), ("X-Forwarded-For", "::1"), ("X-Forwarded-Proto", "\t"),
    ("X-Name", "\xe4" * 500), ("X-Empty", ""), ("Upgrade", "h2c"), ("Upgrade", "websocket"), ("Token", ""),
    ("Connection", "Upgrade"), ("Sec-WebSocket-Key", "x"), ("Sec-WebSocket-Version", "13"), ("Max-Forwards", "-1"),
    ("Access-Control-Request-Method", "PUT"), ("Date", "yesterday"), ("TE", "trailers"), ("X", "y" * 4000),
)
TARGETS = (
    "http://test/source", "http://test", "https://other:1/liveness?x", "http://", "http://[", "ftp://x/y", "://",
    "source", "?", "#", "/source\xff", "/%", "/%2", "/%zz%", "/%00%0a%0d", "/source?%", "/a\tb", "/\x7f", "\\source",
    "/source?name=\xff", "*", "test:80", "/" + "%41" * 2000, "//", "///source", "http:///source", "/source#x#y",
)
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**400, -(10**30), 1e308, "", "x", "\0", "ä🐘\u2028", "a" * 10_000, [], {}, [[]],
    {"a": None}, [None, 1, "x"], {"": {"": []}}, "{x}", "%s", "postgres", {"db_size": 0}, {"db_size": "60"},
)
SOURCE: dict[str, Any] = {
    "Name": "fuzz-1", "Group": "default", "ConnStr": "postgresql://u:p@db.example.com/x", "Metrics": {"wal": 60},
    "MetricsStandby": None, "Kind": "postgres", "IncludePattern": "", "ExcludePattern": "", "PresetMetrics": "basic",
    "PresetMetricsStandby": "", "IsSuperuser": False, "IsEnabled": True, "CustomTags": {"a": "b"},
    "HostConfig": {"DcsEndpoints": ["x"], "PerMetricDisabledTimes": [{"Metrics": ["wal"]}]}, "OnlyIfMaster": False,
}
CONN_STRS = (
    "postgresql://u:p@db.example.com:5432/x?sslmode=require", "host=refused.example.com user=u password='p p'",
    "postgres://[::1]:1/x", "host=a,b,c port=1,2,3", "service=x", "postgresql://%zz", "host='", "=", "host",
)
JUNK_JSON = (
    b"", b" ", b"null", b"[]", b"{}", b"{", b'{"Name":', b"nul", b"NaN", b"Infinity", b"1e999", b"-", b"1" * 5000,
    b'{"Name":"fuzz-1","Name":"fuzz-2","ConnStr":"x"}', b'"\\ud800"', b'{"Name":"\\ud800","ConnStr":""}',
    b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b'{"Name":"a\0b","ConnStr":""}', b'{"Name":"\xff","ConnStr":""}',
    b"{'Name':'x'}", b"/**/{}", b'{"Name":"fuzz-3","ConnStr":"","Metrics":{"a":1e999}}',
    b'{"Name":"fuzz-4","ConnStr":"","Metrics":{"a":1e-400}}', b"[" * 100_000, b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b"[" * 900 + b"]" * 900, b'{"Name":"fuzz-5","ConnStr":"","X":' + b"[" * 900 + b"]" * 900 + b"}", b"a=b&c=d",
    b"<xml/>", b"\0" * 100,
)
# fmt: on


_LAST_CHUNK = re.compile(rb"(?:^|\n)0[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n")
"""The end of a body in chunks, with its trailers and the empty line after them."""


@dataclass(frozen=True)
class FuzzRequest:
    """Bytes to send. ``wrong`` tells that no server can take them for a valid request."""

    number: int
    kind: str
    data: bytes
    wrong: bool = False

    @property
    def is_head(self) -> bool:
        """Whether the answer comes without its body."""
        return self.data.lstrip(b"\r\n").startswith(b"HEAD ")

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing of the head, or of the body that the head announces."""
        head, end, body = self.data.lstrip(b"\r\n").partition(b"\r\n\r\n")
        lengths = [int(digits) for digits in re.findall(rb"(?i)\ncontent-length:[ \t]*(\d+)[ \t]*(?:\r|$)", head)]
        is_chunked = re.search(rb"(?i)\ntransfer-encoding:[^\r]*chunked", head) and not _LAST_CHUNK.search(body)
        return bool(end) and not is_chunked and max(lengths, default=0) <= len(body)

    def __str__(self) -> str:
        shown = self.data if len(self.data) < 2000 else self.data[:1500] + b" ... " + self.data[-400:]
        return f"seed {SEED}, {self.kind} request {self.number} ({len(self.data)} bytes): {shown!r}"


def well_formed(number: int, token: str) -> FuzzRequest:
    """Return a request that is valid HTTP, whatever else it is."""
    chance = random.Random(f"{SEED} well-formed {number}")
    method = chance.choice(METHODS[:7] * 6 + METHODS)
    path = chance.choice(PATHS[:9] * 4 + PATHS)
    headers = [("Host", chance.choice(("localhost", "localhost", "127.0.0.1:8080", "[::1]", "", "\xe4")))]
    if chance.random() < 0.8:
        headers.append(("Token", token))
    if chance.random() < 0.8:
        headers.append(("Content-Type", chance.choice(CONTENT_TYPES)))
    headers += chance.choices(HEADERS, k=chance.choice((0, 0, 1, 2, 5)))
    if chance.random() < 0.01:
        headers += [(f"X-{one}", "1") for one in range(200)]
    chance.shuffle(headers)
    body = _body(chance, path) if method in ("POST", "PUT", "PATCH") or chance.random() < 0.2 else b""
    if chance.random() < 0.3:
        headers.append(("Transfer-Encoding", "chunked"))
        body = _chunked(chance, body)
    elif body or chance.random() < 0.5:
        headers.append(("Content-Length", str(len(body))))
    version = "1.0" if chance.random() < 0.02 and ("Transfer-Encoding", "chunked") not in headers else "1.1"
    target = path + chance.choice(QUERIES)
    return FuzzRequest(number, "well-formed", _head(method, target, headers, version) + body)


def malformed(number: int, token: str) -> FuzzRequest:
    """Return bytes that are no valid HTTP request, or only by chance."""
    chance = random.Random(f"{SEED} malformed {number}")
    kind = chance.choice(tuple(_KINDS))
    data = _KINDS[kind](chance, token)
    return FuzzRequest(number, kind, data, wrong=kind in _WRONG)


def _head(method: str, target: str, headers: list[tuple[str, str]], version: str = "1.1") -> bytes:
    lines = [f"{method} {target} HTTP/{version}", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _body(chance: random.Random, path: str) -> bytes:
    kind = chance.randrange(8)
    if kind == 0:
        return chance.choice(JUNK_JSON)
    if kind == 1:
        return chance.randbytes(chance.choice((1, 10, 100, 3000)))
    if kind == 2 and chance.random() < 0.1:
        return b'{"Name":"' + b"x" * (1_048_576 + chance.randrange(100_000)) + b'"}'
    if path == "/login":
        value: Any = {"user": chance.choice(VALUES), "password": chance.choice(VALUES)} if kind < 5 else {"user": "x"}
    elif path == "/test-connect":
        text = chance.choice(CONN_STRS).encode()
        return _mutated(chance, text) if kind < 6 else text
    else:
        value = {**SOURCE, "Name": f"fuzz-{chance.randrange(8)}"}
        for _ in range(chance.randrange(3)):
            value[chance.choice(list(SOURCE)[1:])] = chance.choice(VALUES)
        if kind < 4:
            value = {name: value[name] for name in chance.sample(list(value), chance.randrange(len(value)))}
    encoded = json.dumps(value, ensure_ascii=chance.random() < 0.5).encode()
    return _mutated(chance, encoded) if kind == 4 else encoded


def _chunked(chance: random.Random, body: bytes) -> bytes:
    parts = []
    while body:
        size = chance.randint(1, max(len(body), 2) if chance.random() < 0.5 else 7 + len(body) // 20)
        piece, body = body[:size], body[size:]
        extension = chance.choice(("", "", ";a=b", ";x", ';q="1"'))
        parts.append(f"{len(piece):{chance.choice('xX')}}{extension}\r\n".encode() + piece + b"\r\n")
    trailer = chance.choice((b"", b"", b"X-Trailer: 1\r\n", b"Token: x\r\n"))
    return b"".join(parts) + b"0\r\n" + trailer + b"\r\n"


def _mutated(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        place = chance.randrange(len(changed) + 1)
        piece = chance.choice((chance.randbytes(1), b"\0", b"\r\n", b" ", b":", b'"', b"\xff", chance.randbytes(8)))
        cut = chance.choice((0, 0, 1, 1, 3))
        changed[place : place + cut] = chance.choice((piece, piece, b"", changed[place : place + 9]))
    return bytes(changed)


def _simple(
    *lines: str, method: str = "GET", target: str = "/source", body: bytes = b"", host: str = "localhost"
) -> bytes:
    headers = [f"Host: {host}"] if host else []
    return "\r\n".join([f"{method} {target} HTTP/1.1", *headers, *lines, "", ""]).encode("latin-1") + body


def _valid(chance: random.Random, token: str) -> bytes:
    return well_formed(chance.randrange(1_000_000), token).data


def _handshake(chance: random.Random, token: str) -> bytes:
    lines = [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==",
    ]
    odd = (
        "Upgrade: websocket, x",
        "Connection: ;;",
        "Sec-WebSocket-Key: x",
        "Sec-WebSocket-Protocol: ,,a b",
        "Sec-WebSocket-Extensions: ;;;",
        "Cookie: a=" + "b" * 9000,
        "Content-Length: 5",
        "Origin: \xff",
        "Transfer-Encoding: chunked",
        "X: \xff",
        "Sec-WebSocket-Version: 8",
        "\r\n".join(["X: y"] * 200),
    )
    lines += [f"Token: {token}", *chance.sample(odd, chance.randrange(3))]
    target = chance.choice(("/log", "/log", "/log?\xff", "/log?%ff", "/log?" + "a" * 9000, "/log#", "/%6cog", "*"))
    data = _simple(*chance.sample(lines, len(lines)), target=target, body=b"hello")
    return _mutated(chance, data) if chance.random() < 0.3 else data


def _length(chance: random.Random) -> list[str]:
    odd = ("-1", "abc", "1.5", "+5", "0x5", "5, 6", "5 5", "\xb2", "1e3", "-", "9" * 30, "5\r\nContent-Length: 6")
    return [f"Content-Length: {chance.choice(odd)}"]


def _long(chance: random.Random) -> bytes:
    size = chance.choice((9000, 60_000, 66_000, 200_000, 1_000_000, 1_048_000, 1_100_000, 2_500_000))
    return chance.choice(
        (
            lambda: _simple(target="/" + "a" * size),
            lambda: _simple(target="/source?name=" + "b" * size),
            lambda: _simple("X-Long: " + "c" * size),
            lambda: _simple(*["X-Many: d"] * (size // 11)),
            lambda: _simple("X" * size + ": e"),
            lambda: _simple(method="A" * size),
        )
    )()


_CHUNKS = (
    b"zz\r\n",
    b"-1\r\nx\r\n",
    b"5 5\r\nhello\r\n0\r\n\r\n",
    b"ffffffffffffffffff\r\nx",
    b"5\r\nhelloXX0\r\n\r\n",
    b"\r\n\r\n",
    b"0x5\r\nhello\r\n0\r\n\r\n",
    b"5\nhello\n0\n\n",
    b";\r\n\r\n",
    b"\xff\r\n",
)
_LINES = (
    "No colon here",
    ": no name",
    "Na me: x",
    "X\0: y",
    "X: \0",
    "X: a\rb",
    "X : y",
    " X: y",
    "X: y\n Z: w",
    "X: y\r\n folded",
    "(x): y",
    "X\xff: y",
    "X: \x7f",
    "X: \x01",
)
_LEADS = (
    b"GET\r\n\r\n",
    b"GET /\r\n\r\n",
    b"GET  /source  HTTP/1.1\r\n\r\n",
    b"GET /source HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET /source HTTP/1\r\n\r\n",
    b"GET /source ICE/1.0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\r\n" * 4,
    b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n",
    b" GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\nHost: localhost\n\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"get /source HTTP/1.1\r\nHost: localhost\r\n\r\n",
)
_CHUNKED = "Transfer-Encoding: chunked"
_KINDS: dict[str, Callable[[random.Random, str], bytes]] = {
    "mutated": lambda chance, token: _mutated(chance, _valid(chance, token)),
    "random": lambda chance, token: chance.randbytes(chance.randrange(1, 400)) + chance.choice((b"", b"\r\n\r\n")),
    "truncated": lambda chance, token: (data := _valid(chance, token))[: chance.randrange(1, len(data))],
    "chunk size": lambda chance, token: _simple(
        f"Token: {token}", _CHUNKED, method="POST", body=chance.choice(_CHUNKS[:2] + _CHUNKS)
    ),
    "content length": lambda chance, token: _simple(*_length(chance), method="POST", body=b"hello"),
    "length and chunks": lambda chance, token: _simple(
        *chance.sample([_CHUNKED, "Content-Length: 5"], 2), method="POST", body=b"5\r\nhello\r\n0\r\n\r\n"
    ),
    "transfer encoding": lambda chance, token: _simple(
        "Transfer-Encoding: " + chance.choice(("gzip", "chunked, gzip", "x, chunked", "identity", "\xff", "")),
        method="POST",
        body=b"0\r\n\r\n",
    ),
    "host": lambda chance, token: _simple(
        *chance.choice(([], ["Host: other"], ["Host:", "Host: localhost"], ["host: \xff"])),
        host=chance.choice(("", "localhost")),
    ),
    "target": lambda chance, token: _simple(
        f"Token: {token}",
        target=chance.choice(TARGETS),
        method=chance.choice(("GET", "OPTIONS", "CONNECT", "HEAD", "POST")),
    ),
    "long": lambda chance, token: _long(chance),
    "header line": lambda chance, token: _simple(f"Token: {token}", chance.choice(_LINES), "X-Last: 1"),
    "first line": lambda chance, token: chance.choice(_LEADS) + chance.choice((b"", b"GET / HTTP/1.1\r\n\r\n")),
    "handshake": _handshake,
    "quoted": lambda chance, token: quote(_valid(chance, token)).encode() + b"\r\n\r\n",
}
_WRONG = {"content length", "quoted"}
