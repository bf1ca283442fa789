"""How jsoniter steps over the values of unknown keys; it lets some numbers pass that are not JSON.

Source: iter_skip.go and iter_skip_strict.go of github.com/json-iterator/go v1.1.12; samples: ``test_jsoniter.py``.
"""

import re

from mockserver.go.byte_runs import run_end
from mockserver.go.json.jsoniter_input import Input
from mockserver.go.json.jsoniter_scalars import read_float

_SKIPPED_NUMBER = re.compile(rb"[.0-9]*+")
_MANTISSA = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_EXPONENT = re.compile(rb"[eE][+-]?[0-9]+")
_PLAIN_STRING = re.compile(rb'[^"\\\x00-\x1f]*+')
_AFTER_NUMBER = b",]} \t\n\r"


def skip(source: Input) -> None:
    """Step over one value; containers are kept on a stack of its own, because JSON may nest 10,000 deep."""
    containers: list[int] = []
    while True:
        container = _start(source)
        if container:
            containers.append(container)
            continue
        while containers and not _has_another(source, containers[-1]):
            containers.pop()
        if not containers:
            return


def _start(source: Input) -> int:
    """Step over a value, or into a container that has values: its bracket is returned then, 0 otherwise."""
    byte = source.next_token()
    match chr(byte):
        case '"':
            _skip_string(source)
        case "n":
            source.rest_of_null()
        case "t":
            source.expect("skipThreeBytes", b"rue")
        case "f":
            source.expect("skipFourBytes", b"alse")
        case "0":
            source.unread()
            read_float(source, 32)
        case "-" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9":
            _skip_number(source)
        case "[":
            return _start_array(source)
        case "{":
            return _start_object(source)
        case _:
            source.report("Skip", b"do not know how to skip: %d" % byte)
    return 0


def _start_array(source: Input) -> int:
    # The bracket is put back and read again: after a fault, that reads another byte.
    source.unread()
    byte = source.next_token()
    if byte != ord("["):
        if byte == ord("n"):
            source.rest_of_null()
        return 0
    if not source.deeper():
        return 0
    if source.next_token() == ord("]"):
        source.close()
        return 0
    source.unread()
    return byte


def _start_object(source: Input) -> int:
    source.unread()
    byte = source.next_token()
    if byte != ord("{"):
        if byte == ord("n"):
            source.rest_of_null()
        return 0
    if not source.deeper():
        return 0
    following = source.next_token()
    if following == ord('"'):
        source.unread()
        _skip_key(source)
        return byte
    if following != ord("}"):
        source.report("ReadObjectCB", b'expect " after {, but found %c' % following)
    source.close()
    return 0


def _has_another(source: Input, container: int) -> bool:
    """Step to the next value of a container, or out of it."""
    byte = source.next_token()
    if byte == ord(","):
        if container == ord("{"):
            _skip_key(source)
        return True
    if container == ord("[") and byte != ord("]"):
        source.report("ReadArrayCB", b"expect ] in the end, but found %c" % byte)
    if container == ord("{") and byte != ord("}"):
        source.report("ReadObjectCB", b"object not ended with }")
    source.close()
    return False


def _skip_key(source: Input) -> None:
    source.string()
    byte = source.next_token()
    if byte != ord(":"):
        source.report("ReadObject", b"expect : after object field, but found %c" % byte)


def _skip_string(source: Input) -> None:
    end = run_end(_PLAIN_STRING, source.buffer, source.head)
    stop = source.buffer[end : end + 1]
    if stop == b'"':
        source.head = end + 1
    elif stop and stop < b" ":
        source.report("trySkipString", b"invalid control character found: %d" % stop[0])
    else:
        source.unread()
        source.string()


def _skip_number(source: Input) -> None:
    if _is_simple_number(source):
        return
    source.unread()
    if source.fault is not None:
        return
    read_float(source)
    if source.fault is not None:
        source.forget()
        _skip_big_number(source)


def _is_simple_number(source: Input) -> bool:
    """Step over a number without an exponent; False, and no step, where a closer look is needed."""
    end = run_end(_SKIPPED_NUMBER, source.buffer, source.head)
    text = source.buffer[source.head : end]
    _, dot, decimals = text.partition(b".")
    if dot and decimals[:1] in (b"", b"."):
        if not decimals and end == len(source.buffer):
            return False
        source.report("validateNumber", b"missing digit after dot")
        return True
    if b"." in decimals:
        source.report("validateNumber", b"more than one dot found in number")
        return True
    if end == len(source.buffer) or source.buffer[end] not in _AFTER_NUMBER or not text:
        return False
    source.head = end
    return True


def _skip_big_number(source: Input) -> None:
    """Try once more to step over a number; this time it may be of any size and have leading zeros."""
    text = source.number_characters()
    if source.fault is not None:
        return
    match = _MANTISSA.match(text)
    rest = text[match.end() :] if match else b""
    if rest[:1] in (b"e", b"E"):
        match = _EXPONENT.match(rest)
        rest = rest[match.end() :] if match else b""
    if not match:
        source.fault = b"number has no digits"
    elif rest:
        source.fault = b"expected end of string, found '%c'" % rest[0]
