"""Sources: each field's type and default as the contract has them, and names that are hard to send."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest

from tests.conftest import Server
from tests.support.helpers import CONTRACT, cases, checked_client, complete, names_of, source, unique

INPUT = CONTRACT["components"]["schemas"]["SourceInput"]["properties"]
HOST_INPUT = INPUT["HostConfig"]["properties"]
NameFor = Callable[[str], str]
WRITES = ["POST", "PUT"]
NAMES = {
    "slash": "a/b",
    "dots": "../source",
    "spaces": "  a  b ",
    "percent": "100%",
    "percent escape": "a%20b",
    "broken escape": "%zz",
    "plus": "a+b",
    "ampersand": "a&b=c",
    "parameter": "name=x&name=y",
    "semicolon": "a;b",
    "question and hash": "?a#b",
    "quotes": "\"'`",
    "backslash": "a\\b",
    "composed": "caf\u00e9",
    "decomposed": "cafe\u0301",
    "outside the plane": "\U0001f418\U0001f469\u200d\U0001f680",
    "right to left": "\u05d0\u202e",
    "NUL": "a\0b",
    "line end": "a\r\nb",
    "byte order mark": "\ufeffa",
    "one character": ".",
    "long": "x" * 10_000,
    "word": "null",
    "number": "1e3",
}


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx.Client]:
    """A client that is logged in and checks every answer against the contract."""
    with checked_client(server, server.login()) as client:
        yield client


@pytest.fixture
def name_for(api: httpx.Client) -> Iterator[NameFor]:
    """A function that returns the name to use with a method: a new one for POST, one that exists for PUT."""
    name = unique()

    def name_for_method(method: str) -> str:
        if method == "PUT":
            assert api.post("/source", json=source(name)).status_code == 200
        return name

    yield name_for_method
    api.delete("/source", params={"name": name})


def listed(api: httpx.Client, name: str) -> Any:
    """Return the one source of a name."""
    (entry,) = [entry for entry in api.get("/source").json() if entry["Name"] == name]
    return entry


def misfit(schema: dict[str, Any]) -> Any:
    """Return a value of a type that the schema does not allow."""
    return {"string": 4711, "boolean": "true", "object": ["planted"], "array": {"planted": 1}}[schema["type"]]


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("field", INPUT)
def test_a_field_of_another_type_is_refused(api: httpx.Client, name_for: NameFor, method: str, field: str) -> None:
    """A wrong type is 400; the line names the field and not the value, and nothing changes."""
    given = {**source(name_for(method)), field: misfit(INPUT[field])}
    before = api.get("/source").content
    answer = api.request(method, "/source", json=given)
    assert answer.status_code == 400
    assert answer.text.startswith(f"body: {field} must be ")
    assert not any(value in answer.text for value in ("planted", "4711", '"true"'))
    assert api.get("/source").content == before


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("field", HOST_INPUT)
def test_a_host_field_of_another_type_is_refused(api: httpx.Client, name_for: NameFor, method: str, field: str) -> None:
    """The same holds for the fields of HostConfig."""
    given = source(name_for(method), HostConfig={field: misfit(HOST_INPUT[field])})
    before = api.get("/source").content
    answer = api.request(method, "/source", json=given)
    assert answer.status_code == 400
    assert answer.text.startswith(f"body: HostConfig.{field} must be ")
    assert api.get("/source").content == before


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("field", INPUT)
def test_null_is_the_default_where_it_is_allowed(api: httpx.Client, name_for: NameFor, method: str, field: str) -> None:
    """Null in a nullable field is as good as leaving it out; in any other it is 400."""
    name = name_for(method)
    answer = api.request(method, "/source", json={**source(name), field: None})
    if INPUT[field].get("nullable"):
        assert answer.status_code == 200
        assert listed(api, name) == complete(source(name))
    else:
        assert answer.status_code == 400
        assert "not null" in answer.text


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("field", HOST_INPUT)
def test_null_in_a_host_field(api: httpx.Client, name_for: NameFor, method: str, field: str) -> None:
    """The same holds for the fields of HostConfig."""
    name = name_for(method)
    answer = api.request(method, "/source", json=source(name, HostConfig={field: None}))
    if HOST_INPUT[field].get("nullable"):
        assert answer.status_code == 200
        assert listed(api, name) == complete(source(name))
    else:
        assert answer.status_code == 400


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("kind", INPUT["Kind"]["enum"])
def test_every_documented_kind_is_accepted(api: httpx.Client, name_for: NameFor, method: str, kind: str) -> None:
    """Each kind of the contract can be stored."""
    name = name_for(method)
    assert api.request(method, "/source", json=source(name, Kind=kind)).status_code == 200
    assert listed(api, name)["Kind"] == kind


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(
    ("fields", "reason"),
    cases(
        {
            "unknown kind": ({"Kind": "mysql"}, "Kind must be one of postgres, "),
            "kind in capitals": ({"Kind": "Postgres"}, "Kind must be one of postgres, "),
            "empty kind": ({"Kind": ""}, "Kind must be one of postgres, "),
            "empty name": ({"Name": ""}, "Name must not be empty"),
            "interval 0": ({"Metrics": {"wal": 0}}, "Metrics.wal must be greater than 0"),
            "negative interval": ({"MetricsStandby": {"wal": -1.5}}, "MetricsStandby.wal must be greater than 0"),
            "interval as text": ({"Metrics": {"wal": "60"}}, "Metrics.wal must be a number, not a string"),
            "interval true": ({"Metrics": {"wal": True}}, "Metrics.wal must be a number, not a boolean"),
            "interval null": ({"Metrics": {"wal": None}}, "Metrics.wal must be a number, not null"),
            "tag as number": ({"CustomTags": {"a": 4711}}, "CustomTags.a must be a string, not a number"),
            "endpoint as number": (
                {"HostConfig": {"DcsEndpoints": ["", 4711]}},
                "HostConfig.DcsEndpoints.1 must be a string",
            ),
            "days as list": (
                {"HostConfig": {"PerMetricDisabledTimes": [{"DisabledDays": []}]}},
                "HostConfig.PerMetricDisabledTimes.0.DisabledDays must be a string, not an array",
            ),
            "times as text": (
                {"HostConfig": {"PerMetricDisabledTimes": ["11:00-13:00"]}},
                "HostConfig.PerMetricDisabledTimes.0 must be an object, not a string",
            ),
            "key with a line end": ({"Metrics": {"a\r\nb": -1}}, "Metrics.a\\x0d\\x0ab must be greater than 0"),
            "two faults": ({"IsEnabled": "yes", "Group": 1}, "; "),
            "many faults": ({"Metrics": dict.fromkeys("abcdefgh", -1)}, "; and 3 more"),
        }
    ),
)
def test_values_out_of_range(api: httpx.Client, name_for: NameFor, method: str, fields: Any, reason: str) -> None:
    """A value that the contract excludes is 400 with the place and the reason; nothing changes."""
    given = {**source(name_for(method)), **fields}
    before = api.get("/source").content
    answer = api.request(method, "/source", json=given)
    assert answer.status_code == 400
    assert answer.text.startswith("body: ")
    assert reason in answer.text
    assert "4711" not in answer.text
    assert api.get("/source").content == before


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("missing", ["Name", "ConnStr"])
def test_required_fields(api: httpx.Client, name_for: NameFor, method: str, missing: str) -> None:
    """Without a name or a connection string a source is 400 and nothing changes."""
    given = source(name_for(method))
    del given[missing]
    before = api.get("/source").content
    answer = api.request(method, "/source", json=given)
    assert (answer.status_code, answer.text) == (400, f"body: {missing} is missing\n")
    assert api.get("/source").content == before


@pytest.mark.parametrize("encode", [lambda name: quote(name, safe=""), quote_plus], ids=["%20", "+"])
@pytest.mark.parametrize("name", cases(NAMES))
def test_any_name_can_be_added_replaced_and_deleted(api: httpx.Client, name: str, encode: Any) -> None:
    """A name of any characters goes through the body and, percent-encoded, through the query, and stays exact."""
    lookalike = f"{name} "
    for entry in (name, lookalike):
        assert api.post("/source", json=source(entry)).status_code == 200
    assert names_of(api)[-2:] == [name, lookalike]
    assert api.post("/source", json=source(name)).status_code == 409
    assert api.put("/source", json=source(name, Group="new")).status_code == 200
    assert listed(api, name)["Group"] == "new"
    assert listed(api, lookalike)["Group"] == "default"
    assert api.delete(f"/source?name={encode(name)}").status_code == 200
    assert api.delete(f"/source?name={encode(name)}").status_code == 404
    assert names_of(api)[-1] == lookalike
    assert api.delete(f"/source?name={encode(lookalike)}").status_code == 200


def test_other_unicode_form_is_another_source(api: httpx.Client) -> None:
    """Names that look the same but are different characters are different sources."""
    composed, decomposed = "r\u00e9publique", "re\u0301publique"
    assert api.post("/source", json=source(composed)).status_code == 200
    assert api.put("/source", json=source(decomposed)).status_code == 404
    assert api.delete("/source", params={"name": decomposed}).status_code == 404
    assert api.post("/source", json=source(decomposed)).status_code == 200
    assert names_of(api)[-2:] == [composed, decomposed]


@pytest.mark.parametrize(
    "query", cases({"stray byte": "name=%ff", "overlong": "name=%c0%af", "surrogate": "name=%ed%a0%80"})
)
def test_a_name_that_is_not_utf8_is_refused(api: httpx.Client, query: str) -> None:
    """Bytes that are no UTF-8 cannot name a source: 400, and nothing is deleted."""
    before = api.get("/source").content
    answer = api.delete(f"/source?{query}")
    assert (answer.status_code, answer.text) == (400, "query string is not valid UTF-8\n")
    assert api.get("/source").content == before
