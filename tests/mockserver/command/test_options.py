"""The options of the mock: what --help says, the environment, and values that they cannot have."""

from dataclasses import fields

import pytest

from mockserver.command.options import OPTIONS, VARIABLES, read_options
from mockserver.settings import FOREVER, Settings
from pgwatch_contract import __version__
from pgwatch_contract.cli import COMMANDS
from pgwatch_contract.command_line import Option
from tests.conftest import ROOT
from tests.support.mock_command import refused, run

PAGES = ROOT / "tests/pgwatch_contract/help"
RENEW = "see whether the page reads well, and keep it: python -m tests.pgwatch_contract.help"
ALL_OPTIONS = [option for options in OPTIONS.values() for option in options]
SAMPLES = {
    "--host": "::1",
    "--port": "1234",
    "--base-path": "/pgwatch/",
    "--cors-origin": "http://a.example",
    "--sources": "s.yaml",
    "--metrics": "m.yaml",
    "--spec": "o.yaml",
    "--user": "u",
    "--password": "p",
    "--token-ttl": "20",
    "--jwt-secret": "s",
    "--latency": "5-50",
    "--not-ready": "forever",
    "--log-rate": "0.5",
    "--seed": "7",
    "--max-body": "100",
    "--console": "json",
    "--deviate": "add-is-201",
    "--release": "5.3",
    "--store": "postgres",
    "--env": "PGHOST",
    "--allowed-host": "a.example",
}
OTHERS = {
    "--cors-origin": "http://b.example",
    "--allowed-host": "mock.example",
    "--console": "text",
    "--deviate": "list-is-sorted",
    "--store": "yaml",
    "--env": "PGUSER",
}


def variable(option: Option) -> str:
    return f"{VARIABLES}_{(option.name or '').upper()}"


def test_help_teaches() -> None:
    """--help names every option with its environment variable, and every default that is not empty."""
    text = " ".join(run("mock", "--help", COLUMNS="1000").stdout.split())
    for option in ALL_OPTIONS:
        for flag in option.opts:
            assert flag in text
        assert f"[env var: {variable(option)}" in text
        assert not option.show_default or "default: " in text.partition(variable(option))[2].partition("]")[0]


@pytest.mark.once
@pytest.mark.parametrize("command", [[], *([each] for each in COMMANDS)], ids=" ".join)
def test_help_fits_the_terminal(command: list[str]) -> None:
    """No line of any --help is wider than the terminal, and none of its words is lost in a narrow one."""
    wide = run(*command, "--help", COLUMNS="1000").stdout
    for columns in (80, 120):
        text = run(*command, "--help", COLUMNS=str(columns)).stdout
        assert [line for line in text.splitlines() if len(line) > columns] == []
        assert [word for word in wide.split() if word not in text.split()] == []
    page = PAGES / f"{' '.join(['pgwatch-contract', *command])}.txt"
    assert run(*command, "--help", COLUMNS="80").stdout == page.read_text(encoding="utf-8"), RENEW


def test_the_command_explains_itself() -> None:
    """Without a command, and with --help, the commands are listed; --version tells the version; others are refused."""
    assert run().stdout == run("--help").stdout
    assert "mock" in run().stdout
    assert run("--version").stdout == f"pgwatch-contract {__version__}\n"
    mistyped = run("mok")
    assert (mistyped.returncode, mistyped.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("option", ALL_OPTIONS, ids=lambda option: option.opts[0])
def test_every_option_is_an_environment_variable(option: Option, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option's environment variable does what the option does, and the option counts before it."""
    flag = option.opts[0]
    given = [flag] if option.is_flag else [flag, SAMPLES[flag]]
    by_option = read_options(given)
    assert by_option != read_options([])
    monkeypatch.setenv(variable(option), "yes" if option.is_flag else SAMPLES[flag])
    assert read_options([]) == by_option
    monkeypatch.setenv(variable(option), "no" if option.is_flag else OTHERS.get(flag, "1"))
    assert read_options(given) == by_option
    assert read_options([]) != by_option


def test_settings_come_from_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting has its option, repeated origins add up, and values have the units the settings say."""
    monkeypatch.setenv("PGWATCH_MOCK_CORS_ORIGIN", "http://b.example")
    options = read_options(
        [
            "--cors-origin",
            "http://a.example",
            "--cors-origin",
            "*",
            "--latency",
            "5-50",
            "--not-ready",
            "forever",
            "--base-path",
            "pgwatch/",
            "-q",
        ]
    )
    settings = options.settings
    assert (settings.cors_origins, settings.latency) == (("http://a.example", "*"), (0.005, 0.05))
    assert (settings.not_ready, settings.base_path, options.verbosity) == (FOREVER, "/pgwatch", -1)
    assert {field.name for field in fields(Settings)} - {option.name for option in ALL_OPTIONS} == {
        "cors_origins",
        "allowed_hosts",
    }


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--port", "65536"], "Invalid value for '--port': '65536' is not a port from 0 to 65535"),
        (["--token-ttl", "0"], "Invalid value for '--token-ttl': must be more than 0"),
        (["--log-rate", "nan"], "Invalid value for '--log-rate': 'nan' is not a number from 0 up"),
        (["--log-rate", "1e18"], "Invalid value for '--log-rate': '1e18' is more than 100000 lines a second"),
        (["--latency", "9-1"], "Invalid value for '--latency': '9-1' is not a range: the smaller number comes first"),
        (["--cors-origin", "localhost:4000"], "'localhost:4000' is not an origin, such as http://localhost:4000"),
        (["--console", "xml"], "Invalid value for '--console': 'xml' is neither text nor json"),
        (["--max-body", "-1"], "Invalid value for '--max-body': '-1' is not a number of bytes from 1 up"),
        (["--base-path", "a b"], "Invalid value for '--base-path': 'a b' is not a path"),
        (["--base-path", "//evil"], "Invalid value for '--base-path': '//evil' is not a path"),
        (["--nonsense"], "No such option"),
    ],
)
def test_a_wrong_option_is_one_line(arguments: list[str], line: str) -> None:
    """A value that an option cannot have is refused with the value, what is allowed, and exit code 2."""
    assert line in refused(*arguments)


def test_a_wrong_variable_is_one_line() -> None:
    """A wrong value in the environment is refused by the variable's name."""
    assert "environment variable PGWATCH_MOCK_RELOAD: 'maybe' is not a valid boolean" in refused(
        PGWATCH_MOCK_RELOAD="maybe"
    )


def test_an_address_can_stand_in_brackets() -> None:
    """[::1] is ::1."""
    assert read_options(["--host", "[::1]"]).host == "::1"
