"""Sources: listed, added, replaced and deleted, with each documented status and what it changes."""

from collections.abc import Callable, Iterator

import httpx
import pytest
import yaml

from tests.conftest import JSON, ROOT, Server
from tests.support.helpers import (
    HOST_CONFIG_DEFAULTS,
    MOST_BODY_BYTES,
    OPERATIONS,
    SOURCE_DEFAULTS,
    cases,
    checked_client,
    complete,
    names_of,
    read_json,
    source,
)

WRITES = ["POST", "PUT"]
EXAMPLES = OPERATIONS["addSource"].body_examples
TAKEN = "source already exists; mock --release 3.7: POST /source changes what is there in pgwatch 3.0 to 3.7\n"
FULL = source(
    "full",
    Group="g",
    ConnStr="",
    Metrics={"wal": 0.5},
    MetricsStandby={"wal": 1},
    Kind="patroni",
    IncludePattern="a",
    ExcludePattern="b",
    PresetMetrics="basic",
    PresetMetricsStandby="minimal",
    IsSuperuser=True,
    IsEnabled=True,
    CustomTags={"team": "a", "": ""},
    HostConfig={
        **dict.fromkeys(HOST_CONFIG_DEFAULTS, "text"),
        "DcsEndpoints": ["http://a:2379", ""],
        "PerMetricDisabledTimes": [{"Metrics": ["wal"], "DisabledTimes": ["11:00-13:00"], "DisabledDays": "0,2-4"}],
    },
    OnlyIfMaster=True,
)


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx.Client]:
    """A client that is logged in and checks every answer against the contract."""
    with checked_client(server, server.login()) as client:
        yield client


@pytest.fixture(autouse=True)
def three_sources(api: httpx.Client) -> None:
    """Begin each test with the sources first, second and third."""
    for name in names_of(api):
        api.delete("/source", params={"name": name})
    for name in ("first", "second", "third"):
        assert api.post("/source", json=source(name)).status_code == 200


def test_list_is_empty_when_there_are_no_sources(api: httpx.Client) -> None:
    """The last source can be deleted; the list is an empty array then."""
    for name in ("first", "second", "third"):
        api.delete("/source", params={"name": name})
    assert api.get("/source").content == b"[]"


def test_a_new_server_has_the_bundled_sources(start: Callable[..., Server]) -> None:
    """The sources of the configuration are listed completely, in the order of the file."""
    bundled = yaml.safe_load((ROOT / "fixtures/sources.yaml").read_bytes())
    server = start()
    with checked_client(server, server.login()) as client:
        listed = client.get("/source").json()
    assert [entry["Name"] for entry in listed] == [entry["name"] for entry in bundled]
    assert [entry["ConnStr"] for entry in listed] == [entry["conn_str"] for entry in bundled]
    assert [entry["IsEnabled"] for entry in listed] == [entry["is_enabled"] for entry in bundled]


@pytest.mark.parametrize("given", [*EXAMPLES.values(), FULL], ids=[*EXAMPLES, "every field"])
def test_added_source_comes_last_and_is_complete(api: httpx.Client, given: dict[str, object]) -> None:
    """An added source is listed at the end, with what was sent and the defaults of what was not."""
    answer = api.post("/source", json=given)
    assert (answer.status_code, answer.content) == (200, b"")
    assert names_of(api) == ["first", "second", "third", given["Name"]]
    assert api.get("/source").json()[-1] == complete(given)


def test_fields_are_listed_in_the_documented_order(api: httpx.Client) -> None:
    """The order of the fields is the contract's, whatever the order in which they were sent."""
    api.post("/source", json=dict(reversed(FULL.items())))
    listed = api.get("/source").json()[-1]
    assert list(listed) == ["Name", "Group", "ConnStr", *list(SOURCE_DEFAULTS)[1:]]
    assert list(listed["HostConfig"]) == list(HOST_CONFIG_DEFAULTS)


def test_replaced_source_keeps_its_place_and_nothing_of_its_former_self(api: httpx.Client) -> None:
    """PUT replaces the whole source: fields that are left out get their defaults, not their former values."""
    assert api.put("/source", json={**FULL, "Name": "second"}).status_code == 200
    assert api.get("/source").json()[1] == complete({**FULL, "Name": "second"})
    answer = api.put("/source", json={"Name": "second", "ConnStr": "other"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert names_of(api) == ["first", "second", "third"]
    assert api.get("/source").json()[1] == complete({"Name": "second", "ConnStr": "other"})


def test_replaced_source_leaves_the_others_alone(api: httpx.Client) -> None:
    """PUT changes one source."""
    before = api.get("/source").json()
    api.put("/source", json={**FULL, "Name": "second"})
    after = api.get("/source").json()
    assert (after[0], after[2]) == (before[0], before[2])


def test_deleted_source_is_gone_and_can_be_added_again_at_the_end(api: httpx.Client) -> None:
    """DELETE removes one source and keeps the order of the others."""
    answer = api.delete("/source", params={"name": "first"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert names_of(api) == ["second", "third"]
    api.post("/source", json=source("first"))
    assert names_of(api) == ["second", "third", "first"]


@pytest.mark.parametrize(
    ("method", "request_of", "status", "line"),
    cases(
        {
            "adding a taken name": ("POST", {"json": {**FULL, "Name": "second"}}, 409, TAKEN),
            "replacing an unknown name": ("PUT", {"json": source("fourth")}, 404, "source not found\n"),
            "replacing a name of other case": ("PUT", {"json": source("Second")}, 404, "source not found\n"),
            "deleting an unknown name": ("DELETE", {"params": {"name": "fourth"}}, 404, "source not found\n"),
            "deleting a part of a name": ("DELETE", {"params": {"name": "sec"}}, 404, "source not found\n"),
            "deleting without a name": ("DELETE", {}, 400, "query parameter name is missing\n"),
            "deleting by another parameter": (
                "DELETE",
                {"params": {"id": "second"}},
                400,
                "query parameter name is missing\n",
            ),
            "deleting by Name": ("DELETE", {"params": {"Name": "second"}}, 400, "query parameter name is missing\n"),
            "deleting by NAME": ("DELETE", {"params": {"NAME": "second"}}, 400, "query parameter name is missing\n"),
            "deleting the empty name": (
                "DELETE",
                {"params": {"name": ""}},
                400,
                "query parameter name: must not be empty\n",
            ),
            "an empty name first": (
                "DELETE",
                {"params": {"name": ["", "second"]}},
                400,
                "query parameter name: must not be empty\n",
            ),
        }
    ),
)
def test_refused_request_changes_nothing(
    api: httpx.Client, method: str, request_of: dict[str, object], status: int, line: str
) -> None:
    """Each refusal has its status and its line, and the list is the same byte by byte."""
    before = api.get("/source").content
    answer = api.request(method, "/source", **request_of)  # type: ignore[arg-type]  # a table of keyword arguments
    assert (answer.status_code, answer.text) == (status, line)
    assert api.get("/source").content == before


def test_delete_ignores_a_name_in_the_body(api: httpx.Client) -> None:
    """Only the query names the source to delete."""
    before = api.get("/source").content
    assert api.request("DELETE", "/source", json={"name": "second"}).status_code == 400
    assert api.request("DELETE", "/source", params={"name": "fourth"}, json={"name": "second"}).status_code == 404
    assert api.get("/source").content == before


def test_delete_with_several_names_deletes_the_first(api: httpx.Client) -> None:
    """Of several names the first counts and the others stay."""
    assert api.delete("/source", params={"name": ["second", "first", "fourth"]}).status_code == 200
    assert names_of(api) == ["first", "third"]
    assert api.delete("/source", params={"name": ["fourth", "first"]}).status_code == 404
    assert names_of(api) == ["first", "third"]


@pytest.mark.parametrize("method", WRITES)
def test_unknown_fields_are_ignored_and_not_stored(api: httpx.Client, method: str) -> None:
    """Fields that the contract does not know are neither an error nor listed, at any depth."""
    name = "second" if method == "PUT" else "fourth"
    times = [{"Metrics": None, "Planted": 1}]
    given = source(name, Planted=1, name="x", conn_str="y", HostConfig={"Planted": 1, "PerMetricDisabledTimes": times})
    assert api.request(method, "/source", json=given).status_code == 200
    expected = complete(source(name))
    expected["HostConfig"]["PerMetricDisabledTimes"] = [{"Metrics": None, "DisabledTimes": None, "DisabledDays": ""}]
    assert next(entry for entry in api.get("/source").json() if entry["Name"] == name) == expected


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(
    "text", ["60", "60.0", "1.23456789", "0.1", "1e-7", "9007199254740993", "18446744073709551615"]
)
def test_intervals_keep_their_precision(api: httpx.Client, method: str, text: str) -> None:
    """A number is listed as it was sent: no digit is lost, a whole number stays one, a fraction too."""
    name = "second" if method == "PUT" else "fourth"
    body = f'{{"Name": "{name}", "ConnStr": "", "Metrics": {{"wal": {text}}}, "MetricsStandby": {{"wal": {text}}}}}'
    assert api.request(method, "/source", content=body, headers=JSON).status_code == 200
    listed = read_json(api.get("/source").content, parse_float=str, parse_int=str)
    (entry,) = [entry for entry in listed if entry["Name"] == name]
    assert entry["Metrics"] == entry["MetricsStandby"] == {"wal": text}


@pytest.mark.parametrize("method", WRITES)
def test_text_is_kept_as_it_is(api: httpx.Client, method: str) -> None:
    """Text of any kind comes back unchanged: markup, control characters, unicode, also as a key."""
    odd = "<&>\"'\\/\0\n\u2028é e\u0301 \U0001f418 \ufeff ${HOME} {0} %s"
    name = "second" if method == "PUT" else "fourth"
    given = source(name, ConnStr=odd, Group=odd, CustomTags={odd: odd}, Metrics={odd: 1}, HostConfig={"Password": odd})
    assert api.request(method, "/source", json=given).status_code == 200
    assert complete(given) in api.get("/source").json()


@pytest.mark.parametrize("method", WRITES)
def test_source_may_be_as_large_as_the_limit_and_not_larger(api: httpx.Client, method: str) -> None:
    """One byte over the limit is 413 and changes nothing."""
    name = "second" if method == "PUT" else "fourth"
    largest = f'{{"Name": "{name}", "ConnStr": "'.ljust(MOST_BODY_BYTES - 2, "x") + '"}'
    before = api.get("/source").content
    assert api.request(method, "/source", content=f"{largest} ", headers=JSON).status_code == 413
    assert api.get("/source").content == before
    assert api.request(method, "/source", content=largest, headers=JSON).status_code == 200
    assert name in names_of(api)


@pytest.mark.parametrize("method", WRITES)
def test_source_must_be_sent_as_json(api: httpx.Client, method: str) -> None:
    """Another Content-Type is 415 and changes nothing."""
    name = "second" if method == "PUT" else "fourth"
    before = api.get("/source").content
    content_type = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = api.request(method, "/source", content=f'{{"Name": "{name}", "ConnStr": ""}}', headers=content_type)
    assert (answer.status_code, answer.text) == (415, "Content-Type must be application/json\n")
    assert api.get("/source").content == before
