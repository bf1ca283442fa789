"""What came of a search for a difference, in words: the verdict, and curl commands that show it again."""

import re
import shlex
from itertools import zip_longest

from pgwatch_contract.parity.compare.equivalence import Outcome
from pgwatch_contract.parity.compare.found import Found
from pgwatch_contract.parity.comparison import in_lines
from pgwatch_contract.parity.exchange import Request

_LONGEST = 300


def as_text(outcome: Outcome, urls: tuple[str, str], with_seed: int, password: str) -> str:
    """Return what came of a search: first line the verdict, then the sequence and both answers where they differ."""
    known = [f"passed over {count:,} times: {reason}" for reason, count in outcome.known.most_common()]
    compared = searched(outcome)
    if outcome.found is None:
        return "\n".join([f"no difference in {compared}", *known])
    found = outcome.found
    count = len(found.steps)
    lines = [
        f"differ after {count} operation{'' if count == 1 else 's'}",
        f"in: {', '.join(sorted(found.parts - {'list'}))} of the {'list after that' if _by_list(found) else 'last'}",
        f"found in {compared}, seed {with_seed}; played again, it differed {outcome.replays} of 3 times",
    ]
    if not outcome.is_shortest:
        lines.append("not made as short as it gets: a server does not do the same again, or keeps what was deleted")
    lines += ["", f"URL={urls[0]}   # A", f"URL={urls[1]}   # B", *_logging_in(found)]
    lines += [as_curl(step.request) for step in found.steps]
    lines += [as_curl(found.shown_by)] if _by_list(found) else []
    lines += _answers(found)
    return _masked("\n".join([*lines, *([""] if known else []), *known]), password)


def searched(outcome: Outcome) -> str:
    """Return how much was compared, in words."""
    return f"{outcome.operations:,} operations of {outcome.sequences:,} sequences"


def as_curl(request: Request) -> str:
    """Return a request as a curl command; placeholders such as ${TOKEN} stay, for the shell to fill in."""
    words = ["curl", "-si", "--path-as-is"]
    words += {"GET": [], "HEAD": ["-I"]}.get(request.method, ["-X", request.method])
    for name, value in request.headers:
        line = f"{name};" if not value else f"{name}: {value}"
        words += ["-H", f'"{line}"' if "${" in line else shlex.quote(line)]
    before = ""
    if request.body is not None:
        before, data = _data(request.body)
        words += ["--data-binary", data]
        if not any(name == "Content-Type" for name, _ in request.headers):
            words += ["-H", "Content-Type:"]
    target = request.target
    words.append(f'"$URL{target}"' if "${" in target else f'"$URL"{shlex.quote(target)}')
    return before + " ".join(words)


def _data(body: bytes) -> tuple[str, str]:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "\0"
    if (text.isprintable() or not text) and not text.startswith("@"):
        return "", shlex.quote(text)
    escaped = "".join(chr(byte) if 32 <= byte < 127 and byte not in b"\\%'" else f"\\{byte:03o}" for byte in body)
    return f"printf '{escaped}' | ", "@-"


def _by_list(found: Found) -> bool:
    return "list" in found.parts


def _logging_in(found: Found) -> list[str]:
    text = " ".join(as_curl(each) for each in [*(step.request for step in found.steps), found.shown_by])
    lines = []
    if "${TOKEN}" in text:
        lines.append(
            """TOKEN=$(curl -s -H 'Content-Type: application/json' -d '{"user":"...","password":"..."}' "$URL/login")"""
        )
    others = sorted(set(re.findall(r"\$\{(\w+)\}", text)) - {"TOKEN"})
    return [*lines, *(f"# ${{{name}}}: a token with that fault; see parity/tokens.py" for name in others)]


def _masked(text: str, password: str) -> str:
    return text.replace(password, "${PASSWORD}") if len(password) > 3 else text


def _answers(found: Found) -> list[str]:
    one, other = map(in_lines, found.answers)
    lines = ["", "A answers:", *(f"  {_around(line, beside)}" for line, beside in zip_longest(one, other) if line)]
    return [
        *lines,
        "",
        "B answers:",
        *(f"  {_around(line, beside)}" for line, beside in zip_longest(other, one) if line),
    ]


def _around(line: str, beside: str | None) -> str:
    """Return a line, of a long one only the part around the first place where it is not like the line beside it."""
    if len(line) <= _LONGEST:
        return line
    pairs = zip(line, beside or "", strict=False)
    first = next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(line), len(beside or "")))
    start = max(first - _LONGEST // 2, 0) if first < len(line) else 0
    end = start + _LONGEST
    return f"{'...' if start else ''}{line[start:end]}{'...' if end < len(line) else ''} ({len(line):,} characters)"
