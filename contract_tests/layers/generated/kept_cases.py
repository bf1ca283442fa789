"""Cases kept from run to run: to make them takes longer than to send them, and the same seed makes the same.

They are files in the user's cache directory, a few kilobytes each, named by all that they follow from. What cannot be
read or written there is made anew.
"""

import base64
import contextlib
import functools
import hashlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import platformdirs

from contract_tests.contract.document import Contract
from contract_tests.layers.generated.case import Case

_CODE = Path(__file__).parent.parent.parent
_MAKERS = ("hypothesis", "schemathesis", "jsonschema")
_MOST_FILES = 300
"""The oldest go: the operations of a contract are about ten, and a seed that changes makes others each time."""


def kept_cases(contract: Contract, made_of: str, make: Callable[[], list[Case]]) -> list[Case]:
    """Return the cases that were made before of the same contract, code and packages, and of ``made_of``, or make them.

    ``made_of`` says what else they follow from: operation, effort, seed.
    """
    name = hashlib.sha256(f"{contract.text}\0{_makers()}\0{made_of}".encode("utf-8", "surrogatepass")).hexdigest()
    file = platformdirs.user_cache_path("pgwatch-contract") / "cases" / f"{name}.json"
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        return [_read(each) for each in json.loads(file.read_bytes())]
    cases = make()
    with contextlib.suppress(OSError):
        _write(file, json.dumps([_written(case) for case in cases]))
    return cases


@functools.cache
def _makers() -> str:
    """Return what makes cases: the versions of the packages, and the suite's own code, which a developer changes."""
    code = hashlib.sha256()
    for file in sorted(_CODE.rglob("*.py")):
        code.update(file.read_bytes())
    packages = [f"{name} {version(name)}" for name in _MAKERS]
    return f"{sys.version_info[:2]} {packages} {code.hexdigest()}"


def _read(kept: dict[str, Any]) -> Case:
    body = base64.b64decode(kept.pop("bytes")) if "bytes" in kept else kept["body"]
    return Case(**{**kept, "query": [(name, value) for name, value in kept["query"]], "body": body})


def _written(case: Case) -> dict[str, Any]:
    if isinstance(case.body, bytes):
        return {**asdict(case), "body": None, "bytes": base64.b64encode(case.body).decode()}
    return asdict(case)


def _write(file: Path, text: str) -> None:
    """Write a file as a whole or not at all, and delete the oldest where there are too many."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=file.parent, delete=False) as whole:
        whole.write(text)
    Path(whole.name).replace(file)
    for old in sorted(file.parent.glob("*.json"), key=os.path.getmtime)[:-_MOST_FILES]:
        old.unlink(missing_ok=True)
