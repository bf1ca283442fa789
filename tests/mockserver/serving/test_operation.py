"""The compiled operations against Connexion's own chain of middlewares, from the same document.

Both must let through the same requests and refuse the same ones with the same status. What Connexion's own chain is
known to get wrong is left out here: chunked bodies, bodies without a Content-Type or with one in capitals, NaN, lone
surrogates, text bodies, trailing slashes (it redirects) and precedence among several tokens.
"""

import asyncio
from typing import Any

import connexion
import httpx
import pytest
from connexion.middleware import ConnexionMiddleware
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.console import Console
from mockserver.serving.app import create_app
from mockserver.serving.backend import Backend, create_backend
from mockserver.settings import Settings

AFTER_HANDLER = {200, 404}
"""What the mock answers to PUT and DELETE once a request has come to its handler."""


class Servers:
    """The mock and a stock Connexion application, asked in the same process."""

    def __init__(self) -> None:
        self.backend: Backend = create_backend(Settings(log_rate=0), Console(verbosity=-1))
        self.token = self.backend.tokens.issue("someone")
        self.mock = create_app(self.backend)
        self.stock = stock_application(self.backend)

    def ask(self, method: str, path: str, **request: Any) -> tuple[int, int]:
        """Return the statuses of the mock and of Connexion, 200 for whatever a handler answered."""
        both = asyncio.run(self._ask(method, path, request))
        return 200 if both[0] in AFTER_HANDLER and method in ("PUT", "DELETE") else both[0], both[1]

    async def _ask(self, method: str, path: str, request: dict[str, Any]) -> tuple[int, int]:
        statuses = []
        for app in (self.mock, self.stock):
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                statuses.append((await client.request(method, path, **request)).status_code)
        return statuses[0], statuses[1]


def stock_application(backend: Backend) -> ConnexionMiddleware:
    """Connexion with default settings, the mock's tokens, and a handler that accepts what comes to it."""

    def key_info(token: str) -> dict[str, Any] | None:
        try:
            backend.tokens.verify(token)
        except Exception:  # noqa: BLE001
            return None
        return {"sub": "someone"}

    async def handler(**given: Any) -> tuple[str, int]:
        return "", 200

    class ApiKey(connexion.security.ApiKeySecurityHandler):  # type: ignore[misc]
        def _resolve_func(self, security_scheme: Any) -> Any:
            return key_info

    app = connexion.AsyncApp(__name__, security_map={"apiKey": ApiKey})
    app.add_api(backend.contract.specification.raw, base_path="", resolver=connexion.Resolver(lambda _: handler))
    return app


@pytest.fixture(scope="module")
def servers() -> Servers:
    """The two servers."""
    return Servers()


def test_tokens(servers: Servers) -> None:
    """A token in any one place is let through, none or a bad one is 401, for every protected operation."""
    paths = [("GET", "/source"), ("DELETE", "/source?name=x"), ("GET", "/metric"), ("GET", "/preset")]
    good, bad = servers.token, servers.token[:-9] + "AAAAAAAAA"
    for method, path in paths:
        query = "&" if "?" in path else "?"
        for token, expected in ((good, 200), (bad, 401)):
            assert servers.ask(method, path, headers={"Token": token}) == (expected, expected)
            assert servers.ask(method, f"{path}{query}Token={token}") == (expected, expected)
            assert servers.ask(method, path, headers={"Cookie": f"token={token}"}) == (expected, expected)
        assert servers.ask(method, path) == (401, 401)
        assert servers.ask(method, f"{path}{query}token={good}") == (401, 401)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/liveness", 200),
        ("GET", "/readiness", 200),
        ("GET", "/nowhere", 404),
        ("PATCH", "/source", 405),
        ("POST", "/metric", 405),
        ("DELETE", "/source", 400),
        ("DELETE", "/source?name=", 400),
        ("DELETE", "/source?Name=x", 400),
        ("DELETE", "/source?name=x&more=y", 200),
    ],
)
def test_routes_and_parameters(servers: Servers, method: str, path: str, status: int) -> None:
    """Paths, methods and query parameters are told apart alike."""
    assert servers.ask(method, path, headers={"Token": servers.token}) == (status, status)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"user": "a", "password": "b"}, 200),
        ({"user": "a"}, 400),
        ({"user": 1, "password": "b"}, 400),
        ({"user": None, "password": ""}, 400),
        ([], 400),
        ("text", 400),
        ({}, 400),
        ({"user": "", "password": "", "more": 1}, 200),
    ],
    ids=repr,
)
def test_logins(servers: Servers, body: Any, status: int) -> None:
    """Login bodies are valid or not alike."""
    assert servers.ask("POST", "/login", json=body) == (status, status)


def test_content_types(servers: Servers) -> None:
    """A body that says it is something else than JSON is refused alike."""
    for content_type in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        headers = {"Token": servers.token, "Content-Type": content_type}
        assert servers.ask("POST", "/source", headers=headers, content=b"{}") == (415, 415)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.text(max_size=3),
    lambda values: st.lists(values, max_size=2) | st.dictionaries(st.text(max_size=3), values, max_size=2),
    max_leaves=4,
)
INTERVALS = st.dictionaries(st.text(max_size=3), st.floats(-1, 100) | st.integers(-1, 100), max_size=2) | st.none()
DISABLED = st.lists(
    st.fixed_dictionaries(
        {}, optional={"Metrics": st.lists(st.text(max_size=2)) | st.none(), "DisabledDays": JSON_VALUES}
    ),
    max_size=2,
)
SOURCES = st.fixed_dictionaries(
    {"Name": st.text(max_size=3), "ConnStr": st.text(max_size=3)},
    optional={
        "Group": st.text(max_size=3) | JSON_VALUES,
        "Metrics": INTERVALS | JSON_VALUES,
        "MetricsStandby": INTERVALS,
        "Kind": st.sampled_from(["postgres", "pgpool", "Postgres", ""]) | JSON_VALUES,
        "IsEnabled": st.booleans() | JSON_VALUES,
        "CustomTags": st.dictionaries(st.text(max_size=2), st.text(max_size=2) | JSON_VALUES, max_size=2) | st.none(),
        "HostConfig": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "DcsType": JSON_VALUES,
                "DcsEndpoints": st.lists(st.text(max_size=2)) | JSON_VALUES,
                "PerMetricDisabledTimes": DISABLED | JSON_VALUES,
            },
        ),
        "Unknown": JSON_VALUES,
    },
)


def test_sources(servers: Servers) -> None:
    """Bodies of sources, right and wrong in every field, are valid or not alike; both kinds come up often."""
    seen = {200: 0, 400: 0}

    @settings(max_examples=600, deadline=None, derandomize=True, database=None)
    @given(SOURCES | JSON_VALUES)
    def compare(body: Any) -> None:
        mock, stock = servers.ask("PUT", "/source", headers={"Token": servers.token}, json=body)
        assert mock == stock
        seen[mock] += 1

    compare()
    assert min(seen.values()) > 50, seen
