"""The grammar of Go's encoding/json: it finds the first byte that is wrong and says so in Go's words.

Go checks a body as a whole before it stores anything, so a body with wrong syntax never gives a type error.
Source of the texts: the standard library of Go 1.23 and 1.24, with which families A to C are built.
"""

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from mockserver.go.byte_runs import run_end

MAX_DEPTH = 10000
_SPACE = re.compile(rb"[ \t\r\n]*+")
_PLAIN = rb'[^"\\\x00-\x1f]'
_ESCAPE = rb'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})'
_STRING_INSIDE = re.compile(rb'"(?:' + _PLAIN + rb"++|" + _ESCAPE + rb")*+")
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?([eE][+-]?[0-9]++)?")
_HEX = re.compile(rb"[0-9a-fA-F]")
_WORDS = {ord("t"): b"true", ord("f"): b"false", ord("n"): b"null"}


@dataclass(frozen=True, slots=True)
class Array:
    """A JSON array."""

    items: "list[Node]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object: its members in their order, keys as they were written, with their quotes."""

    members: "list[tuple[bytes, Node]]" = field(default_factory=list)


Node: TypeAlias = bytes | Array | Object  # bytes: a string, number, true, false or null as it was written


class SyntaxFault(Exception):
    """A byte that is wrong; `at` is its place and `text` what Go says."""

    def __init__(self, byte: int, at: int, context: str) -> None:
        self.text = f"invalid character {quoted(byte)} {context}"
        self.at = at
        super().__init__(self.text)


class EndOfInput(Exception):
    """The text ended inside of a value."""


def quoted(byte: int) -> str:
    r"""Return how Go names a byte in an error: 'x', '\'', '"', '\n', '\x00', '\u0080', 'ÿ'."""
    char = chr(byte)
    if char in "\a\b\f\n\r\t\v\\":
        return (
            "'" + {"\a": r"\a", "\v": r"\v"}.get(char, repr(char)[1:-1].replace("x08", "b").replace("x0c", "f")) + "'"
        )
    if char == "'":
        return r"'\''"
    if byte < 0x20 or byte == 0x7F:
        return rf"'\x{byte:02x}'"
    if 0x80 <= byte <= 0xA0 or byte == 0xAD:
        return rf"'\u{byte:04x}'"
    return f"'{char}'"


def parse_first(text: bytes) -> tuple[Node, int]:
    """Parse the value that a text begins with.

    Returns the value and where it ends. Raises SyntaxFault, or EndOfInput where the text is not complete.
    """
    parser = _Parser(text)
    return parser.first(), parser.at


def skip_space(text: bytes, at: int) -> int:
    """Return the place of the first byte from `at` on that is no space."""
    return run_end(_SPACE, text, at)


class _Parser:
    """One run over a text; containers are kept on a stack of its own, because JSON may nest 10,000 deep."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.at = 0
        self.open: list[Array | Object] = []
        self.key = b""
        self.keys: list[bytes] = []

    def first(self) -> Node:
        done = self._value()
        while True:
            if done is None:  # a container was opened
                done = self._value_or_end()
            elif not self.open:
                return done
            else:
                done = self._after(done)

    def _token(self) -> int:
        """Return the next byte that is no space, not yet consumed."""
        self.at = skip_space(self.text, self.at)
        if self.at == len(self.text):
            raise EndOfInput
        return self.text[self.at]

    def _fail(self, context: str) -> SyntaxFault:
        return SyntaxFault(self.text[self.at], self.at, context)

    def _value(self) -> Node | None:
        byte = self._token()
        if byte in b"{[":
            if len(self.open) == MAX_DEPTH:
                raise self._fail("exceeded max depth")
            self.open.append(Object() if byte == ord("{") else Array())
            self.keys.append(self.key)
            self.at += 1
            return None
        if byte == ord('"'):
            return self._string()
        if byte in b"-0123456789":
            return self._number()
        if byte in _WORDS:
            return self._word(_WORDS[byte])
        raise self._fail("looking for beginning of value")

    def _value_or_end(self) -> Node | None:
        """Read what follows an opening bracket."""
        byte = self._token()
        if isinstance(self.open[-1], Object):
            if byte == ord("}"):
                return self._close()
            self._read_key()
        elif byte == ord("]"):
            return self._close()
        return self._value()

    def _after(self, done: Node) -> Node | None:
        """Add a finished value to its container, and go on."""
        container = self.open[-1]
        if isinstance(container, Object):
            container.members.append((self.key, done))
            end, context = ord("}"), "after object key:value pair"
        else:
            container.items.append(done)
            end, context = ord("]"), "after array element"
        byte = self._token()
        if byte == end:
            return self._close()
        if byte != ord(","):
            raise self._fail(context)
        self.at += 1
        if isinstance(container, Object):
            self._read_key()
        return self._value()

    def _close(self) -> Node:
        self.at += 1
        self.key = self.keys.pop()
        return self.open.pop()

    def _read_key(self) -> None:
        if self._token() != ord('"'):
            raise self._fail("looking for beginning of object key string")
        self.key = self._string()
        if self._token() != ord(":"):
            raise self._fail("after object key")
        self.at += 1

    def _string(self) -> bytes:
        start = self.at
        self.at = run_end(_STRING_INSIDE, self.text, start)
        self._more()
        byte = self.text[self.at]
        if byte == ord('"'):
            self.at += 1
            return self.text[start : self.at]
        if byte != ord("\\"):
            raise self._fail("in string literal")
        self.at += 1
        self._more()
        if self.text[self.at] != ord("u"):
            raise self._fail("in string escape code")
        self.at += 1
        self._more()
        while _HEX.match(self.text, self.at):
            self.at += 1
            self._more()
        raise self._fail(r"in \u hexadecimal character escape")

    def _more(self) -> None:
        if self.at == len(self.text):
            raise EndOfInput

    def _number(self) -> bytes:
        match = _NUMBER.match(self.text, self.at)
        if not match:
            self.at += 1
            self._more()
            raise self._fail("in numeric literal")
        self.at = match.end()
        fraction, exponent = match.groups()
        following = self.text[self.at : self.at + 1]
        if following == b"." and fraction is None and exponent is None:
            self.at += 1
            self._more()
            raise self._fail("after decimal point in numeric literal")
        if following in (b"e", b"E") and exponent is None:
            self.at += 1
            self.at += self.text[self.at : self.at + 1] in (b"+", b"-")
            self._more()
            raise self._fail("in exponent of numeric literal")
        return match[0]

    def _word(self, word: bytes) -> bytes:
        for expected in word:
            self._more()
            if self.text[self.at] != expected:
                raise self._fail(f"in literal {word.decode()} (expecting '{chr(expected)}')")
            self.at += 1
        return word
