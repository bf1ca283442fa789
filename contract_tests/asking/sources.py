"""The sources of a real server: remembered before a run that writes, and left as they were after it."""

import json
from typing import Any
from urllib.parse import quote

from contract_tests import interrupts
from contract_tests.asking.exchange import Exchange
from contract_tests.asking.transport import Http
from contract_tests.errors import NotJudged
from contract_tests.target.harmless import NOWHERE
from contract_tests.target.marks import is_of_any_run
from contract_tests.target.target import Target

Source = dict[str, Any]


def source(target: Target, name: str, **fields: Any) -> dict[str, Any]:
    """Return the body for a source that every release and store takes.

    ``name`` is the suite's own (``target.name``).
    """
    return {
        "Name": name,
        "ConnStr": NOWHERE,
        "IsEnabled": False,
        "Group": "contract",
        "Kind": "postgres",
        "PresetMetrics": "basic",
        **fields,
    }


def list_sources(http: Http) -> list[Source] | None:
    """Return the sources that the target lists, None where its answer is no list of sources."""
    return sources_in(http.send("GET", "/source"))


def sources_in(exchange: Exchange) -> list[Source] | None:
    """Return the sources in an answer, None where it is no list of sources.

    A release that keeps them in a file says null for none (facts of all releases).
    """
    try:
        listed = json.loads(exchange.body)
    except (ValueError, RecursionError):
        return None
    if listed is None and exchange.status == 200:
        return []
    is_list = isinstance(listed, list) and all(
        isinstance(each, dict) and isinstance(each.get("Name"), str) for each in listed
    )
    return listed if is_list else None


def delete_source(http: Http, name: str) -> Exchange:
    """Delete a source of the run's own, also from releases that have no DELETE /source (4.0 and later)."""
    operation = http.target.contract.operations["deleteSource"]
    exchange = http.send(operation.method, operation.at(name), query=operation.query(name))
    if exchange.status == 405 and operation.name_in == "query":
        exchange = http.send("DELETE", f"/source/{quote(name, safe='')}")
    return exchange


def prepare(http: Http, before: list[Source] | None) -> None:
    """Make sure that what the run adds can be found and removed again; ``before`` are the sources before it.

    Raises NotJudged where the list cannot be read, or a source that was added is not there as it was sent, or does not
    go away: then nothing more is written.
    """
    if before is None:
        raise NotJudged("GET /source gives no list of sources, so writes could not be undone: leave out --allow-writes")
    name = http.target.name("probe")
    with interrupts.delayed():
        added = http.send("POST", "/source", json=source(http.target, name))
        there = list_sources(http) or []
        delete_source(http, name)
    after = list_sources(http)
    if after is None or name in [each["Name"] for each in after]:
        raise NotJudged(
            f"a source that was added cannot be deleted: delete {name!r} by hand and leave out --allow-writes"
        )
    if added.status not in (200, 201):
        said = http.target.hidden.masked(added.in_words())
        raise NotJudged(f"no source can be added (POST /source is {said}): leave out --allow-writes")
    probe = next((each for each in there if each["Name"] == name), None)
    if probe is None:
        raise NotJudged(f"a source that was added is not listed under its name, {name!r}: leave out --allow-writes")
    if probe.get("IsEnabled"):
        raise NotJudged(
            "a source that was added with IsEnabled false is listed as enabled, and would be monitored: leave out"
            " --allow-writes, or use a server that may be --throwaway"
        )


def clear_own(http: Http) -> list[str]:
    """Delete all sources of the run's own, and return the names of those that stay."""
    for each in list_sources(http) or []:
        if str(each["Name"]).startswith(http.target.prefix):
            delete_source(http, each["Name"])
    return [each["Name"] for each in list_sources(http) or [] if str(each["Name"]).startswith(http.target.prefix)]


def leave_as_before(http: Http, before: list[Source]) -> None:
    """Delete what the run has added; raises NotJudged where a source stays, or the others are not what they were."""
    if left := clear_own(http):
        raise NotJudged(f"these sources of the run could not be deleted; delete them by hand: {', '.join(left)}")
    after = list_sources(http)
    if after is None:
        raise NotJudged("GET /source gives no list after the run: whether the sources are what they were is not known")
    # Those of earlier runs are gone by now, and those of another that goes on come and go.
    if changed := differences(_of_others(before), _of_others(after)):
        raise NotJudged(f"the server's sources are not what they were before the run: {'; '.join(changed)}")


def _of_others(listed: list[Source]) -> list[Source]:
    return [each for each in listed if not is_of_any_run(each["Name"])]


def differences(before: list[Source], after: list[Source], in_order: bool = True) -> list[str]:
    """Return how two lists of sources differ, by name and field, without values; ``in_order``: by their order too.

    Null and empty count as the same: a release that writes its file anew turns the one into the other (facts of all
    releases).
    """
    names_before, names_after = ([each["Name"] for each in listed] for listed in (before, after))
    old = {each["Name"]: _without_nulls(each) for each in before}
    new = {each["Name"]: _without_nulls(each) for each in after}
    changes = [f"{name} is gone" for name in old if name not in new]
    changes += [f"{name} is new" for name in new if name not in old]
    for name in old.keys() & new.keys():
        fields = sorted(key for key in old[name].keys() | new[name].keys() if old[name].get(key) != new[name].get(key))
        changes += [f"{name} has another {key}" for key in fields]
    changes += [f"{name} is listed several times" for name in old if names_after.count(name) > names_before.count(name)]
    if in_order and not changes and list(old) != list(new):
        changes.append("their order has changed")
    return changes


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_nulls(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in (None, {}, [])}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value
