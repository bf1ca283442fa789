"""What a body may hold at a server that is not there to be thrown away."""

import json

import pytest

from contract_tests.target.guard import Guard, Permission
from contract_tests.target.harmless import at_rest, is_at_rest, is_read_back, leads_nowhere, mentions_only_nowhere

OWN = Guard(Permission.OWN, "own-", "", database="host=real.example user=own")
URL = "http://127.0.0.1:8080"
REST = {"ConnStr": "host=unknown.invalid", "IsEnabled": False}


def refusal(method: str, path: str, value: object) -> str:
    """Why the guard keeps a body back, empty where it lets it out."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return OWN.refusal(method, URL + path, body) or ""


@pytest.mark.parametrize("text", ["\n", "\na", "\ta\nb", " a\nb", "\u2028a\nb", "\u2029\n", "\t\n"])
def test_a_text_of_several_lines_that_begins_with_a_blank_is_not_read_back(text: str) -> None:
    """Each beginning that yaml.v3 was seen to stumble over is told, as value and as key."""
    assert not is_read_back(text)
    assert not is_read_back(text, is_key=True)


@pytest.mark.parametrize(
    "text", ["", "a\nb", "a\n\tb", "\ta", " ", "\u2028a", "\ra\rb", "\u00a0a\nb", "<<", "\0", "---"]
)
def test_other_texts_are_read_back(text: str) -> None:
    """What yaml.v3 reads back is not kept from a server."""
    assert is_read_back(text)


def test_a_merge_key_is_not_read_back() -> None:
    """The key of YAML's merges is none that a map can have; as a value it is a text."""
    assert not is_read_back("<<", is_key=True)
    assert refusal("POST", "/source", {"Name": "own-a", **REST, "CustomTags": {"<<": "x"}})
    assert not refusal("POST", "/source", {"Name": "own-a", **REST, "CustomTags": {"x": "<<"}})


@pytest.mark.parametrize(
    "part",
    [
        {"Group": " a\nb"},
        {"CustomTags": {"a": "\n"}},
        {"CustomTags": {"\n": "a"}},
        {"HostConfig": {"PerMetricDisabledTimes": [{"Metrics": ["\ta\n"]}]}},
        {"Unknown": [[{"deep": "\na"}]]},
    ],
)
def test_no_depth_hides_a_text_that_breaks_the_file(part: dict[str, object]) -> None:
    """Values and keys are looked at wherever they stand, in sources, metrics and presets."""
    assert "cannot read back" in refusal("POST", "/source", {"Name": "own-a", **REST, **part})
    assert "cannot read back" in refusal("PUT", "/metric/own-a", part)
    assert "cannot read back" in refusal("POST", "/preset", {"own-a": part})


def test_what_is_no_json_is_looked_through_all_the_same() -> None:
    """A tolerant server may read it: a text that would break the file keeps it back, escaped or raw."""
    head = b'{"Name": "own-a", "ConnStr": "host=unknown.invalid", "IsEnabled": false, "Group": '
    for text in (rb'"\\na"', b'"\na"', b'" a\nb"'):
        assert OWN.refusal("POST", f"{URL}/source", head + text + b",}")
    assert not OWN.refusal("POST", f"{URL}/source", head + b'"a",}')


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"IsEnabled": False},
        {"ConnStr": "host=unknown.invalid"},
        {**REST, "IsEnabled": True},
        {**REST, "isEnabled": True},
        {**REST, "is_enabled": 1},
        {**REST, "I\u017fEnabled": True},
        {**REST, "ConnStr": ""},
        {**REST, "ConnStr": None},
        {**REST, "ConnStr": "host=real.example"},
        {**REST, "ConnStr": "host=unknown.invalid hostaddr=10.0.0.1"},
        {**REST, "ConnStr": "service=mine host=unknown.invalid"},
        {**REST, "ConnStr": "postgresql://a@unknown.invalid,real.example/b"},
        {**REST, "ConnStr": "postgresql://a@unknown.invalid/b?host=real.example"},
        {**REST, "connstr": "host=real.example"},
        {**REST, "ConnStr": "$DSN"},
    ],
)
def test_a_source_that_could_be_monitored_is_kept_back(source: dict[str, object]) -> None:
    """Enabled in any spelling, without a connection string, or with one that leads anywhere: no such source is sent."""
    assert "monitored" in refusal("POST", "/source", {"Name": "own-a", **source})
    assert not is_at_rest(json.dumps(source))


def test_repeated_and_escaped_keys_count() -> None:
    """The last key of a name may decide, or the first; an escaped one may be no key at all."""
    assert not is_at_rest('{"ConnStr": "host=unknown.invalid", "IsEnabled": false, "IsEnabled": true}')
    assert not is_at_rest('{"Conn\\u0053tr": "host=unknown.invalid", "IsEnabled": false}')
    assert is_at_rest(json.dumps(REST))


@pytest.mark.parametrize(
    "string",
    [
        "host=unknown.invalid",
        "host='unknown.invalid,other.invalid' port=1",
        "postgresql://u:p@unknown.invalid:5432/d?connect_timeout=1",
        "postgres://unknown.invalid",
    ],
)
def test_strings_that_lead_nowhere(string: str) -> None:
    """Pairs and URIs whose every host is in the domain that has none are let out."""
    assert leads_nowhere(string)
    assert not refusal("POST", "/source", {"Name": "own-a", **REST, "ConnStr": string})


def test_a_source_is_put_to_rest() -> None:
    """What is made for a server that may be thrown away is sent to another without what would be monitored."""
    made = {"Name": "own-a", "ConnStr": "$contract_x", "IsEnabled": True, "is_enabled": True, "Group": "a"}
    assert at_rest(made) == {"Name": "own-a", "ConnStr": "host=unknown.invalid", "IsEnabled": False, "Group": "a"}
    kept = {"Name": "own-a", "ConnStr": "host=other.invalid", "IsEnabled": False}
    assert at_rest(kept) == kept


@pytest.mark.parametrize(
    ("text", "is_let_out"),
    [
        ("host=unknown.invalid user=own-nobody", True),
        ("http://unknown.invalid/own-x", True),
        ("host=real.example user=own", False),
        ("host=real.example user=own-nobody", True),
        ("host=other.example user=own-nobody", False),
        ("user=own-nobody", False),
        ("postgresql://own-a@real.example,unknown.invalid/x", False),
        ("", False),
    ],
)
def test_connections_lead_nowhere_or_where_they_were_told(text: str, is_let_out: bool) -> None:
    """A server is asked to connect to what cannot exist, or by the string that was given for it."""
    assert (OWN.refusal("POST", f"{URL}/test-connect", text.encode()) is None) == is_let_out


def test_bytes_that_nobody_can_read_back_are_kept_back() -> None:
    """Releases from 3.5 on keep bytes that are not UTF-8 and list them: then nobody can read the list."""
    body = json.dumps({"Name": "own-a", **REST}).encode()[:-1] + b', "Group": "\xff"}'
    assert OWN.refusal("POST", f"{URL}/source", body)
    assert OWN.refusal("PUT", f"{URL}/metric/own-a", b'{"Description": "\xff"}')


def test_a_server_that_may_be_thrown_away_gets_everything() -> None:
    """With --throwaway nothing is kept back."""
    guard = Guard(Permission.THROWAWAY, "own-")
    for body in (b'{"Name": "x", "IsEnabled": true}', b'{"Name": "\\n"}', b"\xff"):
        assert guard.refusal("POST", f"{URL}/source", body) is None


def test_mentions_of_hosts() -> None:
    """A text that may be no connection string must name a host that cannot exist, and none besides."""
    assert mentions_only_nowhere("words unknown.invalid")
    assert not mentions_only_nowhere("words")
    assert not mentions_only_nowhere("unknown.invalid host = real.example")
