"""``verify`` against a URL: what reaches the server, counted by a proxy in between, and what it leaves there."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import accumulate
from pathlib import Path

import httpx
import jwt
import pytest

from contract_tests.contract.clauses import LAYERS
from tests.conftest import ROOT, Server
from tests.support.counting_proxy import CountingProxy
from tests.support.verify_helpers import verify

SECRET = "known-secret-of-the-server-of-these-tests"
LOGIN = {"PGWATCH_CONTRACT_USER": "admin", "PGWATCH_CONTRACT_PASSWORD": "pa55word"}


@pytest.fixture
def server(start: Callable[..., Server]) -> Server:
    """A server with credentials and a known secret."""
    return start("--quiet", "--log-rate", "20", "--user", "admin", "--password", "pa55word", "--jwt-secret", SECRET)


@pytest.fixture
def proxy(server: Server) -> Iterator[CountingProxy]:
    """A counting proxy in front of it."""
    counting = CountingProxy(server.address)
    yield counting
    counting.close()


def sources(server: Server) -> list[dict[str, object]]:
    answer = httpx.get(f"{server.url}/source", headers={"Token": server.login("admin", "pa55word")})
    listed: list[dict[str, object]] = answer.json()
    return listed


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "options",
    [
        ("--quick",),
        ("--quick", "--jwt-secret", SECRET, "--database", "host=reachable.example.com"),
        ("--quick", "--rate", "200", "--wait", "5", "--insecure", "--seed", "7", "--", "-x"),
        ("--quick", "--cors-origin", "http://localhost:4000", "--", "-k", "not log"),
        *[pytest.param(("--quick", "--layer", layer), marks=pytest.mark.once) for layer in LAYERS],
    ],
    ids=" ".join,
)
def test_a_url_is_read_only(server: Server, proxy: CountingProxy, options: tuple[str, ...]) -> None:
    """Whatever options are given, without --allow-writes nothing but reading and signing in reaches the server."""
    before = sources(server)
    result = verify(proxy.url, *options)
    only_writes = options[1:] in (("--layer", "stateful"), ("--layer", "concurrency"))
    assert result.returncode in ((2,) if only_writes else (0, 1)), result.stderr
    assert only_writes or ("POST", "/login") in [(method, target) for method, target, _ in proxy.requests]
    assert proxy.writes == []
    assert sources(server) == before


def names_in(text: str) -> set[str]:
    try:
        return {value for key, value in json.loads(text).items() if key.lower() == "name"}
    except (ValueError, RecursionError):
        found = re.match(r'\{"Name"\s*:\s*"([^"]*)', text)
        return {found[1] if found else text}


def names_written(proxy: CountingProxy) -> set[str]:
    written = set()
    for method, target, body in proxy.writes:
        if target.startswith("/source") and method in ("POST", "PUT") and body.startswith(b"{"):
            written |= names_in(body.decode("utf-8", "replace"))
        elif target.startswith("/source") and method == "DELETE":
            written.add(httpx.URL(f"http://x{target}").params.get("name", target))
    return written


@pytest.mark.timeout(180)
def test_only_own_sources_are_written(server: Server, proxy: CountingProxy) -> None:
    """With --allow-writes every name that reaches the server bears the run's prefix, and the list is as before."""
    before = sources(server)
    result = verify(proxy.url, "--quick", "--allow-writes")
    assert result.returncode in (0, 1), result.stderr
    assert len(proxy.writes) > 20
    names = names_written(proxy)
    prefix = min(names)[: len("contract-") + 13]
    assert [name for name in names if not name.startswith(prefix)] == []
    assert prefix.startswith("contract-")
    assert sources(server) == before


@pytest.mark.once
@pytest.mark.timeout(180)
def test_few_sources_of_the_run_stand_at_a_time(start: Callable[..., Server]) -> None:
    """However many sources a layer adds, it deletes them as it goes: a server that rewrites its file stays quick."""
    server = start("--user", "admin", "--password", "pa55word")
    with ThreadPoolExecutor() as pool:
        printed = pool.submit(lambda: [json.loads(line) for line in server.process.stdout or ()])
        result = verify(server.url, "--layer", "generated", "--allow-writes")
        server.process.terminate()
        done = [(line["method"], line["path"]) for line in printed.result() if line.get("status") == 200]
    assert result.returncode == 0, result.stdout
    standing = list(accumulate({"POST": 1, "DELETE": -1}.get(method, 0) for method, path in done if path == "/source"))
    assert done.count(("POST", "/source")) > 40
    assert (max(standing) <= 25, standing[-1]) == (True, 0)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_cleans_up(server: Server, sign: signal.Signals) -> None:
    """Ctrl-C and kill -TERM in the middle leave no source behind, and the exit code says: not judged."""
    before = sources(server)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pgwatch_contract",
            "verify",
            server.url,
            "--allow-writes",
            "--layer",
            "operations",
            "--rate",
            "40",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={**os.environ, **LOGIN},
        # A shell's background jobs, and all that they start, ignore Ctrl-C.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    deadline = time.monotonic() + 60
    while len(sources(server)) == len(before) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(sign)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 2, out
    assert sources(server) == before


@pytest.mark.parametrize(
    ("arguments", "environment", "line"),
    [
        (("http://127.0.0.1:1",), {}, "nothing answers at http://127.0.0.1:1"),
        (("{url}",), {"PGWATCH_CONTRACT_PASSWORD": "wrong"}, "refuses these credentials"),
        (("{url}/openapi.yaml",), {}, "is no pgwatch"),
        (("ftp://x",), {}, "is not the URL of a server"),
        (("http://user:secret@127.0.0.1:1",), {}, "give them by --user and --password"),
        (("--allow-writes",), {}, "are about a server at a URL"),
        (("{url}", "--deviate", "x"), {}, "leave out the URL"),
        (("--quick", "--thorough"), {}, "choose one"),
        (("--spec", "nowhere.yaml"), {}, "nowhere.yaml: No such file"),
        (("--layer", "x"), {}, "is no layer: there are http"),
        (("--nonsense",), {}, "No such option"),
        ((), {"PGWATCH_CONTRACT_SEED": "x"}, "environment variable PGWATCH_CONTRACT_SEED"),
    ],
)
def test_what_cannot_be_judged_is_one_line(
    server: Server, arguments: tuple[str, ...], environment: dict[str, str], line: str
) -> None:
    """A target that is down, is no pgwatch or rejects the login, and a wrong option, give one line and exit code 2."""
    result = verify(*(argument.format(url=server.url) for argument in arguments), **environment)
    assert result.returncode == 2
    assert result.stdout == ""
    assert line in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "user:secret" not in result.stderr


@pytest.mark.timeout(180)
def test_secrets_stay_out_of_what_is_printed(server: Server, tmp_path: Path) -> None:
    """No password, secret or token stands in the output or in any report, also where there are failures."""
    secrets = {"PGWATCH_CONTRACT_JWT_SECRET": SECRET}
    folder = tmp_path / "report"
    result = verify(server.url, "--quick", "--cors-origin", "http://elsewhere", "--report", str(folder), **secrets)
    assert result.returncode == 1
    files = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    assert {"verdict.html", "verdict.md", "verdict.json", "junit.xml"} == set(files)
    for text in [result.stdout, result.stderr, *files.values()]:
        assert "pa55word" not in text
        assert SECRET not in text
    assert "${TOKEN}" in result.stdout
    for token in re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]*", "".join([result.stdout, result.stderr, *files.values()])):
        with pytest.raises(jwt.PyJWTError):
            jwt.decode(token, SECRET, ["HS256", "HS384", "HS512"], options={"verify_exp": False})
    assert json.loads(files["verdict.json"])
