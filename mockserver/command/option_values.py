"""What the values of options look like: each function makes a value of a text.

They raise ValueError with a line that says what the text is not.
"""

from urllib.parse import urlsplit

from mockserver.settings import FOREVER

MOST_LINES = 100_000
"""Lines a second: more than a machine writes, and few enough that nothing else has to wait for them."""


def number(text: str) -> float:
    """Read a number from 0 up."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None
    if not 0 <= value < FOREVER:
        raise ValueError(f"{text!r} is not a number from 0 up")
    return value


def positive(text: str) -> float:
    """Read a number above 0."""
    value = number(text)
    if value == 0:
        raise ValueError("must be more than 0")
    return value


def host(text: str) -> str:
    """Read a name or an address; one of IPv6 can stand in brackets, as in a URL."""
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def host_name(text: str) -> str:
    """Read a name that stands in a Host header, without a port."""
    # Most runs allow none, and --help need not wait for what decides it.
    from mockserver.http.other_pages import is_host  # noqa: PLC0415

    if not is_host(text.lower()):
        raise ValueError(f"{text!r} is not the name of a host, such as mock.example.com")
    return text.lower()


def port(text: str) -> int:
    """Read a port."""
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise ValueError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def size(text: str) -> int:
    """Read a number of bytes."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"{text!r} is not a number of bytes from 1 up")
    return int(text)


def duration(text: str) -> float:
    """Read a number of seconds, or for ever."""
    return FOREVER if text == "forever" else number(text)


def latency(text: str) -> tuple[float, float]:
    """Read milliseconds, or a range of them, as a pair of seconds."""
    least, _, most = text.partition("-")
    pair = (number(least) / 1000, number(most or least) / 1000)
    if pair[0] > pair[1]:
        raise ValueError(f"{text!r} is not a range: the smaller number comes first")
    return pair


def log_rate(text: str) -> float:
    """Read a number of lines a second."""
    if (value := number(text)) > MOST_LINES:
        raise ValueError(f"{text!r} is more than {MOST_LINES} lines a second")
    return value


def base_path(text: str) -> str:
    """Read a path with a slash before it and none after it."""
    path = "/" + text.strip("/") if text.strip("/") else ""
    if "//" in text or any(character in path for character in "?#{} "):
        raise ValueError(f"{text!r} is not a path")
    return path


def origin(text: str) -> str:
    """Read an origin, or *."""
    if text == "*":
        return text
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query or parts.fragment:
        raise ValueError(f"{text!r} is not an origin, such as http://localhost:4000")
    return text


def whole(text: str) -> int:
    """Read a whole number."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


def console(text: str) -> str:
    """Read a format."""
    if text not in ("text", "json"):
        raise ValueError(f"{text!r} is neither text nor json")
    return text


def variable(text: str) -> str:
    """Read the name of an environment variable."""
    if not (text.isascii() and text.isidentifier()):
        raise ValueError(f"{text!r} is not the name of a variable")
    return text


def store(text: str) -> str:
    """Read what a release keeps its sources in."""
    if text not in ("yaml", "postgres"):
        raise ValueError(f"{text!r} is neither yaml nor postgres")
    return text


def deviation(text: str) -> str:
    """Read the name of a deviation."""
    # Most runs deviate in nothing, and need not read the catalogue.
    from mockserver.deviations.catalogue import read_catalogue, similar  # noqa: PLC0415
    from mockserver.deviations.kinds.every_pair import all_pairs  # noqa: PLC0415

    names = all_pairs().keys() if "@" in text else read_catalogue().keys()
    if text not in names:
        alike = " or ".join(similar(text, names))
        hint = f"is {alike} meant? see" if alike else "the names are in"
        raise ValueError(f"{text!r} is no deviation: {hint} --list-deviations")
    return text
