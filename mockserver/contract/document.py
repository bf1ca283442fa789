"""The contract: loads ``openapi.yaml``, checks it and answers questions about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml
from connexion.spec import Specification

from mockserver.errors import StartupError
from mockserver.go.yaml_nodes import Node, parse_document, read_bytes, walk
from mockserver.go.yaml_values import Misfit, plain_data
from pgwatch_contract.files import schema_file
from pgwatch_contract.releases import spec_text
from pgwatch_contract.releases.overlay import Document

WEBSOCKET = "x-websocket"
MANNERS = "x-http-manners"


@dataclass(frozen=True)
class Contract:
    """A valid contract: the file, its text, and the document in Connexion's form (every ``$ref`` resolved).

    ``is_changed`` says that the document is another than the file's.
    """

    file: Path
    text: bytes
    specification: Specification
    is_changed: bool = False

    @property
    def version(self) -> str:
        """The contract's own version."""
        return str(self.specification["info"]["version"])

    @property
    def manners(self) -> dict[str, Any]:
        """What holds for every path: the content of ``x-http-manners``."""
        manners: dict[str, Any] = self.specification[MANNERS]
        return manners

    def as_yaml(self) -> bytes:
        """Return the document as YAML: as it stands in its file, or as ``spec`` writes it where it is another."""
        if not self.is_changed:
            return self.text
        return spec_text.as_yaml(spec_text.in_reading_order(self.specification.raw)).encode()

    def schema(self, name: str) -> dict[str, Any]:
        """Return the schema of that name from the document's components; raises StartupError if it has none."""
        schemas: dict[str, Any] = self.specification.get("components", {}).get("schemas", {})
        if name not in schemas:
            raise StartupError(f"components.schemas has no {name}, which the mock server needs", self.file)
        schema: dict[str, Any] = schemas[name]
        return schema

    def websocket(self) -> dict[str, Any]:
        """Return the ``x-websocket`` of the operation that has one; raises StartupError if none has."""
        for path in self.specification["paths"].values():
            for operation in path.values():
                if WEBSOCKET in operation:
                    found: dict[str, Any] = operation[WEBSOCKET]
                    return found
        raise StartupError(f"no operation has {WEBSOCKET}, which describes the log stream", self.file)


def load_contract(file: Path, change: Callable[[Document], Document] | None = None) -> Contract:
    """Read and check a contract, which a function may change before.

    Raises StartupError, with the line where there is one, for a file that cannot be read, is not YAML, is not valid
    OpenAPI 3.0, or whose extensions do not fit their schemas.
    """
    text = read_bytes(file)
    root = parse_document(text, file).root
    written = _plain_document(root, file)
    document = change(written) if change else written
    try:
        specification = Specification.from_dict(document)
    except Exception as error:  # noqa: BLE001  # Connexion lets the errors of half a dozen libraries through
        path = list(getattr(error, "absolute_path", ()))
        where = f" at {'.'.join(map(str, path))}" if path else ""
        reason = getattr(error, "message", None) or str(error)
        line = line_of(root, path) if path else None
        raise StartupError(f"not a valid OpenAPI 3.0 document{where}: {reason}", file, line) from None
    contract = Contract(file, text, specification, is_changed=document is not written)
    _check_extension(MANNERS, specification.get(MANNERS), file)
    _check_extension(WEBSOCKET, contract.websocket(), file)
    return contract


def version_in(file: Path) -> str:
    """Return the version that a contract says it has, and look at nothing else; empty where it says none.

    Raises StartupError for a file that cannot be read, or is not YAML.
    """
    document = _plain_document(parse_document(read_bytes(file), file).root, file)
    info = document.get("info") if isinstance(document, dict) else None
    return str(info.get("version", "")) if isinstance(info, dict) else ""


def _plain_document(root: Node | None, file: Path) -> Any:
    """Return a contract as plain data; raises StartupError for one that refers to what is outside of it.

    Connexion would ask the network for it, and jsonschema-rs too.
    """
    for node in walk(root) if root else ():
        for key, value in node.mapping or ():
            if key.text == "$ref" and value.is_scalar and not value.text.startswith("#"):
                where = f"$ref {value.text[:100]!r} leads out of the document"
                reason = f"{where}: only references that begin with # are followed"
                raise StartupError(reason, file, value.line)
    try:
        return plain_data(root) if root else None
    except Misfit as misfit:
        raise StartupError(str(misfit), file, misfit.line) from None


def line_of(root: Node | None, path: Iterable[Any]) -> int | None:
    """Return the line, from 1, at which the value at a path of keys and indexes stands in a document."""
    node = root
    for step in path:
        if node is not None and node.items is not None:
            node = node.items[step]
        elif node is not None and node.mapping is not None:
            node = next((value for key, value in node.mapping if key.text == str(step)), node)
    return None if node is None else node.line


def _check_extension(name: str, value: Any, file: Path) -> None:
    schema = yaml.load(schema_file(name).read_bytes(), yaml.CSafeLoader)
    for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(value):
        where = ".".join(map(str, [name, *error.instance_path]))
        raise StartupError(f"{where}: {error.message}", file)
