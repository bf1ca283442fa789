"""The contract as the suite reads it: operations and what the document says of them."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from contract_tests.errors import NotJudged
from pgwatch_contract.references import expanded
from pgwatch_contract.releases.documents import release_document
from pgwatch_contract.releases.release import ReleaseError

METHODS = ("get", "post", "put", "delete", "patch", "head")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
JSON = "application/json"
NOBODY = "contract-nobody"
"""A name that nothing has, to stand in a path."""
Document = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One operation: ``document`` is its part of the contract with all references resolved."""

    id: str
    method: str
    path: str
    document: Document
    protected: bool

    @property
    def label(self) -> str:
        """The operation as a person writes it: ``POST /source``."""
        return f"{self.method} {self.path}"

    @property
    def pointer(self) -> str:
        """Where it stands in the contract, as a JSON pointer."""
        return f"/paths/{self.path.replace('~', '~0').replace('/', '~1')}/{self.method.lower()}"

    @property
    def body(self) -> Document | None:
        """The body it takes: content type to media type object; None if it takes none."""
        content: Document | None = self.document.get("requestBody", {}).get("content")
        return content

    @property
    def takes_json(self) -> bool:
        """Whether its body is JSON."""
        return JSON in (self.body or {})

    @property
    def name_in(self) -> str:
        """Where the name of what it is about stands: ``path``, ``query``, or empty for in its body or nowhere."""
        places = [each["in"] for each in self.document.get("parameters", ()) if each["name"] == "name"]
        return places[0] if places else ""

    def at(self, name: str) -> str:
        """Return its path for what has a name; the path alone where the name stands elsewhere."""
        return self.path.replace("{name}", quote(name, safe=""))

    def query(self, *names: str) -> list[tuple[str, str]]:
        """Return its query for what has a name, or for several names; nothing where the name stands elsewhere."""
        return [("name", name) for name in names] if self.name_in == "query" else []

    @property
    def writes(self) -> bool:
        """Whether asking for it can change something at the server, or have it do something beyond answering."""
        return self.method not in SAFE_METHODS and self.id != "login"

    @property
    def kind(self) -> str:
        """``metrics`` or ``presets`` where it is about those, else empty."""
        return next((tag for tag in self.document.get("tags", ()) if tag in ("metrics", "presets")), "")

    @property
    def takes_several(self) -> bool:
        """Whether its body holds metrics, or presets, by their names."""
        return bool(self.kind) and self.takes_json and not self.name_in

    @property
    def success(self) -> int:
        """The lowest documented status: the one of an answer to a request that is in order."""
        return min(self.statuses)

    @cached_property
    def statuses(self) -> dict[int, Document]:
        """The documented answers by status."""
        return {int(status): response for status, response in self.document["responses"].items() if status.isdigit()}

    def __str__(self) -> str:
        return self.label


class Contract:
    """An OpenAPI 3.0 document, loaded. ``document`` is as the file has it, ``resolved`` has no references."""

    def __init__(self, document: Document, file: Path) -> None:
        self.document = document
        self.file = file
        self.resolved: Document = expanded(document, document)
        self.version: str = document["info"]["version"]
        self.manners: Document = document["x-http-manners"]
        security = document.get("security", [])
        self.operations = {
            part["operationId"]: Operation(
                part["operationId"], method.upper(), path, part, bool(part.get("security", security))
            )
            for path, item in self.resolved["paths"].items()
            for method, part in item.items()
            if method in METHODS
        }

    @cached_property
    def text(self) -> str:
        """The whole document as JSON."""
        return json.dumps(self.document, default=str)

    @property
    def server(self) -> str:
        """The URL that the document gives for a server, which is the mock's default too."""
        url: str = self.document["servers"][0]["url"]
        return url

    def operation_of(self, method: str, path: str) -> Operation | None:
        """Return the operation that a request asks for, None if the document has none."""
        return next((each for each in self._at_path(path) if each.method == method), None)

    def methods_of(self, path: str) -> list[str]:
        """Return the methods that a path has, OPTIONS and documented HEAD included."""
        methods = [each.method for each in self._at_path(path)]
        return [*methods, *(["HEAD"] if path in self.manners["head"]["paths"] else []), "OPTIONS"]

    @cached_property
    def session_cookies(self) -> list[str]:
        """The names of the cookies that hold a token."""
        schemes = self.part("/components/securitySchemes").values()
        return [scheme["name"] for scheme in schemes if scheme["in"] == "cookie"]

    def is_of_session(self, cookie: str) -> bool:
        """Say whether a line of Set-Cookie is about the session, by name or value: a balancer sets others."""
        name, _, value = cookie.partition(";")[0].strip().partition("=")
        return name in self.session_cookies or value.startswith("eyJ")

    @property
    def paths(self) -> list[str]:
        """All paths, each with a name that nothing has where it holds one."""
        return list(dict.fromkeys(each.at(NOBODY) for each in self.operations.values()))

    @property
    def probe(self) -> Operation:
        """The first operation that only reads: a health probe, in releases that have one."""
        return next(each for each in self.operations.values() if each.method == "GET")

    def _at_path(self, path: str) -> list[Operation]:
        return [each for each in self.operations.values() if self._patterns[each.path].fullmatch(path)]

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        paths = {each.path for each in self.operations.values()}
        return {path: re.compile(re.escape(path).replace(r"\{name\}", "[^/]+")) for path in paths}

    @property
    def websocket(self) -> Document:
        """The part on the log stream."""
        part: Document = next(
            each.document["x-websocket"] for each in self.operations.values() if "x-websocket" in each.document
        )
        return part

    def part(self, pointer: str) -> Any:
        """Return what stands at a JSON pointer; raises KeyError where nothing does."""
        node: Any = self.resolved
        for step in pointer.strip("/").split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            node = node[int(key)] if isinstance(node, list) else node[key]
        return node


def load_contract(file: Path, release: str | None = None) -> Contract:
    """Read a contract from a YAML or JSON file, as it is or as a release of pgwatch means to keep it.

    Raises NotJudged with one line where it is no contract, or there is no such release.
    """
    try:
        if release is not None:
            return Contract(release_document(release, file), file)
        text = file.read_text(encoding="utf-8")
        document = json.loads(text) if file.suffix == ".json" else yaml.load(text, _Loader)  # noqa: S506  # a safe one
        return Contract(document, file)
    except ReleaseError as error:
        raise NotJudged(str(error)) from None
    except OSError as error:
        raise NotJudged(f"{file}: {error.strerror}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise NotJudged(f"{file}: not a YAML document: {' '.join(str(error).split())}") from None
    except (KeyError, TypeError, StopIteration) as error:
        raise NotJudged(f"{file}: not a contract of pgwatch's API: {error!r} is missing") from None
    except LookupError as error:
        raise NotJudged(f"{file}: not a contract of pgwatch's API: {error}") from None


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
