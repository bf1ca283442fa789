"""The commands ``spec`` and ``diff``: the contract of a release as a document, and what changed between two."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml

from pgwatch_contract.command_line import Command, go_together, option
from pgwatch_contract.files import data_file
from pgwatch_contract.releases import differences_text, spec_text
from pgwatch_contract.releases.differences import differences, in_order
from pgwatch_contract.releases.documents import overlay_of, release_document
from pgwatch_contract.releases.overlay import Document
from pgwatch_contract.releases.release import Release, ReleaseError, read_release, release_names
from pgwatch_contract.releases.release_differences import release_differences

CONTRACT = "contract"
_SPEC = """\
Write the contract as an OpenAPI 3.0 document: the one of openapi.yaml, or that of a release of pgwatch, which is the
same after the release's overlay (releases/*/overlay.yaml).

\b
  pgwatch-contract spec
      the contract
  pgwatch-contract spec --release 5.3 -o pgwatch.yaml
      what pgwatch 5.3 means to do, for a generator of clients
  pgwatch-contract spec --release 3.7 --json
      a version between two releases: it is that of 3.5
  pgwatch-contract spec --overlay 5.3
      an OpenAPI Overlay that makes the one of the other
"""
_DIFF = """\
Say what changed between A and B, and which of it breaks a client: operations, statuses, fields, types, parameters,
manners. Each is a release of pgwatch, or contract, or a file. Between two releases also their known deviations, error
texts, tokens and lines of the log.

\b
  pgwatch-contract diff 3.5 4.0
      from one release to another
  pgwatch-contract diff contract 5.3
      what a client of the contract meets at pgwatch 5.3
  pgwatch-contract diff old.yaml new.yaml
      any two OpenAPI 3.0 documents
  pgwatch-contract diff 5.3 6.0 --fail-on-breaking --markdown
      for a job summary, red if a client has to change

A change breaks a client if one that was written for A can fail at B, or rely on what no longer is. Words, examples and
links are not compared.
"""
_DIFF_EPILOG = "Exit code: 0 done; 1 with --fail-on-breaking, if a change breaks a client; 2 if it cannot be done."


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: its name for readers, its document, and the release if it is one."""

    name: str
    document: Document
    release: Release | None = None


def _spec(**given: Any) -> int:
    go_together(given, "release", "overlay")
    try:
        text = (
            _overlay_text(given["overlay"], given["json"])
            if given["overlay"]
            else _spec_text(given["release"], given["json"])
        )
        if given["output"] is None:
            print(text, end="")
        else:
            given["output"].write_text(text, encoding="utf-8")
    except ReleaseError as error:
        return _impossible("spec", str(error))
    except OSError as error:
        return _impossible("spec", f"cannot write {given['output']}: {error.strerror}")
    return 0


SPEC = Command(
    "spec",
    _spec,
    {
        "which": [
            option(
                "--release", metavar="X", show_default="the contract", text="the release, such as 5.3, or a tag of it"
            ),
            option("--overlay", metavar="X", text="in place of the release's document its overlay, for other tools"),
        ],
        "in which form": [
            option("--output", "-o", metavar="FILE", read=Path, show_default="print it", text="the file to write"),
            option("--json", is_flag=True, text="JSON in place of YAML"),
        ],
    },
    help=_SPEC,
    epilog=f"The releases: {', '.join(release_names())}. Exit code: 0 done, 2 not possible.",
)


def _diff(**given: Any) -> int:
    go_together(given, "json", "markdown")
    try:
        old, new = _side(given["a"]), _side(given["b"])
        changes = differences(old.document, new.document)
    except (ReleaseError, LookupError) as error:
        return _impossible("diff", str(error))
    if old.release and new.release:
        changes = in_order([*changes, *release_differences(old.release, new.release)])
    form = differences_text.as_json if given["json"] else differences_text.as_terminal
    form = differences_text.as_markdown if given["markdown"] else form
    print(form(old.name, new.name, changes), end="")
    return int(given["fail_on_breaking"] and any(change.is_breaking for change in changes))


DIFF = Command(
    "diff",
    _diff,
    {
        "in which form": [
            option("--json", is_flag=True, text="as JSON"),
            option("--markdown", is_flag=True, text="as Markdown"),
        ],
        "what counts": [option("--fail-on-breaking", is_flag=True, text="exit code 1 if a change breaks a client")],
    },
    [click.Argument(["a"]), click.Argument(["b"])],
    help=_DIFF,
    epilog=_DIFF_EPILOG,
)


def _overlay_text(release: str, as_json: bool) -> str:
    overlay = overlay_of(read_release(release))
    return spec_text.as_json(overlay) if as_json else spec_text.as_yaml(overlay)


def _spec_text(release: str | None, as_json: bool) -> str:
    if release is None and not as_json:
        return data_file("openapi.yaml").read_text(encoding="utf-8")  # with its own comments and layout
    document = spec_text.in_reading_order(_side(release or CONTRACT).document)
    return spec_text.as_json(document) if as_json else spec_text.as_yaml(document)


def _side(name: str) -> Side:
    """Return what a word on the command line stands for; raises ReleaseError."""
    if name == CONTRACT:
        return Side("the contract", _document(data_file("openapi.yaml")))
    if Path(name).is_file():
        return Side(name, _document(Path(name)))
    try:
        release = read_release(name)
    except ReleaseError as error:
        raise ReleaseError(
            f"{error}; besides, {CONTRACT!r} and files" if "no release" in str(error) else error
        ) from None
    return Side(f"{release.title}", release_document(name), release)


def _document(file: Path) -> Document:
    try:
        document = yaml.load(file.read_bytes(), yaml.CSafeLoader)
    except OSError as error:
        raise ReleaseError(f"{file}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise ReleaseError(f"{file}: neither YAML nor JSON: {' '.join(str(error).split())}") from None
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise ReleaseError(f"{file}: not an OpenAPI document: it has no paths")
    return document


def _impossible(command: str, why: str) -> int:
    print(f"pgwatch-contract {command}: {why}", file=sys.stderr)
    return 2
