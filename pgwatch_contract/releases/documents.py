"""The contract as it is for a release of pgwatch: the document, the overlay that makes it, and which one a file is."""

from pathlib import Path
from typing import Any

from pgwatch_contract.files import data_file
from pgwatch_contract.releases.overlay import Document, OverlayError, apply_overlay
from pgwatch_contract.releases.release import Release, ReleaseError, read_release, read_yaml, release_names
from pgwatch_contract.releases.since import Action, actions_of_absence, actions_of_tidiness


def release_document(name: str, spec: Path | None = None) -> Document:
    """Return the contract as it is for a release: the document after its overlay.

    Takes the name as ``read_release`` does, and the contract's file (``openapi.yaml``). Raises ReleaseError, also
    where an action of the overlay does not fit that contract.
    """
    return overlaid(read_yaml(spec or data_file("openapi.yaml")), read_release(name))


def overlaid(document: Document, release: Release) -> Document:
    """Return a contract after a release's overlay: the same where it is of that release already, as ``spec`` writes it.

    Raises ReleaseError where an action of the overlay does not fit the contract.
    """
    return document if _version_of(document) == release.name else _after_overlay(document, release)[1]


def actions_on(document: Document, release: Release) -> list[Action]:
    """Return the whole overlay that makes a contract that of a release, by the actions of the OpenAPI specification.

    Raises ReleaseError where one of them does not fit the contract.
    """
    return _after_overlay(document, release)[0]


def _after_overlay(document: Document, release: Release) -> tuple[list[Action], Document]:
    title: Action = {"target": "$.info", "update": {"title": f"{release.title} API", "version": release.name}}
    try:
        actions = [title, *actions_of_absence(document, release.name), *release.actions]
        changed = apply_overlay(document, actions)
        tidying = actions_of_tidiness(document, changed)
        return [*actions, *tidying], apply_overlay(changed, tidying) if tidying else changed
    except (OverlayError, LookupError) as error:
        raise ReleaseError(f"{release.file}: {error}") from None


def overlay_of(release: Release) -> Document:
    """Return a release's overlay of the contract as any tool takes it; raises ReleaseError as ``actions_on`` does."""
    return {
        "overlay": "1.0.0",
        "info": {"title": release.title, "version": release.name},
        "extends": "openapi.yaml",
        "actions": actions_on(read_yaml(data_file("openapi.yaml")), release),
    }


def release_of(spec: Path) -> str | None:
    """Return the release that a document is of, as ``spec --release`` writes it; None where it is of none."""
    if spec == data_file("openapi.yaml"):
        return None
    try:
        version = _version_of(read_yaml(spec))
    except ReleaseError:  # whoever loads it says so
        return None
    return version if version in release_names() else None


def _version_of(document: Any) -> str:
    info = document.get("info") if isinstance(document, dict) else None
    return str(info.get("version", "")) if isinstance(info, dict) else ""
