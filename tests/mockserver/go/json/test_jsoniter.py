"""JSON as jsoniter's ConfigFastest reads and writes it. The expected texts are what its release 1.1.12 answered."""

from typing import Any

import pytest

from mockserver.go.json.jsoniter import decode_first, marshal, unmarshal
from mockserver.go.json.types import Anything, Bool, Float, GoJsonError, Int, Map, Slice, Text, Type, zero
from tests.support.go_type_samples import LOGIN, METRIC, METRICS, SOURCE, SOURCE_OF_INTEGERS


def refusal(body: bytes, into: Type = SOURCE) -> bytes:
    """Return what is said of a body that is read as a whole."""
    with pytest.raises(GoJsonError) as refused:
        unmarshal(body, into)
    return refused.value.text


def found(body: bytes, read: int) -> bytes:
    """Return the end of a text: how many of the bytes it shows were read, these bytes, and more of them."""
    start = max(read - 10, 0)
    near, wide = body[start : read + 10], body[max(read - 50, 0) : read + 50]
    return b", error found in #%d byte of ...|%s|..., bigger context ...|%s|..." % (read - start, near, wide)


def test_place_of_the_fault() -> None:
    """A text ends in ten bytes before and after the fault, and in fifty."""
    body = b'{"Group":"%s","Name":1,"Kind":"%s"}' % (b"g" * 60, b"k" * 60)
    near = b'","Name":1,"Kind":"k'
    wide = b"g" * 40 + b'","Name":1,"Kind":"' + b"k" * 41
    end = b", error found in #10 byte of ...|%s|..., bigger context ...|%s|..." % (near, wide)
    assert refusal(body) == b'sources.Source.Kind: Name: ReadString: expects " or n, but found 1' + end
    assert end == found(body, body.index(b"1") + 1)


@pytest.mark.parametrize(
    ("body", "text", "read"),
    [
        (b"", b"readObjectStart: expect { or n, but found \0", 0),
        (b"[]", b"readObjectStart: expect { or n, but found [", 1),
        (b"not json", b"skipThreeBytes: expect ull", 2),
        (b"{} x", b"Unmarshal: there are bytes left after unmarshal", 4),
        (b'{"a":1 2}', b"struct Decode: expect }, but found 2", 8),
    ],
)
def test_whole_bodies(body: bytes, text: bytes, read: int) -> None:
    """What is wrong before and after the fields is said without a name."""
    assert refusal(body) == text + found(body, read)


@pytest.mark.parametrize(
    ("body", "text", "read"),
    [
        (b"{", b'ReadStringAsSlice: expects " or n, but found \0', 1),
        (b'{"Na', b"ReadObject: expect : after object field, but found \0", 4),
        (rb'{"Na\"me":1}', b"ReadObject: expect : after object field, but found m", 7),
        (b'{"Name"', b"Name: ReadObject: expect : after object field, but found \0", 7),
        (b'{"Name":1}', b'Name: ReadString: expects " or n, but found 1', 9),
        (b'{"Name":"a', b"Name: readStringSlowPath: unexpected end of input", 10),
        (b'{"Name":"\n"}', b"Name: ReadString: invalid control character found: 10", 9),
        (rb'{"Name":"\x"}', b"Name: readEscapedChar: invalid escape char after \\", 11),
        (rb'{"Name":"\u1g"}', b"Name: readU4: expects 0~9 or a~f, but found g", 13),
        (b'{"Name":"a",}', b'ReadStringAsSlice: expects " or n, but found }', 13),
        (b'{"IsEnabled":1}', b"IsEnabled: ReadBool: expect t or f, but found 1", 14),
        (b'{"IsEnabled":tru}', b"IsEnabled: skipThreeBytes: expect rue", 17),
        (b'{"Metrics":[]}', b"Metrics: ReadMapCB: expect { or n, but found [", 12),
        (b'{"Metrics":{"a":""}}', b"Metrics: readNumberAsString: invalid number", 16),
        (b'{"Metrics":{"a":01}}', b"Metrics: readFloat64: leading zero is invalid", 16),
        (b'{"Metrics":{"a":.5}}', b"Metrics: readFloat64: leading dot is invalid", 16),
        (b'{"Metrics":{"a":,}}', b"Metrics: readFloat64: empty number", 16),
        (b'{"Metrics":{"a":1.}}', b"Metrics: readFloat64SlowPath: dot can not be last character", 18),
        (b'{"Metrics":{"a":--1}}', b"Metrics: readFloat64SlowPath: -- is not valid", 19),
        (b'{"Metrics":{"a" 1}}', b"Metrics: ReadMapCB: expect : after object field, but found 1", 17),
        (b'{"Metrics":{"a":1 2}}', b"Metrics: ReadMapCB: expect }, but found 2", 19),
        (b'{"x":[1 2]}', b"ReadArrayCB: expect ] in the end, but found 2", 9),
        (b'{"x":{"y":1 2}}', b"ReadObjectCB: object not ended with }", 13),
        (b'{"x":{y:1}}', b'ReadObjectCB: expect " after {, but found y', 7),
        (b'{"x":?}', b"Skip: do not know how to skip: 63", 6),
        (b'{"x":00}', b"readFloat32: leading zero is invalid", 5),
        (b'{"x":10.}', b"validateNumber: missing digit after dot", 6),
        (b'{"x":10.1.2}', b"validateNumber: more than one dot found in number", 6),
        (b'{"x":1e999}', b"readNumberAsString: invalid number", 10),
    ],
)
def test_fields(body: bytes, text: bytes, read: int) -> None:
    """A fault in a field has the names of struct and field before it; one in an unknown field has the struct's only."""
    assert refusal(body) == b"sources.Source." + text + found(body, read)


def test_impossible_numbers() -> None:
    """Numbers that only strconv refuses are refused in its words, without their place."""
    text = b'sources.Source.Metrics: strconv.ParseFloat: parsing "%s": %s'
    assert refusal(b'{"Metrics":{"a":1e999}}') == text % (b"1e999", b"value out of range")
    assert refusal(b'{"Metrics":{"a":1-2}}') == text % (b"1-2", b"invalid syntax")


@pytest.mark.parametrize(
    ("number", "text", "read"),
    [
        (b"1.5", b"assertInteger: can not decode float as int", 17),
        (b"1e2", b"ReadMapCB: expect }, but found e", 18),
        (b"+1", b"readUint64: unexpected character: \xff", 17),
        (b"9223372036854775808", b"ReadInt64: overflow: 9223372036854775808", 35),
        (b"18446744073709551616", b"readUint64: overflow", 24),
    ],
)
def test_integers(number: bytes, text: bytes, read: int) -> None:
    """Where intervals are whole numbers, fractions, exponents and large numbers are refused."""
    body = b'{"Metrics":{"a":%s}}' % number
    assert refusal(body, SOURCE_OF_INTEGERS) == b"sources.Source.Metrics: " + text + found(body, read)


@pytest.mark.parametrize(
    ("body", "into", "text", "read"),
    [
        (b'{"SQLs":{"a":""}}', METRIC, b"SQLs: readUint64: unexpected character: \xff", 11),
        (b'{"SQLs":{"1x":""}}', METRIC, b'SQLs: ReadMapCB: expect ", but found x', 12),
        (b'{"SQLs":{1:""}}', METRIC, b'SQLs: ReadMapCB: expect ", but found 1', 10),
        (b'{"Gauges":""}', METRIC, b'Gauges: []string: decode slice: expect [ or n, but found "', 11),
        (b'{"Gauges":[1]}', METRIC, b'Gauges: []string: ReadString: expects " or n, but found 1', 12),
        (b'{"Gauges":["" 1]}', METRIC, b"Gauges: []string: decode slice: expect ], but found 1", 15),
    ],
)
def test_lists_and_numbered_keys(body: bytes, into: Type, text: bytes, read: int) -> None:
    """Lists put their type before the text; a key that is no number is a byte 0xFF to jsoniter."""
    assert refusal(body, into) == b"metrics.Metric." + text + found(body, read)


def test_map_of_structs() -> None:
    """A map has no name in the text."""
    body = b'{"m":1}'
    assert refusal(body, METRICS) == b"readObjectStart: expect { or n, but found 1" + found(body, 6)


@pytest.mark.parametrize(
    ("body", "text", "read"),
    [
        (b'{"user":1}', b'Username: ReadString: expects " or n, but found 1', 9),
        (b'{"user":"a"', b"isObjectEnd: object ended prematurely, unexpected char \0", 11),
        (b'{"user" 1}', b"readFieldHash: expect :, but found 1", 9),
        (b'{"user', b"readFieldHash: incomplete field name", 2),
        (b"{user:1}", b'readFieldHash: expect ", but found u', 2),
    ],
)
def test_login(body: bytes, text: bytes, read: int) -> None:
    """The login is read from the network, and by the reader for small structs, which has other words."""
    with pytest.raises(GoJsonError) as refused:
        decode_first(body, LOGIN)
    assert refused.value.text == b"webserver.loginReq." + text + found(body, read)


def test_login_that_goes_on_after_a_fault() -> None:
    """The fields after a fault put their names before it, and the password is part of the text."""
    with pytest.raises(GoJsonError, match=r"^webserver\.loginReq\.Password: Username: ReadString.*\"secret\"}\|"):
        decode_first(b'{"user":1,"password":"secret"}', LOGIN)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", b"EOF"),
        (b"  ", b"readObjectStart: expect { or n, but found \0, error found in #0 byte of ...|  |..., "),
        (b'{"user":"' + b"u" * 600 + b'","password":1}', b"webserver.loginReq.Password: ReadString: expects"),
    ],
)
def test_login_bodies(body: bytes, text: bytes) -> None:
    """An empty login is the end of input; one of spaces is not."""
    with pytest.raises(GoJsonError) as refused:
        decode_first(body, LOGIN)
    assert refused.value.text.startswith(text)


def test_login_in_two_reads() -> None:
    """A text shows bytes of one read only, and a read is of 512 bytes."""
    body = b'{"user":"' + b"u" * 490 + b'","password":1}'
    assert body[512:] == b"1}"
    with pytest.raises(GoJsonError) as refused:
        decode_first(body, LOGIN)
    expected = b'webserver.loginReq.Password: ReadString: expects " or n, but found 1'
    assert refused.value.text == expected + found(b"1}", 1)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"user":"a","password":"p"} trailing', {"user": "a", "password": "p"}),
        (rb'{"\u0075ser":"a"}', {"user": "a", "password": ""}),
        (b'{"USER":"a","other":{"x":[1]}}', {"user": "a", "password": ""}),
        (b"null", {"user": "", "password": ""}),
    ],
)
def test_login_read(body: bytes, value: dict[str, str]) -> None:
    """The login takes escaped keys, other than larger structs, and ignores what follows it."""
    assert decode_first(body, LOGIN) == value


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        (b"null", {}),
        (b"{}\0 anything", {}),
        (b'{"Other":[1,{"x":"y","z":[]},-0.5,1e5,-01e5,"\\u00e9"]}', {}),
        (b'{"NAME":"a","name":"b"}', {"Name": "b"}),
        (b'{"Name":"a","Name":null}', {}),
        ('{"\u212aind":"a"}'.encode(), {"Kind": "a"}),
        ('{"\u0130sEnabled":true}'.encode(), {"IsEnabled": True}),
        ('{"I\u017fEnabled":true}'.encode(), {}),
        (rb'{"N\u0061me":"a"}', {}),
        (rb'{"Name":"\ud83d\ude00\ud83d\n\ude00x"}', {"Name": "\U0001f600\ufffd\n\ufffdx"}),
        (b'{"Name":"\xff\xe9"}', {"Name": "\udcff\udce9"}),
        (b'{"Name":"\\t\x01"}', {"Name": "\t\x01"}),
        (b'{"Metrics":{"a":+1,"b":-1.5e1,"\\u0063":null}}', {"Metrics": {"a": 1.0, "b": -15.0, "c": 0.0}}),
        (b'{"CustomTags":{null:"a","b":null}}', {"CustomTags": {"": "a", "b": ""}}),
        (b'{"Metrics":{"a":1},"Metrics":{"b":2}}', {"Metrics": {"a": 1.0, "b": 2.0}}),
    ],
)
def test_stored(body: bytes, changed: dict[str, Any]) -> None:
    """Jsoniter lets pass what JSON forbids, knows no escaped keys, and keeps bytes that are no UTF-8."""
    assert unmarshal(body, SOURCE) == {**zero(SOURCE), **changed}


def test_numbered_keys() -> None:
    """Keys of SQLs are numbers in quotes, with spaces if need be."""
    assert unmarshal(b'{"SQLs":{"11":"x"," 5 ":"y","-7":"z"},"Gauges":["a",null]}', METRIC) == {
        "SQLs": {11: "x", 5: "y", -7: "z"},
        "Gauges": ["a", ""],
    }


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_nesting(opening: bytes) -> None:
    """Ten thousand levels are skipped, one more is refused."""
    closing, inner = (b"]", b"") if opening == b"[" else (b"}", b"1")
    assert unmarshal(b'{"x":%s}' % (opening * 9999 + inner + closing * 9999), METRIC) == zero(METRIC)
    text = refusal(b'{"x":%s}' % (opening * 10000 + inner + closing * 10000), METRIC)
    assert text.startswith(b"metrics.Metric.incrementDepth: exceeded max depth, error found in #10 byte")


@pytest.mark.parametrize(
    ("value", "of", "written"),
    [
        ("<a>&\u2028\x7f", Text(), '"<a>&\u2028\x7f"'.encode()),
        ('"\\\n\r\t\b\x01', Text(), rb'"\"\\\n\r\t\u0008\u0001"'),
        ("\udcff", Text(), b'"\xff"'),
        (60.0, Float(), b"60"),
        (1.23456789, Float(), b"1.234568"),
        (100.25, Float(), b"100.25"),
        (1e-7, Float(), b"0"),
        (-1e-7, Float(), b"-0"),
        (-0.0, Float(), b"0"),
        (0.00005, Float(), b"0.00005"),
        (83886079.123456789, Float(), b"83886079.12345679"),
        (1e21, Float(), b"1e+21"),
        (-5, Int(), b"-5"),
        (False, Bool(), b"false"),
        ({"b": 1.0, "a": 2.0}, Map(Text(), Float()), b'{"b":1,"a":2}'),
        (None, Map(Text(), Text()), b"null"),
        ({}, Map(Text(), Text()), b"{}"),
        (None, Slice(Text()), b"null"),
        (["a", "b"], Slice(Text()), b'["a","b"]'),
        ({"SQLs": {11: "x"}, "Gauges": None}, METRIC, b'{"SQLs":{"11":"x"},"Gauges":null}'),
    ],
)
def test_written(value: Any, of: Type, written: bytes) -> None:
    """Strings are written raw and floats to six decimals."""
    assert marshal(value, of) == written


def test_only_definite_types() -> None:
    """An interface is no type for pgwatch's bodies, so none is read or written."""
    with pytest.raises(TypeError, match="interface"):
        unmarshal(b"1", Anything())
    with pytest.raises(TypeError, match="interface"):
        marshal(1.0, Anything())
