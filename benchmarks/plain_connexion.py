"""What a mock would cost without care: Connexion as its documentation shows it, with all its defaults.

``python -m benchmarks.plain_connexion FILE`` takes its sources from a recorded ``GET /source``. It serves those
operations of the contract that are measured, and nothing that the mock adds: no manners, no prepared answers.
"""

import copy
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import connexion
import jwt
import yaml
from connexion.resolver import Resolver

from benchmarks.recording import read_recording
from benchmarks.serving import serve

SECRET = "a secret of this benchmark, of enough bytes"
CONTRACT = Path(__file__).parent.parent / "openapi.yaml"
# Where a success is JSON and a refusal text, Connexion does not choose: handlers must name the type.
TEXT = {"Content-Type": "text/plain"}
JSON = {"Content-Type": "application/json"}
Response = tuple[Any, int] | tuple[Any, int, dict[str, str]]


def info_from_token(token: str, required_scopes: object = None) -> dict[str, Any] | None:
    """Verify a token, as an ``apikeyInfoFunc``; None refuses it."""
    try:
        claims: dict[str, Any] = jwt.decode(token, SECRET, ["HS256"])
    except jwt.PyJWTError:
        return None
    return {"sub": claims["username"], **claims}


def handlers(sources: list[dict[str, Any]]) -> dict[str, Callable[..., Any]]:
    """Return a function for each operation that is measured, by its operationId; they share a list of sources."""

    async def login(body: dict[str, Any]) -> Response:
        claims = {"authorized": True, "exp": int(time.time() + 8 * 3600), "username": body["user"]}
        token = jwt.encode(claims, SECRET, "HS256")
        return token, 200, {**TEXT, "Set-Cookie": f"token={token}; Path=/; HttpOnly; SameSite=Lax"}

    async def liveness() -> Response:
        return {"status": "ok"}, 200

    async def list_sources() -> Response:
        return sources, 200, JSON

    async def add_source(body: dict[str, Any]) -> Response:
        if any(source["Name"] == body["Name"] for source in sources):
            return "source already exists\n", 409, TEXT
        sources.append(body)
        return connexion.NoContent, 200, TEXT

    async def delete_source(name: str) -> Response:
        for source in sources:
            if source["Name"] == name:
                sources.remove(source)
                return connexion.NoContent, 200, TEXT
        return "source not found\n", 404, TEXT

    return {
        "login": login,
        "getLiveness": liveness,
        "listSources": list_sources,
        "addSource": add_source,
        "deleteSource": delete_source,
    }


async def not_measured() -> Response:
    """Stand for the operations that are not measured."""
    return "not implemented\n", 501, TEXT


def plain_app(recording: Path) -> connexion.AsyncApp:
    """Return the application."""
    (listed,) = (json.loads(part.body) for part in read_recording(recording) if part.path == "/source" and part.body)
    known = handlers(listed)
    document = copy.deepcopy(yaml.safe_load(CONTRACT.read_text(encoding="utf-8")))
    for scheme in document["components"]["securitySchemes"].values():
        scheme["x-apikeyInfoFunc"] = "benchmarks.plain_connexion.info_from_token"
    app = connexion.AsyncApp(__name__)
    app.add_api(document, resolver=Resolver(lambda operation_id: known.get(operation_id, not_measured)))
    return app


if __name__ == "__main__":
    serve(plain_app(Path(sys.argv[1])), lifespan="on")
