"""The releases of pgwatch: what ``releases/`` says of each."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from pgwatch_contract.files import data_file, schema_file
from pgwatch_contract.releases.following import Content, FollowingError, following

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

    ``actions`` is its part of the overlay: what it means to do unlike the contract, its title and the operations that
    it lacks apart. ``deviations`` is the ledger: what it is known
    to do against the contract after that overlay. ``dialect`` is how it words what the contract leaves open.
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
    dialect: Mapping[str, Any]
    deviations: tuple[Known, ...]

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions it stands for, as people write them: ``5.3.0``."""
        return tuple(tag.removeprefix("v") for tag in self.tags)


def release_names() -> list[str]:
    """Return the names of all releases, from the oldest to the newest."""
    names = [file.parent.name for file in FOLDER.glob("*/overlay.yaml")]
    return sorted(names, key=lambda name: [int(part) for part in name.split(".") if part.isdigit()])


def read_release(name: str) -> Release:
    """Return a release by its name, by a tag, or by a version: any patch level or pre-release of it.

    ``5.3``, ``v5.3.0`` and ``5.3.7`` are the same; ``3.7`` is 3.5, whose file has the tag; ``6.0.0-rc1`` is 6.0.
    Raises ReleaseError, which lists what there is, for one that nobody knows, and for a file that is wrong.
    """
    wanted = name.strip().lower().removeprefix("v")
    releases = [_read(each, FOLDER) for each in release_names()]
    exact = next((each for each in releases if wanted in (each.name, *each.versions)), None)
    if exact is not None:
        return exact
    version = _VERSION.fullmatch(wanted)
    for release in releases if version else ():
        stable = [each for each in release.versions if "-" not in each] or list(release.versions)
        if version and version[1] in (".".join(each.partition("-")[0].split(".")[:2]) for each in stable):
            return release
    raise ReleaseError(f"no release {name!r}: there are {', '.join(release_names())}, and their tags such as v5.3.0")


@functools.cache
def _read(name: str, folder: Path) -> Release:
    content, file = _content(name, folder), _file(name, folder)
    info, extension = content["info"], content["x-release"]
    return Release(
        name=name,
        file=file,
        family=extension["family"],
        tags=tuple(extension["tags"]),
        built_in=frozenset((each["metrics"], each["presets"]) for each in extension["built-in"]),
        title=info["title"],
        summary=extension["summary"],
        watch_out=tuple(extension["watch-out"].values()),
        actions=tuple({key: part for key, part in each.items() if key != "x-name"} for each in content["actions"]),
        dialect=extension["dialect"],
        deviations=tuple(_known(name, entry) for name, entry in extension["deviations"].items()),
    )


@functools.cache
def _content(name: str, folder: Path) -> Content:
    """Return the whole content of a release, what it has of those that it follows included; raises ReleaseError."""
    file = _file(name, folder)
    content = read_yaml(file)
    if before := _followed(content):
        if before not in release_names() or release_names().index(before) >= release_names().index(name):
            raise ReleaseError(f"{file}: x-release.follows: {before!r} is no release before {name}")
        try:
            content = following(_content(before, folder), content)
        except FollowingError as error:
            raise ReleaseError(f"{file}: {error}") from None
    for fault in _validator().iter_errors(content):
        where = ".".join(map(str, fault.instance_path)) or "the file"
        raise ReleaseError(f"{file}: {where}: {fault.message}; see pgwatch_contract/schemas/release.yaml")
    whole: Content = content
    if (version := whole["info"]["version"]) != name:
        raise ReleaseError(f"{file}: info.version is {version!r}; it must be the folder's name, {name!r}")
    return whole


def _followed(content: Any) -> str | None:
    """Return the release that a file says it follows; None where it says none, or is none of a release."""
    extension = content.get("x-release") if isinstance(content, dict) else None
    return extension.get("follows") if isinstance(extension, dict) else None


@functools.cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(read_yaml(schema_file("release")))


def _file(name: str, folder: Path) -> Path:
    return folder / name / "overlay.yaml"


def _known(name: str, entry: Mapping[str, Any]) -> Known:
    operations = tuple(entry["operations"]) if "operations" in entry else None
    found = {clause: tuple(texts) for clause, texts in entry.get("found", {}).items()}
    return Known(entry.get("deviation", name), entry["source"], operations, entry.get("store"), found)


def read_yaml(file: Path) -> Any:
    """Return what a YAML file holds; raises ReleaseError for one that cannot be read."""
    try:
        return yaml.load(file.read_bytes(), yaml.CSafeLoader)
    except OSError as error:
        raise ReleaseError(f"{file}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise ReleaseError(f"{file}: not valid YAML: {' '.join(str(error).split())}") from None
