"""The commands ``spec`` and ``diff``: the contract of a release as a document, and what changed between two."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from pgwatch_contract.files import data_file
from pgwatch_contract.help_format import HelpFormatter
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

  pgwatch-contract spec                                the contract
  pgwatch-contract spec --release 5.3 -o pgwatch.yaml  what pgwatch 5.3 means to do, for a generator of clients
  pgwatch-contract spec --release 3.7 --json           a version between two releases: it is that of 3.5
  pgwatch-contract spec --overlay 5.3                  an OpenAPI Overlay that makes the one of the other
"""
_DIFF = """\
Say what changed between two releases of pgwatch, and which of it breaks a client: operations, statuses, fields, types,
parameters, manners. Between two releases also their known deviations, error texts, tokens and lines of the log.

  pgwatch-contract diff 3.5 4.0            from one release to another
  pgwatch-contract diff contract 5.3       what a client of the contract meets at pgwatch 5.3
  pgwatch-contract diff old.yaml new.yaml  any two OpenAPI 3.0 documents
  pgwatch-contract diff 5.3 6.0 --fail-on-breaking --markdown >> $GITHUB_STEP_SUMMARY

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


def spec(arguments: Sequence[str]) -> int:
    """Write the contract, or that of a release, to a file or to standard output; return 0, or 2 with a line why not."""
    parser = _parser("spec", _SPEC, f"The releases: {', '.join(release_names())}. Exit code: 0 done, 2 not possible.")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--release", metavar="X", help="the release, such as 5.3, or a tag of it (default: the contract)"
    )
    which.add_argument("--overlay", metavar="X", help="in place of the release's document its overlay, for other tools")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="the file to write (default: print it)")
    parser.add_argument("--json", action="store_true", help="JSON in place of YAML")
    given = parser.parse_args(list(arguments))
    try:
        text = _overlay_text(given.overlay, given.json) if given.overlay else _spec_text(given.release, given.json)
        if given.output is None:
            print(text, end="")
        else:
            given.output.write_text(text, encoding="utf-8")
    except ReleaseError as error:
        return _impossible("spec", str(error))
    except OSError as error:
        return _impossible("spec", f"cannot write {given.output}: {error.strerror}")
    return 0


def diff(arguments: Sequence[str]) -> int:
    """Print what changed between two documents; return 0, 1 (``--fail-on-breaking``, and something does) or 2."""
    parser = _parser("diff", _DIFF, _DIFF_EPILOG)
    parser.add_argument("old", metavar="A", help=f"a release, or {CONTRACT}, or a file")
    parser.add_argument("new", metavar="B", help="the same, for the newer one")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const=differences_text.as_json, help="as JSON")
    form.add_argument("--markdown", dest="form", action="store_const", const=differences_text.as_markdown,
                      help="as Markdown")  # fmt: skip
    parser.add_argument("--fail-on-breaking", action="store_true", help="exit code 1 if a change breaks a client")
    given = parser.parse_args(list(arguments))
    try:
        old, new = _side(given.old), _side(given.new)
        changes = differences(old.document, new.document)
    except (ReleaseError, LookupError) as error:
        return _impossible("diff", str(error))
    if old.release and new.release:
        changes = in_order([*changes, *release_differences(old.release, new.release)])
    form_of: Callable[..., str] = given.form or differences_text.as_terminal
    print(form_of(old.name, new.name, changes), end="")
    return int(given.fail_on_breaking and any(change.is_breaking for change in changes))


def _parser(command: str, description: str, epilog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=f"pgwatch-contract {command}",
        description=description,
        epilog=epilog,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
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
