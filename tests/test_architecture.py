"""ARCHITECTURE.md tells the truth about the modules and the direction of their imports."""

import ast
import re
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "mockserver"


def rows() -> list[list[str]]:
    """The modules that each row of the table of ``mockserver`` names, from the inside out."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.partition("| row | modules |")[2].partition("\n\n")[0]
    lines = [line for line in table.splitlines() if line.count("|") == 3 and "---" not in line]
    return [re.findall(r"`(\w+)/?`", line.split("|")[2]) for line in lines]


def imports_of(file: Path) -> set[str]:
    """The modules of the package that a module imports, at its top or in a function."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "mockserver":
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mockserver."):
            names.add(str(node.module).split(".")[1])
    return names


def test_every_module_has_its_row() -> None:
    """The table names each module of the mock server once, and no others."""
    modules = {file.stem for file in PACKAGE.glob("*.py")} - {"__init__", "__main__"} | {"operations", "deviations"}
    named = [name for row in rows() for name in row]
    assert sorted(named) == sorted(modules)


def test_imports_go_inward() -> None:
    """No module imports one of a row below its own."""
    depth = {name: number for number, row in enumerate(rows()) for name in row}
    outward = []
    for file in [*PACKAGE.glob("*.py"), *PACKAGE.glob("operations/*.py"), *PACKAGE.glob("deviations/*.py")]:
        name = file.stem if file.parent == PACKAGE else file.parent.name
        if name in depth:
            outward += [(name, other) for other in imports_of(file) if depth[other] > depth[name]]
    assert outward == []
