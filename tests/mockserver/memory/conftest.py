"""What reads configuration in the tests of files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.contract.document import load_contract
from mockserver.errors import StartupError
from mockserver.memory.config_files import Configuration, read_configuration
from tests.conftest import ROOT

CONTRACT = load_contract(ROOT / "openapi.yaml")
Read = Callable[..., Configuration]
Refused = Callable[..., str]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """What reads configuration of the given text, from sources.yaml and metrics.yaml in the test's folder."""

    def read_texts(sources: str = "", metrics: str = "") -> Configuration:
        (tmp_path / "sources.yaml").write_text(sources, encoding="utf-8")
        (tmp_path / "metrics.yaml").write_text(metrics, encoding="utf-8")
        return read_configuration(CONTRACT, tmp_path / "sources.yaml", tmp_path / "metrics.yaml")

    return read_texts


@pytest.fixture
def refused(read: Read, tmp_path: Path) -> Refused:
    """What reads such text and returns why it was refused, the folder left out."""

    def refuse(sources: str = "", metrics: str = "") -> str:
        with pytest.raises(StartupError) as caught:
            read(sources, metrics)
        assert str(caught.value).startswith(f"{tmp_path}/")
        return str(caught.value).removeprefix(f"{tmp_path}/")

    return refuse
