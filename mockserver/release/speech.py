"""How a release words and does what the contract leaves open: the ``speaks`` of its file."""

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
class Speech:
    """One release's ways. ``redirect``, ``login_get`` and ``write_error`` are statuses; ``secret`` None means random.

    ``pgx``: the minor version of pgx 5. ``drops_new_metrics``: whether PostgreSQL loses them.

    ``default_kind``: what a source without Kind in a YAML file is read as. ``lists_duplicates``: whether sources of one
    name in such a file are all listed, or make it one that cannot be read.

    ``walks_folders``: whether a folder of files is read with the folders in it. ``metrics_folder``: what comes of a
    folder given as metrics, "refused" or "unreadable"; empty where it is read.

    ``expands_addresses``: whether ConnStr and Group name environment variables too, as the other texts of a source
    do. That came with the lock (5.0).
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
    log: dict[str, str]

    @property
    def expands_addresses(self) -> bool:
        """Whether ConnStr and Group are expanded like the other texts."""
        return self.is_locked


def speech_of(release: Release) -> Speech:
    """Read the ways of a release."""
    speaks = release.speaks
    return Speech(
        json=PARSERS[speaks["json"]],
        jwt=speaks["jwt"],
        secret=speaks.get("secret"),
        redirect=speaks["redirect"],
        login_get=speaks["login-get"],
        write_error=speaks["write-error"],
        doubles_log_refusals=speaks["log-refusal"] == "doubled",
        test_connect_405=speaks["test-connect-405"],
        is_locked=speaks["is-locked"],
        pgx=speaks["pgx"],
        drops_new_metrics=speaks.get("drops-new-metrics", False),
        default_kind=speaks.get("default-kind", ""),
        lists_duplicates=speaks.get("lists-duplicates", False),
        walks_folders=speaks.get("walks-folders", False),
        metrics_folder=speaks.get("metrics-folder", ""),
        log=_log_lines(speaks["log"]),
    )


def _log_lines(given: Mapping[str, str]) -> dict[str, str]:
    """Return the lines by the names they have in ``fixtures/log_lines.yaml``.

    The oldest releases have one line for both refreshes; a time that elapsed has its unit.
    """
    both = {name: given["refreshed"] for name in ("sources-refreshed", "metrics-refreshed") if "refreshed" in given}
    return {name: line.replace("{elapsed}", "{elapsed}ms") for name, line in {**both, **given}.items()}
