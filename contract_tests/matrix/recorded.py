"""The recorded verdicts on real servers, one file for each release and store in ``releases/*/verdicts/``."""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from contract_tests.contract.clauses import SERVER
from contract_tests.judging.verdict import BROKEN, KEPT, NOT_JUDGED
from contract_tests.matrix.errors import MatrixError
from pgwatch_contract.files import data_file, schema_file

DOES_NOT_APPLY = "does not apply"
"""The word for a clause that is about operations which a release does not have."""
WORDS = (KEPT, BROKEN, NOT_JUDGED, DOES_NOT_APPLY)
STORES = ("yaml", "postgres")
"""Where a server keeps its sources, in the order of the columns."""
FORMAT = 2


@dataclass(frozen=True)
class Failure:
    """A clause that a server broke, on all operations (SERVER: none) that showed it alike, with an example.

    ``found`` has by operation all that was found there, as ledgers know it.
    """

    clause: str
    expected: str
    actual: str
    found: Mapping[str, tuple[str, ...]]

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that showed it."""
        return tuple(self.found)


@dataclass(frozen=True)
class Recorded:
    """The verdict on one real server.

    ``version`` is what was run, such as 3.7.0 for the release 3.5; ``date`` a day as in 2030-01-02. ``labels`` gives
    the operations as people write them; ``clauses`` has, by clause and word, operationIds (SERVER: the server as a
    whole); a clause that does not apply has none, and one that is younger than the verdict is not there.
    """

    release: str
    store: str
    version: str
    date: str
    effort: str
    seed: int
    contract: str
    labels: Mapping[str, str]
    clauses: Mapping[str, Mapping[str, tuple[str, ...]]]
    failures: tuple[Failure, ...]

    @property
    def name(self) -> str:
        """What its file is called, without the ending."""
        return f"{self.release}-{self.store}"

    def label(self, operation: str) -> str:
        """Return an operation as a person writes it; ``the server`` for the server as a whole."""
        return "the server" if operation == SERVER else self.labels.get(operation, operation)


def read_recorded(folder: Path | None = None) -> list[Recorded]:
    """Return all recorded verdicts, those of the oldest release first.

    Takes the folder; by default the project's own. Raises MatrixError for a folder or a file that is not as it should
    be.
    """
    if folder is not None and not folder.is_dir():
        raise MatrixError(f"{folder} is no folder; --record makes one")
    files = folder.glob("*.json") if folder else data_file("releases").glob("*/verdicts/*.json")
    found = list(map(_read, files))
    return sorted(found, key=lambda each: (_number(each.release), STORES.index(each.store)))


def as_text(recorded: Recorded) -> str:
    """Return a verdict as its file has it: JSON with one clause, operation or failure on each line."""
    head = {
        "format": FORMAT,
        "release": recorded.release,
        "store": recorded.store,
        "version": recorded.version,
        "date": recorded.date,
        "effort": recorded.effort,
        "seed": recorded.seed,
        "contract": recorded.contract,
    }
    clauses = {
        clause: {word: _names(operations) for word, operations in words.items()}
        for clause, words in recorded.clauses.items()
    }
    failures = [
        {"clause": each.clause, "expected": each.expected, "actual": each.actual, "found": each.found}
        for each in recorded.failures
    ]
    lists = (
        ("operations", _block("{", _pairs(recorded.labels), "}")),
        ("clauses", _block("{", _pairs(clauses), "}")),
        ("failures", _block("[", map(_json, failures), "]")),
    )
    parts = [*_pairs(head), *(f'"{key}": {block}' for key, block in lists)]
    return "{\n" + ",\n".join(f"  {part}" for part in parts) + "\n}\n"


def from_data(data: Mapping[str, Any], where: str) -> Recorded:
    """Return the verdict that a file holds; ``where`` names it in errors. Raises MatrixError where data do not fit."""
    for error in _validator("recorded-verdict").iter_errors(data):
        place = "/".join(map(str, error.instance_path)) or "the file"
        raise MatrixError(f"{where}: {place}: {error.message}; see pgwatch_contract/schemas/recorded-verdict.yaml")
    failures = (
        Failure(
            each["clause"],
            each["expected"],
            each["actual"],
            {operation: tuple(found) for operation, found in each["found"].items()},
        )
        for each in data["failures"]
    )
    clauses = {
        clause: {word: _operations(names) for word, names in words.items()} for clause, words in data["clauses"].items()
    }
    return Recorded(
        data["release"],
        data["store"],
        data["version"],
        data["date"],
        data["effort"],
        data["seed"],
        data["contract"],
        data["operations"],
        clauses,
        tuple(failures),
    )


def _read(file: Path) -> Recorded:
    try:
        data = json.loads(file.read_bytes())
    except OSError as error:
        raise MatrixError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise MatrixError(f"{file}: not JSON: {error}; record the verdict again") from None
    recorded = from_data(data, str(file))
    if file.stem != recorded.name:
        raise MatrixError(f"{file}: it is about {recorded.name}: name it {recorded.name}.json")
    return recorded


@functools.cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    schema = yaml.safe_load(schema_file(name).read_text(encoding="utf-8"))
    return jsonschema_rs.Draft202012Validator(schema)


def _number(release: str) -> list[int]:
    return [int(part) for part in release.split(".")]


def _names(operations: tuple[str, ...]) -> list[str | None]:
    return [operation or None for operation in operations]


def _operations(names: list[str | None]) -> tuple[str, ...]:
    return tuple(name or SERVER for name in names)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _pairs(values: Mapping[str, object]) -> Iterator[str]:
    return (f"{_json(key)}: {_json(value)}" for key, value in values.items())


def _block(opening: str, rows: Iterable[str], closing: str) -> str:
    lines = ",\n".join(f"    {row}" for row in rows)
    return f"{opening}\n{lines}\n  {closing}" if lines else f"{opening}{closing}"
