"""The README: its commands do what it says, and it leaves no option out."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from contract_tests.judging import hookspecs
from contract_tests.run import pytest_fixtures
from mockserver.command.options import OPTIONS
from pgwatch_contract.suite_options import suite_options
from tests.conftest import ROOT, Server

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
SHELL = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
CURL = ROOT / "tests/support/curl_stand_in.py"


def exchanges() -> list[tuple[str, str]]:
    """The commands of the console blocks, each with the output that the README shows."""
    parts = [part for block in BLOCKS for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def in_bash(script: str, folder: Path) -> str:
    """Run a script, with a stand-in for curl where the machine has none."""
    if shutil.which("curl") is None:
        stand_in = folder / "curl"
        stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} {CURL} "$@"\n', encoding="utf-8")
        stand_in.chmod(0o755)
    path = f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True, env={**os.environ, "PATH": path}
    ).stdout


def test_the_commands_print_what_the_readme_shows(start: Callable[..., Server], tmp_path: Path) -> None:
    """Every console command, run in order against a fresh mock, prints exactly the lines below it."""
    server = start("--quiet")
    shown = [(command, output) for command, output in exchanges() if not command.startswith("websockets")]
    assert len(shown) >= 12
    marker = "=== next command ==="
    script = f"\necho '{marker}'\n".join(command for command, _ in shown)
    printed = in_bash(script.replace("http://127.0.0.1:8080", server.url), tmp_path).split(f"{marker}\n")
    assert list(zip([command for command, _ in shown], printed, strict=True)) == shown


def test_the_log_command_follows_the_log(start: Callable[..., Server], tmp_path: Path) -> None:
    """The README's WebSocket command prints log lines."""
    (command,) = (command for command, _ in exchanges() if command.startswith("websockets"))
    server = start("--quiet", "--log-rate", "20")
    script = f"TOKEN={server.login()}\nsleep 2 | " + command.replace("ws://127.0.0.1:8080/log", server.log_url)
    assert len(re.findall(r"< \d{4}-\d\d-\d\d .* \[[A-Z]+\] ", in_bash(script, tmp_path))) > 5


def test_the_serve_and_test_commands_are_tox_environments() -> None:
    """The commands that install, serve and test name environments and options that exist."""
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    assert tox["testenv:mock"]["commands"] == "pgwatch-contract mock {posargs}"
    assert {"lint", "types", "tests"} <= set(re.split(r"[,\s]+", tox["tox"]["env_list"]))
    assert "python3 -m venv .venv && .venv/bin/pip install -q tox && .venv/bin/tox -qe mock\n" in SHELL
    assert ".venv/bin/tox\n" in SHELL
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "\n.venv/bin/tox\n" in ci
    for name in re.findall(r"tox -q?e ([\w,]+)", README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        for environment in name.split(","):
            # The environment of each Python is there by its name.
            assert re.fullmatch(r"py3\d+", environment) or f"testenv:{environment}" in tox, environment


def test_every_option_is_documented() -> None:
    """The README names every option of the mock."""
    for options in OPTIONS.values():
        for option in options:
            assert f"`{option.opts[0]}" in README, option.opts[0]


def test_every_option_of_verify_is_documented() -> None:
    """The README names every option of the suite."""
    for options in suite_options().values():
        for option in options:
            assert f"`{option.opts[0]}`" in README, option.name


def test_every_hook_and_fixture_is_documented() -> None:
    """The page on the suite names each hook that a project can fill, and each fixture that it can use."""
    page = (ROOT / "docs" / "suite.md").read_text(encoding="utf-8")
    hooks = [name for name in vars(hookspecs) if name.startswith("pytest_")]
    every = [name for name, value in vars(pytest_fixtures).items() if "fixture" in type(value).__name__.lower()]
    named = [name for name in every if not name.startswith("_")]
    assert len(hooks) == 2
    assert len(named) == 10
    for name in (*hooks, *named):
        assert f"`{name}" in page, name


def test_the_links_lead_somewhere() -> None:
    """Every relative link in the documentation is a file of the project."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    assert len(pages) >= 4
    for page in pages:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
