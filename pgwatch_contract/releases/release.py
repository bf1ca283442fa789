"""The releases of pgwatch: what ``releases/`` says of each, and the contract as it is for one of them."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from pgwatch_contract.files import data_file
from pgwatch_contract.releases.overlay import Document, OverlayError, apply_overlay

FOLDER = data_file("releases")
_VERSION = re.compile(r"(\d+\.\d+)(?:\.\d+)?(?:-[a-z0-9.]+)?")


class ReleaseError(Exception):
    """There is no such release, or its file is wrong; its text is one line."""


@dataclass(frozen=True)
class Known:
    """A deviation that a release is known to have, by its name in ``deviations.yaml``.

    ``operations`` are those at which it shows (None: as the catalogue has them); ``found`` has by clause what is found
    there, where that is not what the catalogue has; ``store`` is the one it needs (None: any); ``source`` says where it
    was seen.
    """

    name: str
    source: str
    operations: tuple[str, ...] | None = None
    store: str | None = None
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Release:
    """A family of releases that answer alike, known by the version of the first.

    ``actions`` is the overlay: what it means to do unlike the contract. ``deviations`` is the ledger: what it is known
    to do against the contract after that overlay. ``speaks`` is how it words what the contract leaves open.
    ``built_in`` says how many metrics and presets its tags have of their own, in pairs.
    """

    name: str
    file: Path
    family: str
    tags: tuple[str, ...]
    built_in: frozenset[tuple[int, int]]
    title: str
    summary: str
    watch_out: tuple[str, ...]
    actions: tuple[Mapping[str, Any], ...]
    speaks: Mapping[str, Any]
    deviations: tuple[Known, ...]

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions it stands for, as people write them: ``5.3.0``."""
        return tuple(tag.removeprefix("v") for tag in self.tags)


def release_names() -> list[str]:
    """Return the names of all releases, from the oldest to the newest."""
    names = [file.stem for file in FOLDER.glob("*.yaml")]
    return sorted(names, key=lambda name: [int(part) for part in name.split(".") if part.isdigit()])


def read_release(name: str) -> Release:
    """Return a release by its name, by a tag, or by a version: any patch level or pre-release of it.

    ``5.3``, ``v5.3.0`` and ``5.3.7`` are the same; ``3.7`` is 3.5, whose file has the tag; ``6.0.0-rc1`` is 6.0.
    Raises ReleaseError, which lists what there is, for one that nobody knows, and for a file that is wrong.
    """
    wanted = name.strip().lower().removeprefix("v")
    releases = [_read(FOLDER / f"{each}.yaml") for each in release_names()]
    exact = next((each for each in releases if wanted in (each.name, *each.versions)), None)
    if exact is not None:
        return exact
    version = _VERSION.fullmatch(wanted)
    for release in releases if version else ():
        stable = [each for each in release.versions if "-" not in each] or list(release.versions)
        if version and version[1] in (".".join(each.partition("-")[0].split(".")[:2]) for each in stable):
            return release
    raise ReleaseError(f"no release {name!r}: there are {', '.join(release_names())}, and their tags such as v5.3.0")


def release_document(name: str, spec: Path | None = None) -> Document:
    """Return the contract as it is for a release: the document after its overlay.

    Takes the name as ``read_release`` does, and the contract's file (``openapi.yaml``). Raises ReleaseError, also
    where an action of the overlay does not fit that contract.
    """
    return overlaid(_yaml(spec or data_file("openapi.yaml")), read_release(name))


def overlaid(document: Document, release: Release) -> Document:
    """Return a contract after a release's overlay: the same where it is of that release already, as ``spec`` writes it.

    Raises ReleaseError where an action of the overlay does not fit the contract.
    """
    if _version_of(document) == release.name:
        return document
    try:
        return apply_overlay(document, release.actions)
    except OverlayError as error:
        raise ReleaseError(f"{release.file}: {error}") from None


def release_of(spec: Path) -> str | None:
    """Return the release that a document is of, as ``spec --release`` writes it; None where it is of none."""
    if spec == data_file("openapi.yaml"):
        return None
    try:
        version = _version_of(_yaml(spec))
    except ReleaseError:  # whoever loads it says so
        return None
    return version if version in release_names() else None


def _version_of(document: Any) -> str:
    info = document.get("info") if isinstance(document, dict) else None
    return str(info.get("version", "")) if isinstance(info, dict) else ""


@functools.cache
def _read(file: Path) -> Release:
    content = _yaml(file)
    schema = _yaml(data_file("schemas/release.yaml"))
    for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(content):
        where = ".".join(map(str, error.instance_path)) or "the file"
        raise ReleaseError(f"{file}: {where}: {error.message}; see schemas/release.yaml")
    info, extension = content["info"], content["x-release"]
    if info["version"] != file.stem:
        raise ReleaseError(f"{file}: info.version is {info['version']!r}; it must be the file's name, {file.stem!r}")
    return Release(
        name=file.stem,
        file=file,
        family=extension["family"],
        tags=tuple(extension["tags"]),
        built_in=frozenset((each["metrics"], each["presets"]) for each in extension["built-in"]),
        title=info["title"],
        summary=extension["summary"],
        watch_out=tuple(extension["watch-out"]),
        actions=tuple(content["actions"]),
        speaks=extension["speaks"],
        deviations=tuple(map(_known, extension["deviations"])),
    )


def _known(entry: Mapping[str, Any]) -> Known:
    operations = tuple(entry["operations"]) if "operations" in entry else None
    found = {clause: tuple(texts) for clause, texts in entry.get("found", {}).items()}
    return Known(entry["name"], entry["source"], operations, entry.get("store"), found)


def _yaml(file: Path) -> Any:
    try:
        return yaml.load(file.read_bytes(), yaml.CSafeLoader)
    except OSError as error:
        raise ReleaseError(f"{file}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise ReleaseError(f"{file}: not valid YAML: {' '.join(str(error).split())}") from None
