"""YAML files: the first document, every line, and no file that takes all time or memory there is."""

import os
import socket
from pathlib import Path

import pytest

from mockserver.errors import StartupError
from mockserver.go import yaml_nodes
from mockserver.go.yaml_nodes import parse_document, read_document, walk

FILE = Path("file")


def refused(content: str | bytes) -> str:
    """Return why a text is refused."""
    with pytest.raises(StartupError) as caught:
        parse_document(content if isinstance(content, bytes) else content.encode(), FILE)
    return str(caught.value)


def merges(levels: int, width: int) -> str:
    """Return a text in which each mapping merges the one before several times."""
    first = "- &a0 {k: v}\n"
    return first + "".join(
        f"- &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * width)}]}}\n" for level in range(1, levels)
    )


def test_only_the_first_document_counts() -> None:
    """What comes after it is not even read; the line of the second is told."""
    document = parse_document(b"- a\n---\n[}", FILE)
    assert [item.text for item in (document.root and document.root.items) or ()] == ["a"]
    assert document.next_line == 2
    assert parse_document(b"- a\n...\n", FILE).next_line is None
    assert parse_document(b"", FILE).root is None


def test_lines_and_tags_are_known() -> None:
    """Every node has its line and the tag that was written; an alias is the node it stands for."""
    root = parse_document(b"a: &x !!int 1\nb:\n  - *x\n  - 'q'\n", FILE).root
    assert root is not None
    assert sorted({(node.line, node.tag, node.text) for node in walk(root) if node.is_scalar}) == [
        (1, "", "a"),
        (1, "!!int", "1"),
        (2, "", "b"),
        (4, "", "q"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (merges(10, 9), "document contains excessive aliasing"),
        (merges(10, 9).replace("<<", "x"), "document contains excessive aliasing"),
        ("- &a {<<: *a}\n", "anchor 'a' value contains itself"),
        ("- &a [{b: *a}]\n", "anchor 'a' value contains itself"),
        ("- *a\n", "unknown anchor 'a' referenced"),
        ("[" * 150, "is nested more than 100 deep"),
        ("{a: " * 100_000, "is nested more than 100 deep"),
        ("- " * 100_000, "is nested more than 100 deep"),
        (b"- \xff\n", "not valid YAML: "),
        ("- a\n\tb", "not valid YAML: "),
    ],
    ids=[
        "merges",
        "aliases",
        "merges itself",
        "contains itself",
        "no anchor",
        "lists",
        "mappings",
        "blocks",
        "bytes",
        "tab",
    ],
)
def test_what_has_no_end_is_refused(content: str | bytes, reason: str) -> None:
    """Bombs and knots are one line, as soon as they are seen."""
    assert reason in refused(content)


def test_what_aliases_may_make_of_a_file() -> None:
    """As many as people write are allowed: a thousand sources that share one mapping."""
    text = "- &a {x: 1, y: [1, 2, 3]}\n" + "- {<<: *a, z: 1}\n" * 1000
    root = parse_document(text.encode(), FILE).root
    assert root is not None
    assert len(root.items or ()) == 1001


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file has so many keys and values and no more."""
    monkeypatch.setattr(yaml_nodes, "MOST_VALUES", 10)
    assert parse_document(b"[1, 2, 3, 4, 5, 6, 7, 8, 9]", FILE).root
    assert (
        refused("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]")
        == "file:1: has more than the 10 keys and values that a file may have"
    )


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A device without an end, a FIFO that nobody writes to, a folder and a socket are refused at once, by name."""
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for place in (Path("/dev/zero"), tmp_path / "fifo", tmp_path, tmp_path / "socket", tmp_path / "missing"):
            with pytest.raises(StartupError) as caught:
                read_document(place)
            assert str(caught.value).startswith(f"{place}: ")
    assert read_document(Path("/dev/null")).root is None


def test_a_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says how large a file may be."""
    monkeypatch.setattr(yaml_nodes, "MOST_BYTES", 1024 * 1024)
    (tmp_path / "large").write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(StartupError, match="is larger than the 1 MiB that a file may have"):
        read_document(tmp_path / "large")
    (tmp_path / "large").write_bytes(b"#" * 1024 * 1024)
    assert read_document(tmp_path / "large").root is None
