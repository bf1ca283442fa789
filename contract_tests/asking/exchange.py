"""One request and what the server answered, as checks and reports see it."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from urllib3 import HTTPHeaderDict

from contract_tests.words import counted

_LONGEST_SHOWN = 600
_LONGEST_REFUSAL = 1000
_SHORTEST_SECRET = 4
"""A shorter one would be found inside of other words."""
_UNSHOWN_HEADERS = {"user-agent", "accept-encoding", "connection", "content-length", "host", "accept"}


@dataclass(frozen=True, repr=False)
class Exchange:
    """A request with its answer, whose headers are found in any case (``getlist`` keeps repeated ones apart).

    ``operation`` is the operationId of the operation that was asked for, empty where the document has none. ``status``
    is None, and ``error`` says why, where no complete answer came; ``is_silent`` where the time for one passed.
    ``is_private``: the answer is that of somebody's server, and may hold what is nobody else's business. ``body`` is
    decompressed where it came compressed; ``coding_fault`` says what is wrong where that was not possible.
    """

    operation: str
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int | None = None
    headers: HTTPHeaderDict = field(default_factory=HTTPHeaderDict)
    body: bytes = b""
    error: str = ""
    seconds: float = 0
    is_silent: bool = False
    is_private: bool = False
    coding_fault: str = ""

    def __repr__(self) -> str:
        # pytest shows this where a test fails to judge: no header, query or body, which hold secrets.
        return f"<{self.label}: {self.status or self.error}>"

    @property
    def text(self) -> str:
        """The body of the answer as text, whatever it is."""
        return self.body.decode("utf-8", "backslashreplace")

    @property
    def path(self) -> str:
        """The path and query of the request."""
        parts = urlsplit(self.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    @property
    def label(self) -> str:
        """The request in short, without its query: ``PUT /source``."""
        return f"{self.method} {urlsplit(self.url).path}"

    @property
    def size(self) -> int:
        """How much there is to read: of two cases of one failure, the smaller is shown."""
        return len(self.url) + len(self.request_body) + sum(len(k) + len(v) for k, v in self.request_headers.items())

    def in_words(self) -> str:
        """Return the answer in one line: status, type and the beginning of the body."""
        if self.status is None:
            return f"no answer: {self.error}"
        return " ".join(part for part in (str(self.status), self.headers.get("Content-Type", ""), self._body) if part)

    @property
    def _body(self) -> str:
        """The beginning of the body, or its size: of a private answer only what a refusal says is shown."""
        if not self.body:
            return "(empty)"
        is_refusal = (self.status or 0) in range(400, 600) and self.headers.get("Content-Type", "").startswith("text/")
        if self.is_private and not (is_refusal and len(self.text) <= _LONGEST_REFUSAL and self.text[0] not in "[{<"):
            return f"({counted(len(self.body), 'byte')})"
        return repr(self.text if len(self.text) <= 160 else self.text[:160] + "…")

    def curl(self, placeholders: Mapping[str, str]) -> str:
        """Return a command line that sends the request again, with shell variables in place of secrets.

        ``placeholders`` maps each secret to the name of the variable that stands for it.
        """
        words = ["curl", "-i"]
        if self.method == "HEAD":
            words.append("-I")
        elif self.method != ("POST" if self.request_body else "GET"):
            words += ["-X", self.method]
        for name, value in self.request_headers.items():
            if name.lower() not in _UNSHOWN_HEADERS:
                words += ["-H", f"{name}: {value}" if value else f"{name};"]
        if self.request_body and "content-type" not in {name.lower() for name in self.request_headers}:
            words += ["-H", "Content-Type:"]
        words.append(self.url)
        line = " ".join(_word(word, placeholders) for word in words)
        if not self.request_body:
            return line
        shown = self.request_body[:_LONGEST_SHOWN]
        cut = f" # cut: {len(self.request_body)} bytes in all" if len(self.request_body) > _LONGEST_SHOWN else ""
        if re.fullmatch(rb"[\n\x20-\x7e]*", shown):
            return f"{line} --data-binary {_word(shown.decode(), placeholders)}{cut}"
        for secret, variable in placeholders.items():
            shown = shown.replace(secret.encode(), f"${{{variable}}}".encode())
        return f"printf '{_escaped(shown)}' | {line} --data-binary @-{cut}"


def _word(text: str, placeholders: Mapping[str, str]) -> str:
    """Return a text as one word for a shell: in double quotes where a variable stands in it."""
    longest_first = sorted(placeholders, key=len, reverse=True)
    secrets = [secret for secret in longest_first if len(secret) >= _SHORTEST_SECRET and secret in text]
    if not secrets:
        return shlex.quote(text)
    # Set aside while the rest is quoted, for a secret can hold what has to be quoted.
    for number, secret in enumerate(secrets):
        text = text.replace(secret, f"\x00{number}\x00")
    word = re.sub(r'(["\\$`])', r"\\\1", text)
    for number, secret in enumerate(secrets):
        word = word.replace(f"\x00{number}\x00", f"${{{placeholders[secret]}}}")
    return f'"{word}"'


def _escaped(body: bytes) -> str:
    """Return any bytes as a format for printf, in single quotes: a word of a shell cannot hold a NUL."""
    plain = {ord("\\"): "\\\\", ord("%"): "%%", ord("'"): "\\047"}
    return "".join(plain.get(byte, chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in body)
