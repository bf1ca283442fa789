"""Recordings: what a server answered to each request, as a YAML file that people can read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pgwatch_contract.parity.entry import REQUEST_KEYS, Entry, body_of, entry_of, text_or_base64
from pgwatch_contract.parity.exchange import Answer, Headers
from pgwatch_contract.parity.requests_list import read_checked

_HEAD = """\
# What a real server answered, request by request: written by "pgwatch-contract record", read by "pgwatch-contract
# parity". Texts in ${} stand for what is another each time; the normalisations put them in. usual-headers are those of
# every answer that does not say "unusual: true"; Content-Length is the number of bytes of the body, unless it is
# among the headers or "uncounted: true" says that there is none.
"""


@dataclass(frozen=True)
class Recorded:
    """A request, and the answer it got, normalised."""

    entry: Entry
    answer: Answer


@dataclass(frozen=True)
class Recording:
    """All that a server answered: which release (name and tag) with which store, when (a day), and the answers."""

    release: str
    version: str
    store: str
    date: str
    normalisations: tuple[str, ...]
    answers: tuple[Recorded, ...]


def write_recording(recording: Recording, file: Path) -> None:
    """Write a recording to a file, and the folder where there is none; raises OSError where that is not possible."""
    usual = _usual_headers([each.answer for each in recording.answers])
    content = {
        "format": 1,
        "release": recording.release,
        "version": recording.version,
        "store": recording.store,
        "date": recording.date,
        "normalisations": list(recording.normalisations),
        "usual-headers": [f"{name}: {value}" for name, value in usual],
        "answers": [_written(each, usual) for each in recording.answers],
    }
    text = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_HEAD + text, encoding="utf-8")


def read_recording(file: Path) -> Recording:
    """Return the recording in a file; raises NotPossible where it cannot be read or is none."""
    content = read_checked(file, "recording")
    usual = _headers(content["usual-headers"])
    return Recording(
        content["release"],
        content["version"],
        content["store"],
        content["date"],
        tuple(content["normalisations"]),
        tuple(Recorded(entry_of(each), _answer(each.pop("answer"), usual)) for each in content["answers"]),
    )


def _usual_headers(answers: Sequence[Answer]) -> Headers:
    counted = Counter(header for answer in answers for header in answer.headers)
    return tuple(sorted(header for header, count in counted.items() if count > len(answers) * 0.9))


def _written(recorded: Recorded, usual: Headers) -> Mapping[str, Any]:
    entry, answer = recorded.entry, recorded.answer
    kept = {key: entry.written[key] for key in REQUEST_KEYS if key in entry.written}
    written: dict[str, Any] = {"status": f"{answer.status} {answer.reason}".rstrip()}
    headers = answer.headers
    if answer.header("Content-Length") == str(len(answer.body)):
        headers = tuple(header for header in headers if header[0] != "Content-Length")
    elif answer.header("Content-Length") is None:
        written["uncounted"] = True
    if set(usual) <= set(headers):
        headers = tuple(header for header in headers if header not in usual)
    else:
        written["unusual"] = True
    if headers:
        written["headers"] = _OnOneLine(f"{name}: {value}" for name, value in headers)
    if answer.body:
        written |= text_or_base64(answer.body)
    if answer.frame is not None:
        written["frame"] = answer.frame
    return {"id": entry.id, **kept, "answer": written}


def _answer(written: Mapping[str, Any], usual: Headers) -> Answer:
    status, _, reason = written["status"].partition(" ")
    headers, body = _headers(written.get("headers", [])), body_of(written) or b""
    if not written.get("unusual"):
        headers = (*headers, *usual)
    if not written.get("uncounted") and "Content-Length" not in dict(headers):
        headers = (*headers, ("Content-Length", str(len(body))))
    return Answer(int(status), reason, tuple(sorted(headers)), body, written.get("frame"))


def _headers(lines: Sequence[str]) -> Headers:
    return tuple((name, value.removeprefix(" ")) for name, _, value in (line.partition(":") for line in lines))


class _OnOneLine(list[str]):
    """A list that is written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes texts that end with a line break as blocks, where YAML can."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    block = "\n" in value and " \n" not in value and not value.startswith((" ", "\n"))
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if block else None)


def _on_one_line(dumper: yaml.SafeDumper, value: _OnOneLine) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_OnOneLine, _on_one_line)
