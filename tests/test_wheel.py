"""The built package: installed into a fresh environment it works from any folder."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT, start_server

FOLDERS = ("fixtures", "releases")
IN_FOLDERS = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
NEEDED = [path for path in IN_FOLDERS if path.parent.name != "recordings"]
DATA_FILES = ["openapi.yaml", "deviations.yaml", *(str(path.relative_to(ROOT)) for path in NEEDED)]


def uv(*arguments: str | Path) -> None:
    program = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert program is not None, "uv is not installed: it is one of the test dependencies"
    result = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--wheel", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_data_files(wheel: Path) -> None:
    """The contract, its schemas, releases and fixtures are in the wheel; tests, benchmarks and recordings are not."""
    names = zipfile.ZipFile(wheel).namelist()
    for name in DATA_FILES:
        assert f"pgwatch_contract/data/{name}" in names
    assert len(DATA_FILES) >= 30
    packages = {name.partition("/")[0] for name in names if ".dist-info" not in name}
    assert packages == {"contract_tests", "mockserver", "pgwatch_contract"}
    assert "pgwatch_contract/parity/requests/login.yaml" in names
    assert "pgwatch_contract/schemas/release.yaml" in names
    assert not [name for name in names if "recordings/" in name]


@pytest.mark.timeout(400)
def test_an_installed_copy_serves_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    """Installed with its declared dependencies alone, the mock starts in an empty folder and answers."""
    environment = tmp_path / "environment"
    uv("venv", "--python", sys.executable, environment)
    uv("pip", "install", "--python", environment / "bin" / "python", wheel)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    server = start_server("--quiet", python=str(environment / "bin" / "python"), cwd=elsewhere, PYTHONPATH="")
    try:
        with server.client() as client:
            assert client.get("/source").json()[0]["Name"] == "demo"
            assert client.post("/test-connect", content="host=refused.example.com").status_code == 400
        assert httpx.get(f"{server.url}/docs/swagger-ui.css").status_code == 200
        assert httpx.get(f"{server.url}/openapi.yaml").content == (ROOT / "openapi.yaml").read_bytes()
    finally:
        server.stop()
    command = subprocess.run(
        [environment / "bin" / "pgwatch-contract", "--version"], capture_output=True, check=True, cwd=elsewhere
    )
    assert command.stdout.startswith(b"pgwatch-contract ")
    verdict = subprocess.run(
        [environment / "bin" / "pgwatch-contract", "verify", "--layer", "http", "--report", "report"],
        capture_output=True,
        text=True,
        check=False,
        cwd=elsewhere,
        timeout=120,
    )
    assert verdict.returncode == 0, verdict.stderr
    assert verdict.stdout.startswith("conforms")
    assert {file.name for file in (elsewhere / "report").iterdir()} >= {"verdict.html", "verdict.json", "junit.xml"}
