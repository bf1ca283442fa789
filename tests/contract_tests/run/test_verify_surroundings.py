"""``verify`` and pytest in the user's surroundings: whatever stands in the folder, the environment or the shell."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, Server
from tests.support.verify_helpers import LOGIN, WITH_LOGIN, environment_with, verify

pytestmark = pytest.mark.timeout(180)
BROKEN = "raise ImportError('this module is of the user, and not for us')\n"
NAMES = (
    "conftest.py",
    "tests/conftest.py",
    "mockserver.py",
    "pgwatch_contract.py",
    "contract_tests/__init__.py",
    "yaml.py",
    "pytest.py",
    "hypothesis/__init__.py",
    "sitecustomize.py",
)
"""What a user's folder can have that Python or pytest would load in the place of something else."""
QUICK = ("--quick", "--layer", "cors")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which every file that could be loaded by mistake is wrong."""
    for name in NAMES:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(BROKEN, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n", encoding="utf-8")
    (tmp_path / ".env").write_text("PGWATCH_CONTRACT_STRICT=1\n", encoding="utf-8")
    return tmp_path


def installed() -> str:
    """The command as it is installed."""
    return str(Path(sys.executable).parent / "pgwatch-contract")


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=170, cwd=cwd, env=environment_with(environment)
    )


def test_nothing_in_the_folder_counts(folder: Path) -> None:
    """Whatever modules and settings are there, the command judges, and leaves nothing behind."""
    before = sorted(each.relative_to(folder) for each in folder.rglob("*"))
    result = run(installed(), "verify", *QUICK, cwd=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert sorted(each.relative_to(folder) for each in folder.rglob("*")) == before


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONPATH": "."},
        {"PYTEST_PLUGINS": "no_such_plugin"},
        {"PYTEST_ADDOPTS": "--no-such-option"},
        {"PYTHONWARNINGS": "error"},
        {"PYTHONSAFEPATH": "1"},
        {"COLUMNS": "1", "TERM": "dumb", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"},
    ],
    ids=" ".join,
)
def test_nothing_in_the_environment_counts(tmp_path: Path, environment: dict[str, str]) -> None:
    """Variables that are for other runs of Python and pytest change nothing."""
    # What PYTHONPATH has of these two is loaded by Python itself, before any line of ours.
    for name in {*NAMES} - {"sitecustomize.py", "pgwatch_contract.py"}:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(BROKEN, encoding="utf-8")
    result = run(installed(), "verify", *QUICK, cwd=tmp_path, **environment)
    assert result.returncode == 0, result.stdout + result.stderr


def test_without_a_temporary_folder_it_is_a_line(start: Callable[..., Server]) -> None:
    """On a system that can only be read a mock cannot be started, which is told in a line; a URL can be judged."""
    server = start(*WITH_LOGIN)
    nowhere = "import tempfile\ndef none(*_): raise FileNotFoundError('No usable temporary directory found')\n"
    nowhere += "tempfile._get_default_tempdir = none\nimport sys\nfrom pgwatch_contract.__main__ import main\n"
    program = ("-c", f"{nowhere}sys.exit(main())")
    alone = verify(*QUICK, start=program)
    assert (alone.returncode, alone.stdout) == (2, "")
    assert alone.stderr == "not judged: no folder can be written to for temporary files: name one in TMPDIR\n"
    at_url = verify(server.url, *QUICK, start=program)
    assert at_url.returncode == 0, at_url.stdout + at_url.stderr


def test_pytest_of_another_project_sees_nothing(tmp_path: Path) -> None:
    """A project with a package contract_tests of its own is tested as if the toolkit were not there."""
    package = tmp_path / "contract_tests"
    (package / "run").mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "run" / "__init__.py").write_text(BROKEN, encoding="utf-8")
    (package / "test_own.py").write_text(
        "import sys\nimport contract_tests\n\ndef test_it():\n    assert 'contract_tests.run' not in sys.modules\n"
        f"    assert contract_tests.__file__.startswith({str(tmp_path)!r})\n",
        encoding="utf-8",
    )
    result = run(sys.executable, "-m", "pytest", "-q", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    wanted = run(sys.executable, "-m", "pytest", "-q", "--contract-layer", "cors", cwd=tmp_path)
    assert wanted.returncode == 4
    assert "stands before the package contract_tests of pgwatch-contract" in wanted.stderr
    assert "Traceback" not in wanted.stdout + wanted.stderr


@pytest.mark.parametrize("options", [(), ("--deviate", "delete-unknown-is-200")], ids=["green", "red"])
def test_a_closed_pipe_changes_no_verdict(options: tuple[str, ...]) -> None:
    """``verify | head -1`` ends with the verdict's exit code, and prints no traceback."""
    shell = shutil.which("bash")
    assert shell is not None
    command = (
        f'"{installed()}" verify --quick --layer operations {" ".join(options)} | head -1; exit ${{PIPESTATUS[0]}}'
    )
    result = run(shell, "-c", command, cwd=ROOT)
    assert result.returncode == (1 if options else 0), result.stderr
    assert len(result.stdout.splitlines()) == 1
    assert "Traceback" not in result.stderr
    assert "Broken pipe" not in result.stderr


@pytest.mark.parametrize("place", ["file", "file/reports", "/proc/reports"])
def test_an_impossible_report_is_told_before_the_run(tmp_path: Path, place: str) -> None:
    """A report that could not be written is one line, before anything was asked."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = run(installed(), "verify", "http://127.0.0.1:1", "--report", place, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"not judged: --report {place}: the reports cannot be written there: ")
    assert len(result.stderr.splitlines()) == 1


def test_an_old_report_does_not_survive(tmp_path: Path) -> None:
    """Of a run that could not be judged the files say so, also where a green one had left them."""
    report = ("--report", str(tmp_path))
    assert run(installed(), "verify", *QUICK, *report, cwd=tmp_path).returncode == 0
    green = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    assert len(green) == 4
    result = run(installed(), "verify", "http://127.0.0.1:1", *report, cwd=tmp_path)
    assert result.returncode == 2
    for name, text in green.items():
        after = (tmp_path / name).read_text(encoding="utf-8")
        assert after != text
        assert "nothing answers at http://127.0.0.1:1" in after.replace("&amp;", "&")
    assert json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["verdict"] == "not judged"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PGWATCH_CONTRACT_STRICT": "maybe"}, "PGWATCH_CONTRACT_STRICT: 'maybe' is not a valid boolean"),
        ({"PGWATCH_CONTRACT_STRIKT": "1"}, "PGWATCH_CONTRACT_STRIKT: is PGWATCH_CONTRACT_STRICT meant?"),
        ({"PGWATCH_CONTRACT_URL": "http://production"}, "no option has the environment variable PGWATCH_CONTRACT_URL"),
        ({"PGWATCH_CONTRACT_HELP": "1"}, "no option has the environment variable PGWATCH_CONTRACT_HELP"),
        ({"PGWATCH_CONTRACT_NONSENSE": "1"}, "no option has the environment variable PGWATCH_CONTRACT_NONSENSE"),
        ({"PGWATCH_CONTRACT_LAYER": "http,corsx"}, "'corsx' is no layer"),
        ({"PGWATCH_CONTRACT_HEADER": "s3cret-value"}, "is not of the form 'Name: value'"),
        ({"PGWATCH_CONTRACT_CHECKS": "/no/such/folder"}, "/no/such/folder"),
        ({"PGWATCH_CONTRACT_CA_BUNDLE": "/no/such/file"}, "/no/such/file"),
        ({"PGWATCH_CONTRACT_TIME_LIMIT": "0"}, "'0' is not a number above 0"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, dict) else "",
)
def test_a_variable_that_is_wrong_is_named(environment: dict[str, str], words: str) -> None:
    """No variable is passed over in silence, nor is a file that is not there."""
    result = verify("http://127.0.0.1:1", "--quick", **environment)
    assert (result.returncode, result.stdout) == (2, "")
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("yes", ["y", "1", "Yes", "ON", "true", "t"])
def test_yes_in_every_usual_way(yes: str) -> None:
    """A switch is on however its user says yes: thorough and quick together are refused."""
    result = verify(PGWATCH_CONTRACT_QUICK=yes, PGWATCH_CONTRACT_THOROUGH=yes)
    assert "--quick and --thorough do not go together" in result.stderr


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:x",
        "http://",
        "127.0.0.1:8080",
        "http://a b",
        "http://é",
        "http://127.0.0.1:0",
        "http://u:hunter22@127.0.0.1:x",
        "http://[::1]:99999",
        "http://127.0.0.1\n",
        "http://x?a=b",
    ],
)
def test_a_url_that_is_none_is_a_line(url: str) -> None:
    """Whatever is wrong with it, it is one line without its password, at once."""
    result = verify(url, "--allow-writes")
    assert (result.returncode, result.stdout) == (2, "")
    assert "is not the URL of a server" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "hunter22" not in result.stderr


def test_the_same_seed_shows_the_same(start: Callable[..., Server], tmp_path: Path) -> None:
    """Two runs against a server with one seed tell the same failures with the same curl lines."""
    server = start(*WITH_LOGIN, "--deviate", "delete-unknown-is-200", "--deviate", "unknown-kind-is-stored")
    told = []
    for number in (1, 2):
        report = tmp_path / str(number)
        options = ("--quick", "--layer", "operations", "--allow-writes", "--seed", "7", "--report", str(report))
        assert run(installed(), "verify", server.url, *options, cwd=tmp_path, **LOGIN).returncode == 1
        failures = json.loads((report / "verdict.json").read_text(encoding="utf-8"))["failures"]
        told.append([(each["clause"], each["operation"], each["found"], each["curl"]) for each in failures])
    assert told[0] == told[1] != []
    assert any("contract-7-" in curl for _, _, _, curl in told[0])


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (("--layer", "nosuch"), None),
        (("--no-such-option",), None),
        (("--release", "9.9"), None),
        (("--spec", "nowhere.yaml"), None),
        (("--ledger", "nowhere.yaml"), "nowhere.yaml: the ledger cannot be read"),
        (("--checks", "nowhere"), "--checks nowhere: there is no such folder"),
    ],
)
def test_no_old_verdict_is_left(tmp_path: Path, options: tuple[str, ...], left: str | None) -> None:
    """Whatever keeps a run from its beginning, the files of an earlier one are gone, or say that nothing was judged."""
    old = tmp_path / "verdict.md"
    old.write_text("conforms")
    result = verify(*options, "--report", str(tmp_path), cwd=tmp_path)
    assert result.returncode == 2, result.stdout + result.stderr
    assert old.exists() is (left is not None)
    assert left is None or ("not judged" in old.read_text() and left in old.read_text().replace("`", ""))


def test_help_removes_nothing(tmp_path: Path) -> None:
    """Who asks for help keeps the reports there are."""
    old = tmp_path / "verdict.md"
    old.write_text("conforms")
    assert verify("--report", str(tmp_path), "--help").returncode == 0
    assert old.read_text() == "conforms"
