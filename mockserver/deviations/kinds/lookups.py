"""How careless servers find what has a name: ``lookup-ignores-case@deleteSource``.

An addition is then refused for the name of another, an update or a deletion takes all that are found, and a login
takes a user or a password that is nearly the right one.
"""

import fnmatch
import functools
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import unquote, unquote_plus

from mockserver.deviations.kinds.pair import Pair
from mockserver.deviations.kinds.values import cut_in_bytes
from mockserver.deviations.plan import Plan
from mockserver.memory.auth import Credentials
from mockserver.memory.state import Source, State

Matches = Callable[[str, str], bool]
"""Takes the name that is there and the one that is given."""


def _without_marks(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


_FOLDS: dict[str, tuple[str, Callable[[str], str]]] = {
    "ignores-case": ("case does not count", str.casefold),
    "ignores-blanks-around": ("white space at both ends does not count", str.strip),
    "ignores-blanks-at-the-end": ("blanks at the end do not count, as in a CHAR", lambda text: text.rstrip(" ")),
    "ignores-blanks": ("white space does not count", lambda text: "".join(text.split())),
    "ignores-accents": ("accents do not count, as in many collations", _without_marks),
    "ignores-composition": (
        "Unicode's forms NFC and NFD are the same",
        lambda text: unicodedata.normalize("NFC", text),
    ),
    "ignores-width": ("Unicode's NFKC is compared", lambda text: unicodedata.normalize("NFKC", text)),
    "ignores-the-invisible": (
        "zero-width characters do not count",
        lambda text: re.sub("[\u200b-\u200f\u2060\ufeff]", "", text),
    ),
    "ignores-punctuation": ("letters and digits alone count", lambda text: re.sub(r"[\W_]", "", text)),
    "takes-hyphens-for-underscores": ("- and _ are the same", lambda text: text.replace("-", "_")),
    "ends-at-a-nul": ("what follows a NUL does not count", lambda text: text.partition("\0")[0]),
    "ends-at-a-line-end": ("further lines do not count", lambda text: text.partition("\n")[0]),
    "ends-at-a-slash": ("a slash at the end does not count", lambda text: text.rstrip("/")),
    "reads-63-bytes": ("63 bytes count, as of a PostgreSQL name", lambda text: cut_in_bytes(text, 63)),
    "reads-255-characters": ("255 characters count", lambda text: text[:255]),
    "decodes-percent": ("%41 is A", unquote),
    "decodes-pluses": ("+ is a blank", lambda text: unquote_plus(text.replace("%", "%25"))),
    "decodes-entities": ("&amp; is &", html.unescape),
    "ignores-backslashes": ("backslashes do not count", lambda text: text.replace("\\", "")),
    "ignores-quotes-around": ("quotation marks at both ends do not count", lambda text: text.strip("'\"`")),
    "ignores-leading-zeros": ("007 is 7", lambda text: re.sub(r"(?<!\d)0+(?=\d)", "", text)),
    "ignores-the-dot-of-an-i": ("i with and without its dot are the same", lambda text: text.replace("\u0131", "i")),
    "ignores-what-is-not-ascii": ("what is not ASCII does not count", lambda text: re.sub(r"[^\x00-\x7f]", "", text)),
}


def _fits_like(there: str, pattern: str) -> bool:
    parts = ({"%": ".*", "_": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch("".join(parts), there, re.DOTALL) is not None


def _fits_expression(there: str, pattern: str) -> bool:
    try:
        return re.fullmatch(pattern, there) is not None
    except (re.error, OverflowError, RecursionError):
        return False


_MATCHES: dict[str, tuple[str, Matches]] = {
    "takes-a-beginning": ("all that begin so are found", str.startswith),
    "takes-an-end": ("all that end so are found", str.endswith),
    "takes-a-part": ("all that it is a part of are found", lambda there, given: given in there),
    "takes-what-goes-on": ("all that it begins with are found", lambda there, given: given.startswith(there)),
    "takes-a-like-pattern": ("% and _ stand for others, as in LIKE", _fits_like),
    "takes-a-glob": ("* and ? stand for others, as in a shell", fnmatch.fnmatchcase),
    "takes-an-expression": ("it is read as a regular expression", _fits_expression),
}


def _same(fold: Callable[[str], str], there: str, given: str) -> bool:
    return fold(there) == fold(given)


NAMES: dict[str, tuple[str, Matches]] = {
    **{name: (title, functools.partial(_same, fold)) for name, (title, fold) in _FOLDS.items()},
    **_MATCHES,
}
"""Ways to compare two texts, by what they do."""
_FIELDS = {
    "takes-the-group": ("all sources of the group of that name are found", "Group"),
    "takes-the-connection": ("all sources of that connection string are found", "ConnStr"),
    "takes-the-kind": ("all sources of that kind are found", "Kind"),
}


def pairs() -> Iterator[Pair]:
    """Give all pairs: sources by their names, and user and password of a login."""
    for kind, (title, matches) in NAMES.items():
        for operation, finding in _FINDING.items():
            by_name = functools.partial(_by_name, matches)
            yield Pair(f"lookup-{kind}", operation, f"Of what is looked up, {title}.", _showing(finding, by_name))
        for field in ("user", "password"):
            show = functools.partial(_sign_in_by, field, matches)
            yield Pair(f"lookup-{kind}", f"login.{field}", f"Of what is looked up, {title}.", show)
    for kind, (title, field) in _FIELDS.items():
        for operation, finding in _FINDING.items():
            by_field = functools.partial(_by_field, field)
            yield Pair(f"lookup-{kind}", operation, f"Of what is looked up, {title}.", _showing(finding, by_field))


def _by_name(matches: Matches, source: Source, given: str) -> bool:
    return matches(source["Name"], given)


def _by_field(field: str, source: Source, given: str) -> bool:
    return bool(source[field] == given)


Finds = Callable[[Source, str], bool]


def _showing(finding: Callable[[Finds], type[State]], finds: Finds) -> Callable[[Plan], None]:
    return lambda plan: plan.mix(state=finding(finds))


def _refusing_additions(finds: Finds) -> type[State]:
    class Refusing(State):
        def add_source(self, source: Source) -> bool:
            return not any(finds(own, source["Name"]) for own in self.sources) and super().add_source(source)

    return Refusing


def _updating(finds: Finds) -> type[State]:
    class Updating(State):
        def replace_source(self, source: Source) -> bool:
            found = [own["Name"] for own in self.sources if finds(own, source["Name"])]
            for name in found:
                super().replace_source({**source, "Name": name})
            return super().replace_source(source) or bool(found)

    return Updating


def _deleting(finds: Finds) -> type[State]:
    class Deleting(State):
        def delete_source(self, name: str) -> Source | None:
            found = [own["Name"] for own in self.sources if finds(own, name)]
            deleted = super().delete_source(name)
            for other in found:
                deleted = super().delete_source(other) or deleted
            return deleted

    return Deleting


_FINDING: dict[str, Callable[[Finds], type[State]]] = {
    "addSource": _refusing_additions,
    "updateSource": _updating,
    "deleteSource": _deleting,
}


def _sign_in_by(field: str, matches: Matches, plan: Plan) -> None:
    class Lenient(Credentials):
        def accept(self, user: str, password: str) -> bool:
            right_user, _, right_password = self._expected.decode().partition("\0")
            if field == "user" and matches(right_user, user):
                user = right_user
            if field == "password" and matches(right_password, password):
                password = right_password
            return super().accept(user, password)

    plan.mix(credentials=Lenient)
