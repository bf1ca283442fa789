"""What is used of other packages beyond their documentation is there; a red test says which module stands on it."""

import importlib
from operator import attrgetter

import pytest

USED = [
    ("connexion.middleware", "SpecMiddleware.add_api", "mockserver/serving/connexion_api.py"),
    ("connexion.middleware", "ConnexionMiddleware._build_middleware_stack", "mockserver/serving/connexion_api.py"),
    ("connexion.middleware.lifespan", "LifespanMiddleware", "mockserver/serving/connexion_api.py"),
    ("connexion.spec", "Specification.from_dict", "mockserver/contract/document.py"),
    ("connexion.operations", "OpenAPIOperation.from_spec", "mockserver/serving/connexion_api.py"),
    ("connexion.security", "SecurityHandlerFactory.parse_security_scheme", "mockserver/serving/security.py"),
    ("uvicorn.protocols.http.httptools_impl", "HttpToolsProtocol.on_headers_complete", "mockserver/http/protocol.py"),
    ("uvicorn.protocols.http.httptools_impl", "HttpToolsProtocol.on_body", "mockserver/http/protocol.py"),
    ("uvicorn.protocols.http.httptools_impl", "HttpToolsProtocol.on_response_complete", "mockserver/http/protocol.py"),
    ("uvicorn.protocols.http.flow_control", "FlowControl", "mockserver/http/protocol.py"),
    ("uvicorn", "Server.handle_exit", "mockserver/serving/server.py"),
    ("hypothesis.internal.conjecture.providers", "_get_local_constants", "contract_tests/run/chance.py"),
    ("hypothesis.internal.conjecture.providers", "_local_constants", "contract_tests/run/chance.py"),
    ("schemathesis.schemas", "BaseSchema.iter_coverage_cases", "contract_tests/layers/generated/cases.py"),
]


@pytest.mark.parametrize(("package", "name", "module"), USED, ids=lambda part: part)
def test_what_is_used_is_there(package: str, name: str, module: str) -> None:
    """A new version that lacks it breaks one module, where it says what it is used for."""
    try:
        attrgetter(name)(importlib.import_module(package))
    except (ImportError, AttributeError) as error:
        pytest.fail(f"{error}: look at {module}")
