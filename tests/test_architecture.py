"""ARCHITECTURE.md tells the truth about the modules and the direction of their imports."""

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = pytest.mark.parametrize("package", ["mockserver", "contract_tests"])


def rows(package: str) -> list[list[str]]:
    """The modules that each row of the table of a package names, from the inside out."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition(f"In `{package}/`, ")[2]
    table = text.partition("| row | modules |")[2].partition("\n\n")[0]
    lines = [line for line in table.splitlines() if line.count("|") == 3 and "---" not in line]
    return [re.findall(r"`(\w+)/?`", line.split("|")[2]) for line in lines]


def modules(package: str) -> dict[Path, str]:
    """The files of a package, each with the name that the table has for it: its own, or that of its folder."""
    files = [file for file in (ROOT / package).rglob("*.py") if not file.stem.startswith(("__", "test_"))]
    return {file: file.relative_to(ROOT / package).parts[0].removesuffix(".py") for file in files}


def imports_of(file: Path, package: str) -> set[str]:
    """The modules of its package that a module imports, at its top or in a function."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            names |= {alias.name for alias in node.names}
    return names | {name.split(".")[1] for name in imported_by(file) if name.startswith(f"{package}.")}


def imported_by(file: Path) -> list[str]:
    """All modules that a module imports by their full names, in whichever way and place; no import is relative."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            found.append(str(node.module))
    return found


@PACKAGES
def test_every_module_has_its_row(package: str) -> None:
    """The table names each module of the package once, and no others."""
    named = [name for row in rows(package) for name in row]
    assert sorted(set(modules(package).values())) == sorted(named)


@PACKAGES
def test_imports_go_inward(package: str) -> None:
    """No module imports one of a row below its own."""
    depth = {name: number for number, row in enumerate(rows(package)) for name in row}
    outward = [
        (name, other)
        for file, name in modules(package).items()
        for other in imports_of(file, package)
        if depth.get(other, 0) > depth[name]
    ]
    assert outward == []


@pytest.mark.parametrize(
    ("folder", "unknown"),
    [
        ("mockserver", "contract_tests"),
        ("contract_tests", "mockserver"),
        ("pgwatch_contract/parity", "mockserver"),
        ("pgwatch_contract/parity", "contract_tests"),
    ],
)
def test_sides_do_not_know_each_other(folder: str, unknown: str) -> None:
    """What judges and what is judged do not import each other: a mistake must not hide on both sides."""
    files = list((ROOT / folder).rglob("*.py"))
    assert len(files) > 5
    assert [file for file in files for name in imported_by(file) if name.split(".")[0] == unknown] == []
