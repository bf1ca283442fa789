"""What the mock says about values that do not fit the contract, and how it completes those that do."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.document import load_contract
from mockserver.contract.validation import MOST_ENTRIES, MOST_ERRORS, Validator, completer
from mockserver.errors import StartupError
from tests.conftest import ROOT
from tests.support.helpers import SOURCE_DEFAULTS

CONTRACT = load_contract(ROOT / "openapi.yaml")
SOURCE = Validator(CONTRACT.schema("Source"))
SENT = CONTRACT.schema("SourceInput")
HOST = SENT["properties"]["HostConfig"]["properties"]
VALIDATOR = Validator(SENT)
SHORTEST = {"Name": "demo", "ConnStr": ""}
KINDS = [
    "postgres",
    "postgres-continuous-discovery",
    "pgbouncer",
    "pgpool",
    "patroni",
    "patroni-continuous-discovery",
    "patroni-namespace-discovery",
    "prometheus",
]
COMPLETE: dict[str, Any] = {"Name": "demo", "Group": "default", "ConnStr": "", **SOURCE_DEFAULTS}


def said(**change: Any) -> str:
    """Return what is said of a source that differs from a valid one in these fields."""
    return VALIDATOR.explain({**SHORTEST, **change}, "body")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Name": 5}, "Name must be a string, not a number"),
        ({"Name": None}, "Name must be a string, not null"),
        ({"Name": ["x"]}, "Name must be a string, not an array"),
        ({"Group": {"x": 1}}, "Group must be a string, not an object"),
        ({"ConnStr": 1.5}, "ConnStr must be a string, not a number"),
        ({"IsEnabled": 1}, "IsEnabled must be a boolean, not a number"),
        ({"IsEnabled": "true"}, "IsEnabled must be a boolean, not a string"),
        ({"Metrics": []}, "Metrics must be an object or null, not an array"),
        ({"Metrics": {"wal": True}}, "Metrics.wal must be a number, not a boolean"),
        ({"Metrics": {"wal": None}}, "Metrics.wal must be a number, not null"),
        ({"HostConfig": "x"}, "HostConfig must be an object or null, not a string"),
        ({"HostConfig": {"DcsEndpoints": "x"}}, "HostConfig.DcsEndpoints must be an array or null, not a string"),
        ({"HostConfig": {"DcsEndpoints": ["a", 1]}}, "HostConfig.DcsEndpoints.1 must be a string, not a number"),
        (
            {"HostConfig": {"PerMetricDisabledTimes": [{}, {"Metrics": "wal"}]}},
            "HostConfig.PerMetricDisabledTimes.1.Metrics must be an array or null, not a string",
        ),
        ({"Name": ""}, "Name must not be empty"),
        ({"Metrics": {"wal": 0}}, "Metrics.wal must be greater than 0"),
        ({"MetricsStandby": {"wal": -0.5}}, "MetricsStandby.wal must be greater than 0"),
        ({"Kind": "oracle"}, f"Kind must be one of {', '.join(KINDS)}"),
    ],
    ids=str,
)
def test_a_message_names_the_field_what_was_found_and_what_is_allowed(change: dict[str, Any], message: str) -> None:
    """Each wrong field of a source is explained in one plain sentence."""
    assert said(**change) == f"body: {message}"
    assert not VALIDATOR.is_valid({**SHORTEST, **change})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "body: Name is missing; ConnStr is missing"),
        ({"Name": "demo"}, "body: ConnStr is missing"),
        ({"name": "demo", "ConnStr": ""}, "body: Name is missing"),
        ([SHORTEST], "body: must be an object, not an array"),
        ("demo", "body: must be an object, not a string"),
        (None, "body: must be an object, not null"),
        (True, "body: must be an object, not a boolean"),
    ],
    ids=str,
)
def test_a_body_that_is_no_source_is_explained_as_a_whole(value: Any, message: str) -> None:
    """Missing fields are named, and a body of another type is said to be one."""
    assert VALIDATOR.explain(value, "body") == message


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"minLength": 1}, "", "must not be empty"),
        ({"minLength": 3}, "ab", "must have at least 3 character(s)"),
        ({"maxLength": 2}, "abc", "must have at most 2 characters"),
        ({"minimum": 3}, 2, "must be at least 3"),
        ({"maximum": 3}, 4, "must be at most 3"),
        ({"minItems": 2}, [1], "must have at least 2 item(s)"),
        ({"maxItems": 1}, [1, 2], "must have at most 1 items"),
        ({"pattern": "^a+$"}, "b", "must match ^a+$"),
        ({"uniqueItems": True}, [1, 1], "does not fit its schema (uniqueItems)"),
        ({"type": "string", "nullable": True}, 1, "must be a string or null, not a number"),
        ({"type": "integer"}, 1.5, "must be an integer, not a number"),
        ({"type": "string", "nullable": True, "enum": ["a", "b"]}, "c", "must be one of a, b, null"),
    ],
    ids=str,
)
def test_every_keyword_has_its_message(schema: dict[str, Any], value: Any, message: str) -> None:
    """Keywords that other contracts may use are explained too, and one that has no words is at least named."""
    assert Validator(schema).explain(value, "value") == f"value: {message}"


@pytest.mark.parametrize("key", ["1", "007", "14", "a.b", "a/b", "a~b", "{}", "%s", " "])
@pytest.mark.parametrize("field", ["Metrics", "CustomTags"])
def test_any_key_of_a_map_can_be_named(field: str, key: str) -> None:
    """A wrong value is explained whatever the name of its metric or tag, even one that looks like an index."""
    expected = {"Metrics": "a number", "CustomTags": "a string"}[field]
    assert said(**{field: {key: []}}) == f"body: {field}.{key} must be {expected}, not an array"


def test_a_tag_without_a_name_is_explained_by_its_own_value() -> None:
    """The empty key of a map is a key: what is said is about the value that it has."""
    assert said(CustomTags={"": 5}).endswith(" must be a string, not a number")


SECRET = "hunter2-5ecret"
SECRETS = [SECRET, 867530942, 867530942.5, [SECRET], [{SECRET: SECRET}], {SECRET: SECRET}]


FIELDS = [
    *((name,) for name in SENT["properties"]),
    *(("HostConfig", name) for name in HOST),
    *(("HostConfig", "PerMetricDisabledTimes", name) for name in HOST["PerMetricDisabledTimes"]["items"]["properties"]),
]


@pytest.mark.parametrize("path", FIELDS, ids=".".join)
@pytest.mark.parametrize("secret", SECRETS, ids=json.dumps)
def test_no_value_is_echoed(path: tuple[str, ...], secret: Any) -> None:
    """What is said about a field never repeats the value found there, whatever its type: it may be a secret."""
    value = {path[-1]: secret}
    if "PerMetricDisabledTimes" in path[:-1]:
        value = {"PerMetricDisabledTimes": [value]}
    source = {**SHORTEST, "HostConfig": value} if len(path) > 1 else {**SHORTEST, **value}
    messages = [message for _, message in VALIDATOR.errors(source)]
    assert bool(messages) is not VALIDATOR.is_valid(source)
    # A key is the name of a field, not a value, so it may be said where the field is.
    said_of_it = "".join(messages) if isinstance(secret, dict) else VALIDATOR.explain(source, "body")
    assert SECRET not in said_of_it
    assert "867530942" not in said_of_it


def test_every_field_was_searched_for_echoes() -> None:
    """The fields of the source, its host and its disabled times are all among those tried, and all can be wrong."""
    assert len(FIELDS) == 15 + 12 + 3
    for name in SENT["properties"]:
        assert sum(bool(VALIDATOR.errors({**SHORTEST, name: secret})) for secret in SECRETS) >= 4, name


def test_no_value_of_a_login_is_echoed() -> None:
    """A password of a wrong type, or beside a user of a wrong type, is not repeated."""
    credentials = Validator(CONTRACT.schema("Credentials"))
    for value in ({"user": 867530942, "password": [SECRET]}, {"password": SECRET}, [SECRET], SECRET):
        said_of_it = credentials.explain(value, "body")
        assert SECRET not in said_of_it
        assert "867530942" not in said_of_it
        assert said_of_it.startswith("body: ")


def test_null_is_allowed_where_the_contract_says_so() -> None:
    """Maps, lists and the host configuration may be null in a request, and nothing else."""
    nullable = {name for name in SENT["properties"] if VALIDATOR.is_valid({**SHORTEST, name: None})}
    assert nullable == {"Metrics", "MetricsStandby", "CustomTags", "HostConfig"}
    nullable = {name for name in HOST if VALIDATOR.is_valid({**SHORTEST, "HostConfig": {name: None}})}
    assert nullable == {"DcsEndpoints", "PerMetricDisabledTimes"}


@pytest.mark.parametrize("count", [1, MOST_ERRORS, MOST_ERRORS + 1, MOST_ERRORS + 8])
def test_at_most_five_errors_are_listed(count: int) -> None:
    """The first five errors are told in full, and how many more there are."""
    assert MOST_ERRORS == 5
    told, _, more = said(Metrics={f"metric_{number}": -1 for number in range(count)}).partition("; and ")
    assert told.count("must be greater than 0") == min(count, 5)
    assert more == (f"{count - 5} more" if count > 5 else "")
    assert len(VALIDATOR.errors({**SHORTEST, "Metrics": dict.fromkeys(map(str, "abcdefgh"), 0)})) == 8


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([0] * 400_000, "body: must be an object, not an array"),
        ({**SHORTEST, "CustomTags": {str(number): 0 for number in range(90_000)}}, "CustomTags.0 must be a string"),
        ({**SHORTEST, "CustomTags": {**{str(number): "" for number in range(90_000)}, "x": 0}}, "body: does not fit"),
        ({**{str(number): 0 for number in range(90_000)}, **SHORTEST, "Kind": 1}, "body: Kind must be a "),
        (json.loads("[" * 900 + "]" * 900), "body: must be an object, not an array"),
        ({**SHORTEST, "Name": ["a" * 10] * 80_000}, "body: Name must be a string, not an array"),
    ],
    ids=["list", "wrong tags", "a wrong tag behind many", "a wrong field behind many", "deep", "a list for a name"],
)
def test_a_large_body_is_explained_as_quickly_as_it_is_read(body: Any, message: str) -> None:
    """What is wrong with a megabyte is told by its first entries: of all of them it takes minutes."""
    assert message in VALIDATOR.explain(body, "body")
    assert len(VALIDATOR.errors(body)) <= MOST_ENTRIES


def test_a_valid_value_has_no_errors() -> None:
    """A valid source is valid, and the list of what is wrong with it is empty."""
    assert VALIDATOR.is_valid(SHORTEST)
    assert VALIDATOR.is_valid(COMPLETE)
    assert VALIDATOR.errors(COMPLETE) == []


def completed(value: Any, schema: str = "SourceInput") -> tuple[Any, list[str]]:
    """Return a value with its defaults, and the names that were dropped."""
    unknown: list[str] = []
    return completer(CONTRACT.schema(schema))(value, unknown), unknown


def test_what_is_left_out_gets_its_default() -> None:
    """The shortest source becomes a complete one, in the contract's order, and fits the schema of answers."""
    whole, unknown = completed(SHORTEST)
    assert json.dumps(whole) == json.dumps(COMPLETE)
    assert unknown == []
    assert SOURCE.is_valid(whole)


def test_what_is_given_is_kept_in_the_order_of_the_contract() -> None:
    """Given values stay as they are, whatever the order they are given in; the caller's own value is not touched."""
    given_value = {
        "OnlyIfMaster": True,
        "HostConfig": {"PerMetricDisabledTimes": [{"DisabledDays": "0,6"}, {}], "DcsType": "etcd"},
        "Metrics": {"wal": 60, "db_size": 0.5},
        "Kind": "patroni",
        **SHORTEST,
    }
    before = copy.deepcopy(given_value)
    whole, _ = completed(given_value)
    disabled = [
        {"Metrics": None, "DisabledTimes": None, "DisabledDays": "0,6"},
        {"Metrics": None, "DisabledTimes": None, "DisabledDays": ""},
    ]
    host = {**COMPLETE["HostConfig"], "DcsType": "etcd", "PerMetricDisabledTimes": disabled}
    changes = {"Metrics": {"wal": 60, "db_size": 0.5}, "Kind": "patroni", "HostConfig": host, "OnlyIfMaster": True}
    assert json.dumps(whole) == json.dumps({**COMPLETE, **changes})
    assert given_value == before


@pytest.mark.parametrize("field", ["Metrics", "MetricsStandby", "CustomTags", "HostConfig"])
def test_null_means_the_default(field: str) -> None:
    """A field that is null is as if it were left out."""
    assert completed({**SHORTEST, field: None}) == (COMPLETE, [])


def test_empty_and_false_are_not_left_out() -> None:
    """Values that are merely empty, zero or false are values: no default replaces them."""
    whole, _ = completed({**SHORTEST, "Group": "", "IsEnabled": False, "HostConfig": {"DcsEndpoints": []}})
    assert whole["Group"] == ""
    assert whole["IsEnabled"] is False
    assert whole["HostConfig"]["DcsEndpoints"] == []


def test_unknown_fields_are_dropped_and_named() -> None:
    """Fields that the contract does not know are left out at every depth and named once each; map keys stay."""
    value = {
        **SHORTEST,
        "Colour": "red",
        "name": "lower case",
        "CustomTags": {"Colour": "blue"},
        "HostConfig": {"Port": 1, "PerMetricDisabledTimes": [{"Weeks": 1, "Metrics": ["wal"]}]},
    }
    whole, unknown = completed(value)
    assert unknown == ["Colour", "name", "Port", "Weeks"]
    assert whole["CustomTags"] == {"Colour": "blue"}
    assert whole["HostConfig"]["PerMetricDisabledTimes"] == [
        {"Metrics": ["wal"], "DisabledTimes": None, "DisabledDays": ""}
    ]
    assert SOURCE.is_valid(whole)


def test_other_schemas_are_completed_likewise() -> None:
    """The completer knows no field of its own: metrics, presets and plain text come out of it complete, too."""
    assert completed({"Metrics": {"wal": 1}}, "Preset") == ({"Description": "", "Metrics": {"wal": 1}}, [])
    assert completed({"SQLs": {"14": "select 1"}}, "Metric")[0]["Gauges"] is None
    assert completed("host=localhost", "ConnectionString") == ("host=localhost", [])


names = st.text(max_size=8)
values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | names
intervals = st.none() | st.dictionaries(names, st.floats(min_value=1e-6, max_value=1e9) | st.integers(1, 10**9))
tags = st.none() | st.dictionaries(names, names)
lists = st.none() | st.lists(names, max_size=3)
disabled_times = st.fixed_dictionaries(
    {}, optional={"Metrics": lists, "DisabledTimes": lists, "DisabledDays": names, "Extra": values}
)
hosts = st.none() | st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys([name for name, part in COMPLETE["HostConfig"].items() if part == ""], names),
        "DcsEndpoints": lists,
        "PerMetricDisabledTimes": st.none() | st.lists(disabled_times, max_size=3),
        "Extra": values,
    },
)
texts = ["Group", "IncludePattern", "ExcludePattern", "PresetMetrics", "PresetMetricsStandby"]
switches = ["IsSuperuser", "IsEnabled", "OnlyIfMaster"]
sources = st.fixed_dictionaries(
    {"Name": st.text(min_size=1, max_size=8), "ConnStr": names},
    optional={
        **dict.fromkeys(texts, names),
        **dict.fromkeys(switches, st.booleans()),
        **dict.fromkeys(["Metrics", "MetricsStandby"], intervals),
        "Kind": st.sampled_from(KINDS),
        "CustomTags": tags,
        "HostConfig": hosts,
        "Extra": values,
    },
)
almost_sources = st.builds(
    lambda source, field, value: {**source, field: value}, sources, st.sampled_from([*COMPLETE]), values
)


@settings(deadline=None)
@given(sources | almost_sources)
def test_whatever_is_accepted_can_be_answered(source: dict[str, Any]) -> None:
    """Any object that fits the schema of requests fits that of answers once it is complete; others are explained."""
    if VALIDATOR.is_valid(source):
        whole, unknown = completed(source)
        assert SOURCE.errors(whole) == []
        assert list(whole) == list(COMPLETE)
        assert set(unknown) <= {"Extra"}
        assert completed(whole) == (whole, []), "complete is complete"
    else:
        assert len(VALIDATOR.explain(source, "body")) > len("body: ")


@settings(deadline=None)
@given(sources)
def test_the_sources_of_the_test_above_are_accepted(source: dict[str, Any]) -> None:
    """The strategy makes valid sources, so that the property is not proven of nothing."""
    assert VALIDATOR.errors(source) == []


def test_a_schema_without_an_end_is_refused() -> None:
    """A schema that leads back to itself, as Connexion resolves it, is told when it is compiled."""
    endless: dict[str, Any] = {"type": "object", "properties": {}}
    endless["properties"]["child"] = endless
    with pytest.raises(StartupError, match="leads back to itself"):
        Validator(endless)
