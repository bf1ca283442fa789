"""JSON as Go's encoding/json reads and writes it. The expected texts are what Go 1.23.9 and 1.24.11 answered."""

from typing import Any

import pytest

from mockserver.go.json.encoding_json import decode_first, marshal, unmarshal
from mockserver.go.json.types import Anything, Bool, Float, GoJsonError, Int, Map, Slice, Struct, Text, Type, zero
from tests.support.go_type_samples import LOGIN, METRIC, METRICS, SOURCE, SOURCE_OF_INTEGERS, TIMES

OBJECT = Map(Text(), Anything())


def refusal(body: bytes, into: Type = SOURCE) -> str:
    """Return what is said of a body that is read as a whole."""
    with pytest.raises(GoJsonError) as refused:
        unmarshal(body, into)
    return refused.value.text.decode()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "unexpected end of JSON input"),
        (b" \n", "unexpected end of JSON input"),
        (b'"abc', "unexpected end of JSON input"),
        (b'{"Name"', "unexpected end of JSON input"),
        (b'{"Name":1,"Group":', "unexpected end of JSON input"),
        (b"not json", "invalid character 'o' in literal null (expecting 'u')"),
        (b"tru", "invalid character ' ' in literal true (expecting 'e')"),
        (b"-", "invalid character ' ' in numeric literal"),
        (b"01", "invalid character '1' after top-level value"),
        (b"1.", "invalid character ' ' after decimal point in numeric literal"),
        (b"1e+x", "invalid character 'x' in exponent of numeric literal"),
        (rb'"\x"', "invalid character 'x' in string escape code"),
        (rb'"\u12g4"', r"invalid character 'g' in \u hexadecimal character escape"),
        (b'"a\nb"', r"invalid character '\n' in string literal"),
        (b'{"Name" "a"}', "invalid character '\"' after object key"),
        (b"{'Name': 1}", r"invalid character '\'' looking for beginning of object key string"),
        (b'{"Name":"a",}', "invalid character '}' looking for beginning of object key string"),
        (b'{"Name":"a" "Group":"b"}', "invalid character '\"' after object key:value pair"),
        (b"[1,]", "invalid character ']' looking for beginning of value"),
        (b"[1 2]", "invalid character '2' after array element"),
        (b"{} x", "invalid character 'x' after top-level value"),
        (b"{}\0", r"invalid character '\x00' after top-level value"),
        (b"\xef\xbb\xbf{}", "invalid character 'ï' looking for beginning of value"),
        (b"\xa0", r"invalid character '\u00a0' looking for beginning of value"),
        (b"\\", r"invalid character '\\' looking for beginning of value"),
        (b"[" * 10001, "invalid character '[' exceeded max depth"),
    ],
)
def test_syntax(body: bytes, text: str) -> None:
    """The first byte that is wrong is named, with what was being read."""
    assert refusal(body) == text


@pytest.mark.parametrize(
    ("body", "into", "text"),
    [
        (b"[]", SOURCE, "array into Go value of type sources.Source"),
        (b'"x"', SOURCE, "string into Go value of type sources.Source"),
        (b"true", SOURCE, "bool into Go value of type sources.Source"),
        (b"5", SOURCE, "number into Go value of type sources.Source"),
        (b'{"Name":1}', SOURCE, "number into Go struct field Source.Name of type string"),
        (b'{"name":["a"]}', SOURCE, "array into Go struct field Source.Name of type string"),
        (b'{"Name":1,"Group":{}}', SOURCE, "number into Go struct field Source.Name of type string"),
        (b'{"IsEnabled":"true"}', SOURCE, "string into Go struct field Source.IsEnabled of type bool"),
        (b'{"CustomTags":{"a":1}}', SOURCE, "number into Go struct field Source.CustomTags of type string"),
        (b'{"Metrics":[]}', SOURCE, "array into Go struct field Source.Metrics of type map[string]float64"),
        (b'{"Metrics":{"a":"60"}}', SOURCE, "string into Go struct field Source.Metrics of type float64"),
        (b'{"Metrics":{"a":1e999}}', SOURCE, "number 1e999 into Go struct field Source.Metrics of type float64"),
        (b'{"Metrics":{"a":1.5}}', SOURCE_OF_INTEGERS, "number 1.5 into Go struct field Source.Metrics of type int"),
        (b'{"Kind":1}', SOURCE, "number into Go struct field Source.Kind of type sources.Kind"),
        (
            b'{"HostConfig":{"DcsEndpoints":[1]}}',
            SOURCE,
            "number into Go struct field HostConfigAttrs.HostConfig.DcsEndpoints of type string",
        ),
        (
            b'{"HostConfig":{"PerMetricDisabledTimes":[{"DisabledDays":1}]}}',
            SOURCE,
            f"number into Go struct field {TIMES.name}.HostConfig.PerMetricDisabledTimes.DisabledDays of type string",
        ),
        (b'{"SQLs":{"a":"x"}}', METRIC, "number a into Go struct field Metric.SQLs of type int"),
        (b'{"SQLs":1}', METRIC, "number into Go struct field Metric.SQLs of type metrics.SQLs"),
        (b'{"Gauges":"a"}', METRIC, "string into Go struct field Metric.Gauges of type []string"),
        (b'{"m":1}', METRICS, "number into Go value of type metrics.Metric"),
        (b'{"a":[{"b":1e999}]}', OBJECT, "number 1e999 into Go value of type float64"),
    ],
)
def test_wrong_types(body: bytes, into: Type, text: str) -> None:
    """The first value that does not fit is named with its field and the field's type."""
    assert refusal(body, into) == f"json: cannot unmarshal {text}"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "EOF"),
        (b"  ", "EOF"),
        (b'{"user":"a"', "unexpected EOF"),
        (b"nu", "unexpected EOF"),
        (b"-", "unexpected EOF"),
        (b"not json", "invalid character 'o' in literal null (expecting 'u')"),
        (b"[]", "json: cannot unmarshal array into Go value of type webserver.loginReq"),
        (b'{"user":1}', "json: cannot unmarshal number into Go struct field loginReq.user of type string"),
    ],
)
def test_first_value(body: bytes, text: str) -> None:
    """Where only the first value is read, an early end has words of its own."""
    with pytest.raises(GoJsonError) as refused:
        decode_first(body, LOGIN)
    assert refused.value.text.decode() == text


def test_trailing_data() -> None:
    """What follows the first value is not looked at."""
    assert decode_first(b'{"user":"a"} trailing', LOGIN) == {"user": "a", "password": ""}


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        (b"null", {}),
        (b"{}", {}),
        (b'{"Name":null,"Metrics":null,"IsEnabled":null}', {}),
        (b'{"Other":[1,{"x":1e999}]}', {}),
        (b'{"NAME":"a","name":"b"}', {"Name": "b"}),
        ('{"\u212aind":"a"}'.encode(), {"Kind": "a"}),
        ('{"I\u017fEnabled":true}'.encode(), {"IsEnabled": True}),
        (rb'{"N\u0061me":"a"}', {"Name": "a"}),
        (rb'{"Name":"\ud83d\ude00 \ud83d \n\/"}', {"Name": "\U0001f600 \ufffd \n/"}),
        (b'{"Name":"\xff\xe2\x82\xed\xa0\x80"}', {"Name": "\ufffd" * 6}),
        (b'{"Metrics":{"a":1,"b":1.5e2}}', {"Metrics": {"a": 1.0, "b": 150.0}}),
        (b'{"Metrics":{"a":1},"Metrics":{"b":null}}', {"Metrics": {"a": 1.0, "b": 0.0}}),
        (b'{"Metrics":{"a":1},"Metrics":null}', {}),
    ],
)
def test_stored(body: bytes, changed: dict[str, Any]) -> None:
    """Unknown keys and nulls change nothing, keys match in any case, maps of the same key are merged."""
    assert unmarshal(body, SOURCE) == {**zero(SOURCE), **changed}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"SQLs":{"11":"x","+5":"y","-007":"z"}}', {"SQLs": {11: "x", 5: "y", -7: "z"}, "Gauges": None}),
        (b'{"Gauges":["a",null]}', {"SQLs": None, "Gauges": ["a", ""]}),
        (b'{"Gauges":["a","b"],"Gauges":[null]}', {"SQLs": None, "Gauges": ["a"]}),
        (b'{"Gauges":[]}', {"SQLs": None, "Gauges": []}),
    ],
)
def test_lists_and_numbered_keys(body: bytes, value: dict[str, Any]) -> None:
    """Numbers are keys with a sign and leading zeros too; a null in a list keeps what was there."""
    assert unmarshal(body, METRIC) == value


def test_deep_nesting() -> None:
    """Ten thousand levels are read, and what is unknown there is skipped."""
    assert unmarshal(b'{"x":' + b"[" * 9999 + b"]" * 9999 + b"}", METRIC) == zero(METRIC)


@pytest.mark.parametrize(
    ("value", "of", "written"),
    [
        ("<a>&\u2028", Text(), rb'"\u003ca\u003e\u0026\u2028"'),
        ('"\\\n\t\b\f\x01\x7f é', Text(), b'"\\"\\\\\\n\\t\\b\\f\\u0001\x7f \xc3\xa9"'),
        ("\udcff", Text(), rb'"\ufffd"'),
        (60.0, Float(), b"60"),
        (1.5, Float(), b"1.5"),
        (-0.0, Float(), b"-0"),
        (1e-6, Float(), b"0.000001"),
        (1e-7, Float(), b"1e-7"),
        (1.25e-10, Float(), b"1.25e-10"),
        (1e20, Float(), b"100000000000000000000"),
        (1e21, Float(), b"1e+21"),
        (-5, Int(), b"-5"),
        (True, Bool(), b"true"),
        ({"b": 1.0, "a": 2.0}, Map(Text(), Float()), b'{"a":2,"b":1}'),
        ({9: "x", 11: "y"}, Map(Int(), Text()), b'{"11":"y","9":"x"}'),
        (None, Map(Text(), Text()), b"null"),
        (None, Slice(Text()), b"null"),
        ([], Slice(Text()), b"[]"),
        (zero(METRIC), METRIC, b'{"SQLs":null,"Gauges":null}'),
    ],
)
def test_written(value: Any, of: Type, written: bytes) -> None:
    """Keys are sorted, <>& are escaped, floats are as short as they can be."""
    assert marshal(value, of) == written


def test_written_and_read_again() -> None:
    """What is written reads back the same, field by field in the struct's order."""
    body = b'{"CustomTags":{"a":"<"},"Metrics":{"x":0.1},"HostConfig":{"DcsEndpoints":["e"]},"Name":"n"}'
    value = unmarshal(body, SOURCE)
    written = marshal(value, SOURCE)
    assert unmarshal(written, SOURCE) == value
    assert written.startswith(b'{"Name":"n","Group":"","Metrics":{"x":0.1},"Kind":"","IsEnabled":false,')


def test_infinity_is_not_written() -> None:
    """A float that JSON has no number for is refused with its value."""
    with pytest.raises(ValueError, match="inf has no JSON number"):
        marshal(float("inf"), Float())


def test_anything() -> None:
    """An interface takes strings, numbers and words as they are; null leaves a map nil."""
    assert unmarshal(rb'{"a":"\u00e9","b":1.5,"c":true,"d":null}', OBJECT) == {"a": "é", "b": 1.5, "c": True, "d": None}
    assert unmarshal(b"null", OBJECT) is None


def test_empty_struct() -> None:
    """A struct without fields takes any object."""
    assert unmarshal(b'{"a":1}', Struct("p", "Empty", ())) == {}
