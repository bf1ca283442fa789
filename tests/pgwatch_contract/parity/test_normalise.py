"""Each normalisation takes away what is another each time, and nothing beside it."""

import base64
import json
import time
from email.utils import formatdate

import pytest

from pgwatch_contract.parity.exchange import Answer, Request
from pgwatch_contract.parity.json_maps import with_sorted_maps, with_sorted_rows
from pgwatch_contract.parity.normalise import NORMALISATIONS, normalisations_of, normalise
from pgwatch_contract.parity.tokens import signed
from pgwatch_contract.releases.release import read_release

GET = Request("GET", "/source")
LOGIN = Request("POST", "/login")


def answered(body: str, status: int = 200, **headers: str) -> Answer:
    return Answer(status, "OK", tuple(headers.items()), body.encode())


def test_a_date_is_taken_away_only_where_it_is_one() -> None:
    """The value of Date counts for nothing, but whether there is one, and that it is a date."""
    assert normalise(answered("", Date=formatdate(usegmt=True)), GET).headers == (("Date", "${DATE}"),)
    assert normalise(answered("", Date="today"), GET).headers == (("Date", "today"),)
    assert normalise(answered("", Age=formatdate(usegmt=True)), GET).header("Age") != "${DATE}"


def test_headers_are_sorted_with_their_names_in_one_case() -> None:
    """Order and case of header names count for nothing, values and repetitions do."""
    one = Answer(200, "OK", (("x-b", "1"), ("A", "2"), ("X-B", "0")))
    assert normalise(one, GET).headers == (("A", "2"), ("X-B", "0"), ("X-B", "1"))


def test_a_token_keeps_its_header_and_claims() -> None:
    """Of a token only signature and time are taken away; one that expires too early or too late stays as it is."""
    header, claims = {"alg": "HS256"}, {"exp": int(time.time()) + 28800, "username": "x"}
    text = normalise(answered(signed(header, claims, "secret")), LOGIN).body.decode()
    assert text == '${TOKEN} {"alg":"HS256"} {"exp":${IN_8_HOURS},"username":"x"}'
    assert normalise(answered(text), LOGIN).body.decode() == text
    token = signed(header, claims, "secret")
    in_cookie = normalise(answered(token, **{"Set-Cookie": f"token={token}; Path=/"}), LOGIN)
    assert in_cookie.header("Set-Cookie") == "token=${TOKEN}; Path=/"
    late = signed(header, claims | {"exp": int(time.time()) + 30000}, "secret")
    assert b"IN_8_HOURS" not in normalise(answered(late), LOGIN).body
    assert normalise(answered(late), GET).body == late.encode()
    assert normalise(answered(late, 401), LOGIN).body == late.encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("read udp 127.0.0.1:4711->127.0.0.1:53: closed", "read udp 127.0.0.1:${PORT}->127.0.0.1:53: closed"),
        ("dial tcp 127.0.0.1:1: connect: refused", "dial tcp 127.0.0.1:1: connect: refused"),
        ("lookup x.invalid on 10.0.0.1:53: no such host", "lookup x.invalid: no such host"),
        ("lookup x: read udp 127.0.0.1:9->127.0.0.1:53: read: connection refused", "lookup x: no such host"),
        ("lookup x.invalid on 10.0.0.1:53: server misbehaving", "lookup x.invalid on 10.0.0.1:53: server misbehaving"),
    ],
)
def test_texts_of_the_machine(before: str, after: str) -> None:
    """Ports that the machine chose and its DNS server are taken away; Content-Length then counts what is left."""
    found = normalise(answered(before, 400, **{"Content-Length": str(len(before))}), GET)
    assert found.body.decode() == after
    assert found.header("Content-Length") == str(len(after))


def test_the_time_of_a_log_entry_is_taken_away_with_its_form_checked() -> None:
    """A time is one with milliseconds, in front of a level; anything else stays."""
    entry = "2026-01-02 03:04:05.678 [INFO] 2026-01-02 03:04:05.678 x\n"
    answer = Answer(101, "Switching Protocols", frame=entry)
    assert normalise(answer, GET).frame == "${TIME} [INFO] 2026-01-02 03:04:05.678 x\n"
    other = Answer(101, "Switching Protocols", frame="2026-01-02T03:04:05 [INFO] x\n")
    assert normalise(other, GET).frame == other.frame


def test_keys_of_maps_are_sorted_and_fields_are_not() -> None:
    """In maps the order counts for nothing; that of fields, numbers, spaces and escapes stay as they are."""
    text = rb'[{"Name":"b","CustomTags":{"b":"\u003c","a":"}\""},"A": 1.50,"Metrics":{"y":1e2,"x":null}}]'
    assert with_sorted_maps(text) == (
        rb'[{"Name":"b","CustomTags":{"a":"}\"","b":"\u003c"},"A": 1.50,"Metrics":{"x":null,"y":1e2}}]'
    )
    assert with_sorted_maps(b'{"m":{"SQLs":{"2":"b","1":"a"},"B":1,"A":2},"k":{}}') == (
        b'{"k":{},"m":{"SQLs":{"1":"a","2":"b"},"B":1,"A":2}}'
    )
    assert with_sorted_maps(b'{"SQLs":null,"Description":"","A":1}') == b'{"SQLs":null,"Description":"","A":1}'


@pytest.mark.parametrize("text", [b'{"b":1,"a":2', b'{"b":1 "a":2}', b'{"b":1}}', b"[1,,2]x", b"{b:1,a:2", b""])
def test_what_is_not_json_stays_as_it_is(text: bytes) -> None:
    """A text that only looks like JSON is compared byte for byte."""
    assert with_sorted_maps(text) == text
    assert with_sorted_rows(text) == text


def test_maps_and_rows_are_sorted_only_where_they_are_random() -> None:
    """Sorted maps are for releases that write them in random order, sorted rows for PostgreSQL."""
    names = {
        (release, store): set(normalisations_of(read_release(release), store))
        for release in ("3.1", "5.3")
        for store in ("yaml", "postgres")
    }
    everything = set(NORMALISATIONS)
    assert names["3.1", "yaml"] == everything - {"map-order", "row-order"}
    assert names["3.1", "postgres"] == everything - {"map-order"}
    assert names["5.3", "yaml"] == everything - {"row-order"}
    assert names["5.3", "postgres"] == everything
    rows = answered('[{"Name":"b"},{"Name":"a"}]')
    assert normalise(rows, GET, names["5.3", "yaml"]) == rows
    assert normalise(rows, GET, ["row-order"]).body == b'[{"Name":"a"},{"Name":"b"}]'
    assert normalise(rows, Request("GET", "/metric"), ["row-order"]) == rows


def test_a_token_is_signed_as_its_header_says() -> None:
    """The tokens that requests forge are JWTs as RFC 7515 has them."""
    header, claims, signature = signed({"alg": "HS256", "typ": "JWT"}, {"b": 1, "a": "ü"}, "secret").split(".")
    assert json.loads(base64.urlsafe_b64decode(claims + "==")) == {"a": "ü", "b": 1}
    assert header == "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    assert len(signature) == 43
