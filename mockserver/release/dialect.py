"""How a release words and does what the contract leaves open: the ``dialect`` of its file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.go.json import encoding_json, jsoniter
from mockserver.go.json.types import Type
from pgwatch_contract.releases.release import Release


@dataclass(frozen=True)
class Json:
    """A JSON parser and writer of Go: reads a whole body, the first value of one, and writes a value.

    The readers raise GoJsonError. The second takes, too, what kept the rest of the body from being read, if anything.
    """

    unmarshal: Callable[[bytes, Type], Any]
    decode_first: Callable[[bytes, Type, bytes], Any]
    marshal: Callable[[Any, Type], bytes]


PARSERS = {
    "go": Json(encoding_json.unmarshal, encoding_json.decode_first, encoding_json.marshal),
    "jsoniter": Json(jsoniter.unmarshal, jsoniter.decode_first, jsoniter.marshal),
}


@dataclass(frozen=True)
class Dialect:
    """One release's ways. ``redirect``, ``login_get`` and ``write_error`` are statuses; ``secret`` None means random.

    ``pgx``: the minor version of pgx 5. ``drops_new_metrics``: whether PostgreSQL loses them.

    ``default_kind``: what a source without Kind in a YAML file is read as. ``lists_duplicates``: whether sources of one
    name in such a file are all listed, or make it one that cannot be read.

    ``walks_folders``: whether a folder of files is read with the folders in it. ``metrics_folder``: what comes of a
    folder given as metrics, "refused" or "unreadable"; empty where it is read.

    ``expands_addresses``: whether ConnStr and Group name environment variables too, as the other texts of a source
    do. ``reads_nothing_as_empty``: whether an empty metrics file is one without entries; else both its sections are
    null. ``enables_every_source``: whether PostgreSQL stores no IsEnabled. ``allows_patch``: whether a 405 at /preset
    names PATCH, which is refused like the others.
    """

    json: Json
    jwt: int
    secret: str | None
    redirect: int
    login_get: int
    write_error: int
    doubles_log_refusals: bool
    test_connect_405: str
    is_locked: bool
    pgx: int
    drops_new_metrics: bool
    default_kind: str
    lists_duplicates: bool
    walks_folders: bool
    metrics_folder: str
    expands_addresses: bool
    reads_nothing_as_empty: bool
    enables_every_source: bool
    allows_patch: bool
    log: dict[str, str]


def dialect_of(release: Release) -> Dialect:
    """Read the ways of a release."""
    dialect = release.dialect
    return Dialect(
        json=PARSERS[dialect["json"]],
        jwt=dialect["jwt"],
        secret=dialect.get("secret"),
        redirect=dialect["redirect"],
        login_get=dialect["login-get"],
        write_error=dialect["write-error"],
        doubles_log_refusals=dialect["log-refusal"] == "doubled",
        test_connect_405=dialect["test-connect-405"],
        is_locked=dialect["is-locked"],
        pgx=dialect["pgx"],
        drops_new_metrics=dialect.get("drops-new-metrics", False),
        default_kind=dialect.get("default-kind", ""),
        lists_duplicates=dialect.get("lists-duplicates", False),
        walks_folders=dialect.get("walks-folders", False),
        metrics_folder=dialect.get("metrics-folder", ""),
        expands_addresses=dialect.get("expands-addresses", False),
        reads_nothing_as_empty=dialect.get("reads-nothing-as-empty", False),
        enables_every_source=dialect.get("enables-every-source", False),
        allows_patch=dialect.get("allows-patch", False),
        log=_log_lines(dialect["log"]),
    )


def _log_lines(given: Mapping[str, str]) -> dict[str, str]:
    """Return the lines by the names they have in ``fixtures/log_lines.yaml``.

    The oldest releases have one line for both refreshes; a time that elapsed has its unit.
    """
    both = {name: given["refreshed"] for name in ("sources-refreshed", "metrics-refreshed") if "refreshed" in given}
    return {name: line.replace("{elapsed}", "{elapsed}ms") for name, line in {**both, **given}.items()}
