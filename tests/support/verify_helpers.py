"""Runs of ``verify`` as a user makes them: a process of its own, against a server that asks for a login."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from proof import forked
from tests.conftest import ROOT, Server

USER, PASSWORD = "admin", "pa55word"
LOGIN = {"PGWATCH_CONTRACT_USER": USER, "PGWATCH_CONTRACT_PASSWORD": PASSWORD}
WITH_LOGIN = ("--quiet", "--log-rate", "20", "--user", USER, "--password", PASSWORD)
"""The options of a mock that such a run judges."""


def verify(
    *arguments: str, cwd: Path = ROOT, start: Sequence[str] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run ``pgwatch-contract verify`` to its end; ``start`` is what Python is given, where it is to be one anew."""
    command, given = ["pgwatch_contract", "verify", *arguments], environment_with(environment)
    if not start:
        return forked.run(command, cwd=cwd, environment=given, timeout=170)
    in_full = [sys.executable, *start, *command[1:]]
    return subprocess.run(in_full, capture_output=True, text=True, check=False, timeout=170, cwd=cwd, env=given)


def begin(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Begin a run, to be ended by a signal: anew, for what it imports and starts then is a part of it."""
    return subprocess.Popen(
        [sys.executable, "-m", "pgwatch_contract", "verify", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=environment_with(environment),
    )


def environment_with(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of a run: that of the tests, the login, and more."""
    return {**os.environ, **LOGIN, **more}


def sources(server: Server) -> list[dict[str, Any]]:
    """The sources that a server lists."""
    answer = httpx.get(f"{server.url}/source", headers={"Token": server.login(USER, PASSWORD)})
    listed: list[dict[str, Any]] = answer.json()
    return listed


def names(server: Server) -> list[str]:
    """The names of the sources that a server lists."""
    return [str(each["Name"]) for each in sources(server)]
