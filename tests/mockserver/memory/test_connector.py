"""Connection strings and imagined connections: what is read from a string, what is shown, and what comes of it."""

import asyncio

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.errors import Refusal
from mockserver.memory.connection_string import Target, first_host, parse
from mockserver.memory.connector import Failure, Outcome, imagined_connect, outcome_of, read_outcomes
from tests.support.helpers import cases

SECRET = "Geheim7f3a"
USER_INFO = "user or password has a character that must be written as a percent sign and two hexadecimal digits"


def target(**fields: object) -> Target:
    """Return a target with libpq's defaults where nothing else is given."""
    defaults = {"host": "localhost", "port": "5432", "user": "postgres", "database": "postgres", "timeout": None}
    return Target(**{**defaults, "password": "", **fields})  # type: ignore[arg-type]  # a table of keyword arguments


@pytest.mark.parametrize(
    ("text", "expected"),
    cases(
        {
            "nothing": ("", target()),
            "shortest URI": ("postgresql://", target()),
            "other scheme": ("postgres://h", target(host="h")),
            "whole URI": (
                "postgresql://u:p@h:1/d?connect_timeout=7",
                target(host="h", port="1", user="u", database="d", password="p", timeout=7),
            ),
            "percent-encoded": (
                "postgresql://u%40x:p%2F%40@h/d%20e",
                target(host="h", user="u@x", database="d e", password="p/@"),
            ),
            "database defaults to the user": ("user=u", target(user="u", database="u")),
            "pairs": (
                "host=h port=1 user=u dbname=d password=p connect_timeout=7",
                target(host="h", port="1", user="u", database="d", password="p", timeout=7),
            ),
            "quotes and escapes": (r"host = h password = 'a \'b\\ c'", target(host="h", password=r"a 'b\ c")),
            "IPv6": ("postgresql://[::1]:1/", target(host="::1", port="1")),
            "address": ("hostaddr=192.0.2.1", target()),
            "host over address": ("host=h hostaddr=192.0.2.1", target(host="h")),
            "socket": ("postgresql:///d?host=/run", target(host="/run", database="d")),
            "no limit": ("connect_timeout=0", target()),
            "spaces around": (" host=h \n", target(host="h")),
            "a password with what a URI may not have": (
                "password=a#b[c^d host=h",
                target(host="h", password="a#b[c^d"),
            ),
            "two at signs": ("postgresql://u:p@w@h/d", target(host="h", user="u", database="d", password="p@w")),
            "the system's certificates": ("host=h sslrootcert=system", target(host="h")),
            "the server's own parameters": ("postgresql://h?pool_max_conns=10&search_path=x", target(host="h")),
            "last of two": ("host=a host=b", target(host="b")),
        }
    ),
)
def test_parse(text: str, expected: Target) -> None:
    """Both forms are read as pgx reads them, with its defaults."""
    assert parse(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    cases(
        {
            "URI": ("postgresql://a:1,b:2/d", [("a", "1"), ("b", "2")]),
            "URI with one port": ("postgresql://a,b:2/d", [("a", "2"), ("b", "2")]),
            "pairs with one port": ("host=a,b port=3", [("a", "3"), ("b", "3")]),
            "pairs with ports": ("host=a,b port=3,4", [("a", "3"), ("b", "4")]),
            "more ports than hosts": ("host=a port=1,2", [("a", "1")]),
            "empty host": ("host=a,,c", [("a", "5432"), ("localhost", "5432"), ("c", "5432")]),
        }
    ),
)
def test_parse_several_hosts(text: str, expected: list[tuple[str, str]]) -> None:
    """Several hosts are several targets, in the order in which they are tried."""
    assert [(found.host, found.port) for found in parse(text)] == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    cases(
        {
            "NUL": ("host=a\0", "it contains a NUL character"),
            "word": ("word", "it is neither a URI nor pairs of key=value"),
            "other scheme": ("mysql://h/d", "it is neither a URI nor pairs of key=value"),
            "service": ("service=mine", "it names a service, and there is no service file here"),
            "socket in a URI": (
                "postgresql://u@%2Ftmp/d",
                "the host is not a host name or an address: a folder with a socket is written as ?host=/FOLDER",
            ),
            "hash in a password": (
                "postgresql://u:p#w@h/d",
                "it has an @ too many: write @, /, ? and # in a user, password or database as %40, %2F, %3F and %23",
            ),
            "bracket in a password": ("postgresql://u:p[w@h/d", USER_INFO),
            "caret in a password": ("postgresql://u:p^w@h/d", USER_INFO),
            "escape": ("postgresql://u:p%w@h/d", "a percent sign is not followed by two hexadecimal digits"),
            "bracket not closed": ("postgresql://[::1/d", "the host is not a host name or an address"),
            "colons": ("postgresql://a:b:1/d", "the host is not a host name or an address"),
            "certificates": (
                "host=h sslcert=a sslkey=b",
                "it names files of certificates, and none are read here: leave sslrootcert, sslcert and sslkey out",
            ),
            "session": (
                "target_session_attrs=x",
                "target_session_attrs is none of any, read-write, read-only, primary, standby, prefer-standby",
            ),
            "binding": ("channel_binding=x", "channel_binding is none of prefer, disable, require"),
            "cache": ("statement_cache_capacity=x", "statement_cache_capacity is not a whole number"),
            "empty port": ("host=h port=''", "the port is not a number from 1 to 65535"),
            "negative timeout": ("connect_timeout=-1", "connect_timeout is not a whole number of seconds"),
            "quote not closed": ("host='a", "unterminated quoted string in connection info string"),
            "port word": ("port=http", "the port is not a number from 1 to 65535"),
            "port zero": ("port=0", "the port is not a number from 1 to 65535"),
            "port of other digits": ("port=\u0665", "the port is not a number from 1 to 65535"),
            "port beyond": ("port=65536", "the port is not a number from 1 to 65535"),
            "timeout": ("connect_timeout=1.5", "connect_timeout is not a whole number of seconds"),
            "sslmode": ("sslmode=on", "sslmode is none of disable, allow, prefer, require, verify-ca, verify-full"),
            "at sign": (
                "postgresql://u:a@h/b@h/d",
                "it has an @ too many: write @, /, ? and # in a user, password or database as %40, %2F, %3F and %23",
            ),
            "host": ("host=down{port}", "the host is not a host name or an address"),
        }
    ),
)
def test_parse_refuses(text: str, reason: str) -> None:
    """A string that pgx does not understand is a 400 with the reason."""
    with pytest.raises(Refusal) as refusal:
        parse(text)
    assert (refusal.value.status, refusal.value.message) == (400, f"cannot parse the connection string: {reason}")


def lines_of(text: str) -> list[str]:
    """Return every line that can come of a string: why it cannot be read, or that each of its targets fails."""
    try:
        targets = parse(text)
    except Refusal as refusal:
        return [refusal.message]
    return [Failure(found, f"{found.host}:{found.port}: connection refused").message for found in targets]


@pytest.mark.parametrize(
    "text",
    cases(
        {
            "behind the password": "host=h password=two geheim=x",
            "in other case": "host=h PassWord = two geheim=x",
            "before the at sign": "mysql://u:geheim=x@h",
            "spaces in a URI": "user=u postgresql://u:two geheim=x@h",
        }
    ),
)
def test_a_key_that_may_be_a_piece_of_a_password_is_masked(text: str) -> None:
    """The name of an unknown key is shown only where no password can stand."""
    assert not any("geheim" in line for line in lines_of(text))


fillings = st.text(st.one_of(st.sampled_from("@:/?#[]%&, '\"\\"), st.characters(exclude_categories=["Cs"])), max_size=6)


@given(before=fillings, after=fillings)
@example(before="/", after="")
@example(before="12/", after="")
@example(before="@x/", after="")
@example(before="@", after="/")
@example(before="?", after="")
@settings(max_examples=500, derandomize=True)
def test_a_password_in_a_uri_is_never_shown(before: str, after: str) -> None:
    """Whatever characters a password has, unescaped as people paste it, no line repeats it."""
    before, after = before.replace("=", ""), after.replace("=", "")
    text = f"postgresql://monitor:{before}{SECRET}{after}@db.example.com/app"
    assert not any(SECRET in line for line in [*lines_of(text), first_host(text)])


@given(before=fillings, after=fillings, quote=st.sampled_from(["", "'"]))
@settings(max_examples=500, derandomize=True)
def test_a_password_in_pairs_is_never_shown(before: str, after: str, quote: str) -> None:
    """The same holds for pairs, quoted or not."""
    before, after = before.replace("=", ""), after.replace("=", "")
    text = f"host=db.example.com password={quote}{before}{SECRET}{after}{quote} user=monitor"
    assert not any(SECRET in line for line in [*lines_of(text), first_host(text)])


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the parser fail, and what it says is of a bounded length."""
    for line in lines_of(text):
        assert len(line) < 200 + 3 * len(text)
    assert first_host(text)


@pytest.mark.parametrize(
    ("text", "host"),
    cases(
        {
            "URI": ("postgresql://u:p@h:1/d", "h"),
            "URI without user": ("postgresql://h/d", "h"),
            "pairs": ("dbname=d host=h port=1", "h"),
            "spaces": ("host = h", "h"),
            "first of several": ("postgresql://a,b/d", "a"),
            "none": ("dbname=d", "localhost"),
            "empty": ("", "localhost"),
            "another key": ("hostaddr=192.0.2.1", "localhost"),
            "no connection string": ("etcd://store.example.com/x", "localhost"),
            "host inside a password": (r"password='a \' host=x' host=h", "h"),
            "at sign in a password": ("postgresql://u:p@x@h/d", "h"),
            "at sign behind the host": ("postgresql://u:p@x/y@h/d", "localhost"),
        }
    ),
)
def test_first_host(text: str, host: str) -> None:
    """The log names the first host of a string without reading all of it."""
    assert first_host(text) == host


OUTCOMES = [
    Outcome(host="down*", reason="{host}:{port} down for {user} in {database}"),
    Outcome(database="gone", reason="no {database}"),
    Outcome(host="slow", seconds=60, reason="slow"),
    Outcome(host="late", seconds=0.05),
]


@pytest.mark.parametrize(
    ("host", "database", "reason"),
    cases(
        {
            "host": ("down1", "d", OUTCOMES[0].reason),
            "database": ("up", "gone", OUTCOMES[1].reason),
            "first that fits": ("down1", "gone", OUTCOMES[0].reason),
            "none": ("up", "d", ""),
            "case counts": ("Down1", "d", ""),
        }
    ),
)
def test_outcome_of(host: str, database: str, reason: str) -> None:
    """The first entry that fits host and database decides; without one the host is reachable."""
    assert outcome_of(host, database, OUTCOMES).reason == reason


@pytest.mark.parametrize(
    ("text", "message"),
    cases(
        {
            "reachable": ("host=up", None),
            "late": ("host=late", None),
            "down": (
                "host=down user=u dbname=d",
                "failed to connect to `user=u database=d`: down:5432 down for u in d",
            ),
            "gone": ("host=up dbname=gone", "failed to connect to `user=postgres database=gone`: no gone"),
            "second host is up": ("host=down,up", None),
            "first host is up": ("host=up,down", None),
            "all down": (
                "host=down1,down2 port=1,2 user=u",
                "failed to connect to `user=u database=u`: down2:2 down for u in u",
            ),
            "braces": (
                "host=down user={port}",
                "failed to connect to `user={port} database={port}`: down:5432 down for {port} in {port}",
            ),
            "cut short": (
                "host=slow connect_timeout=1",
                "failed to connect to `user=postgres database=postgres`: slow:5432: failed to receive message: timeout",
            ),
        }
    ),
)
def test_imagined_connect(text: str, message: str | None) -> None:
    """A connection turns out as the outcomes say; any of several hosts is enough."""

    async def connect() -> Failure | None:
        return await imagined_connect(OUTCOMES)(text)

    failure = asyncio.run(connect())
    assert (failure and failure.message) == message


def test_bundled_outcomes_can_be_filled_in() -> None:
    """Every reason of the file names only placeholders that there are, and is one line."""
    for outcome in read_outcomes():
        assert outcome.seconds >= 0
        filled = outcome.reason.format(host="h", port="1", user="u", database="d")
        assert "{" not in filled
        assert len(filled.splitlines()) <= 1
