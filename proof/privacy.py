"""Whether any output of a run shows what a server keeps for others: planted, however it is written, and looked for."""

import base64
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, quote_plus

import jwt
import yaml

from contract_tests.target.canaries import JWT
from pgwatch_contract.mock_process import launch_mock
from proof import forked
from proof.verify import SECONDS_ALLOWED

_RUNS = (("--quick",), ("--quick", "--allow-writes"))
_LOGIN, _SECRET = "planted/pa55word+login", "planted-secret-of-the-tokens-of-a-server"
_PLANTED = {
    "the password of a URI": "Planted.pw/one+7",
    "the password of pairs": "planted 'pw' two",
    "a host of a URI": "planted-db-one.internal.example",
    "a host of pairs": "planted-db-two.internal.example",
    "the key of a tag": "planted-tag-key",
    "the value of a tag": "planted tag värt",
    "the password of the login": _LOGIN,
    "the secret of the tokens": _SECRET,
}
_PAIRS = "host={h} user=shop password='{p}' dbname=shop".format(
    h=_PLANTED["a host of pairs"], p=_PLANTED["the password of pairs"].replace("'", "\\'")
)
_URI = "postgresql://shop:{p}@{h}:6543/shop?sslmode=require".format(
    p=quote(_PLANTED["the password of a URI"], safe=""), h=_PLANTED["a host of a URI"]
)
_PLANTED |= {"a connection string of pairs": _PAIRS, "a URI": _URI}
_SOURCES = [
    {
        "name": "live",
        "conn_str": _URI,
        "kind": "postgres",
        "group": "shop",
        "preset_metrics": "basic",
        "is_enabled": False,
        "custom_tags": {_PLANTED["the key of a tag"]: _PLANTED["the value of a tag"]},
    },
    {"name": "pairs", "conn_str": _PAIRS, "kind": "postgres", "preset_metrics": "basic", "is_enabled": False},
]


def leaks_of(deviation: str | None) -> list[str]:
    """Judge a server that has planted values and a deviation, and return what of them any output shows.

    One run only reads, one also writes. The outputs are the terminal's two and all files of the report; a run that
    writes none is as bad as one that shows everything.
    """
    return [leak for options in _RUNS for leak in _leaks_of_run(deviation, options)]


def _leaks_of_run(deviation: str | None, options: Sequence[str]) -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sources.yaml").write_text(yaml.safe_dump(_SOURCES, allow_unicode=True), encoding="utf-8")
        shown = ["--deviate", deviation] if deviation else []
        given = ["--sources", str(folder / "sources.yaml"), "--log-rate", "20", *shown]
        secrets = {"user": "admin", "password": _LOGIN, "jwt_secret": _SECRET}
        mock = launch_mock(given, secrets)
        report = folder / "report"
        try:
            ended = forked.run(
                ["pgwatch_contract", "verify", mock.url, "--report", str(report), *options],
                cwd=Path.cwd(),
                environment={**os.environ, "PGWATCH_CONTRACT_USER": "admin", "PGWATCH_CONTRACT_PASSWORD": _LOGIN},
                timeout=SECONDS_ALLOWED,
            )
        finally:
            mock.kill()
        texts = {file.name: file.read_text(encoding="utf-8") for file in report.glob("*")}
    if len(texts) < 4:
        return ["no report to look at"]
    return found_in({"stdout": ended.stdout, "stderr": ended.stderr, **texts})


def found_in(texts: dict[str, str]) -> list[str]:
    """Return what was planted that some texts show, and where: ``a host of pairs in verdict.md``."""
    lower = {name: text.lower() for name, text in texts.items()}
    found = [
        f"{what} in {name}"
        for what, value in _PLANTED.items()
        for name, text in lower.items()
        if any(spelled.lower() in text for spelled in _spelled(value))
    ]
    tokens = [f"a token that counts in {name}" for name, text in texts.items() if any(map(_counts, JWT.findall(text)))]
    return found + tokens


def _spelled(value: str) -> Iterator[str]:
    """Give how a value can be written: as it is, in a URL, in JSON, in base64 at any place."""
    yield value
    yield quote(value, safe="")
    yield quote_plus(value)
    yield json.dumps(value)[1:-1]
    yield repr(value)[1:-1]
    for offset in range(3):
        encoded = base64.b64encode(b"x" * offset + value.encode()).decode().rstrip("=")
        # The characters at both ends depend on what stands beside the value.
        yield encoded[4 if offset else 0 : -2]


def _counts(token: str) -> bool:
    try:
        jwt.decode(token, _SECRET, algorithms=["HS256"], options={"verify_exp": False})
    except jwt.PyJWTError:
        return False
    return True
