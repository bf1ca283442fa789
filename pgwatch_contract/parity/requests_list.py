"""The list of requests for a release: read from ``requests/`` beside it, as far as its conditions hold."""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from pgwatch_contract.files import schema_file
from pgwatch_contract.parity.entry import Entry, Written, entry_of
from pgwatch_contract.parity.errors import NotPossible
from pgwatch_contract.parity.tokens import FORGED, placeholders
from pgwatch_contract.releases.release import Release

FOLDER = Path(__file__).parent / "requests"
_CONDITIONS = ("only", "from", "until", "store", "not-store")


def read_requests(release: Release, store: str = "yaml", folder: Path = FOLDER) -> tuple[Entry, ...]:
    """Return the requests for a release and a store (``yaml`` or ``postgres``), in the order in which they are played.

    Left out are those whose conditions do not hold, and those with a forged token where nobody knows the secret that
    the release signs with. Raises NotPossible for a file that is wrong, and for an id that comes twice.
    """
    entries: dict[str, Entry] = {}
    for file in sorted(folder.glob("*.yaml")):
        content = _read(file)
        for written in content["requests"]:
            merged = {**content.get("all", {}), **written}
            for flat in _expanded(merged, release, store):
                entry = entry_of(flat)
                if release.dialect.get("secret") is None and _takes_secret(entry):
                    continue
                if entry.id in entries:
                    raise NotPossible(f"{file}: the id {entry.id!r} comes twice; ids have to differ")
                entries[entry.id] = entry
    return tuple(entries.values())


def read_checked(file: Path, schema: str) -> Any:
    """Return what a YAML file holds; raises NotPossible if it cannot be read or does not fit that schema."""
    try:
        content = yaml.load(file.read_bytes(), yaml.CSafeLoader)
    except OSError as error:
        raise NotPossible(f"{file}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise NotPossible(f"{file}: not valid YAML: {' '.join(str(error).split())}") from None
    validator = jsonschema_rs.Draft202012Validator(yaml.load(schema_file(schema).read_bytes(), yaml.CSafeLoader))
    for fault in validator.iter_errors(content):
        where = ".".join(map(str, fault.instance_path)) or "the file"
        raise NotPossible(f"{file}: {where}: {fault.message[:200]}; see pgwatch_contract/schemas/{schema}.yaml")
    return content


@functools.cache
def _read(file: Path) -> Any:
    return read_checked(file, "requests")


def _expanded(written: Written, release: Release, store: str) -> Iterator[Written]:
    if not _holds(written, release, store):
        return
    for name, one in _variants(written):
        identity = f"{written['id']}.{name}" if name else written["id"]
        kept = {key: value for key, value in one.items() if key not in _CONDITIONS and key != "follow"}
        yield _with_text(kept | {"id": identity})
        for number, following in enumerate(written.get("follow", []), 1):
            yield from _expanded({"id": f"{identity}.then.{number}", **following}, release, store)


def _variants(written: Written) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(written["send"], Sequence) and not isinstance(written["send"], str):
        yield from ((str(number), {**written, "send": line}) for number, line in enumerate(written["send"], 1))
        return
    for several, single in (("bodies", "body"), ("tokens", "token"), ("headers-each", "headers")):
        if several in written:
            rest = {key: value for key, value in written.items() if key != several}
            for name, value in written[several].items():
                yield str(name), {**rest, single: value}
            return
    yield "", written


def _with_text(written: Mapping[str, Any]) -> Written:
    if "json" not in written:
        return written
    text = json.dumps(written["json"], ensure_ascii=False, separators=(",", ":"))
    return {key: value for key, value in written.items() if key != "json"} | {"body": text}


def _holds(written: Written, release: Release, store: str) -> bool:
    version = _number(release.name)
    return (
        release.name in written.get("only", [release.name])
        and _number(written.get("from", "0")) <= version <= _number(written.get("until", "99"))
        and written.get("store", store) == store
        and written.get("not-store") != store
    )


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _takes_secret(entry: Entry) -> bool:
    request = entry.request
    text = "\n".join([request.target, *(value for _, value in request.headers)]).encode() + (request.body or b"")
    return bool(placeholders(text) & FORGED.keys())
