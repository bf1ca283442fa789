"""What a release answers outside its API, where it serves the files of its web interface.

The mock has no such files. A page that names the release stands for the interface at its root and at its deep links.
"""

from collections.abc import Callable

from mockserver.go.url import is_file_path
from mockserver.http.exchange import Answer
from mockserver.release import replies

PAGES = ("/", "/index.html", "/sources", "/metrics", "/presets", "/logs")
"""The root, its file, and the deep links of the interface."""
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body><p>A mock server stands in for {title} here. It has its API, not its web interface.</p></body>
</html>
"""


class StaticFiles:
    """The handler of all paths that are no API. Takes the release's title, and who writes lines into the log."""

    def __init__(self, title: str, log: Callable[[str, str], None]) -> None:
        self._page = _PAGE.format(title=title).encode()
        self._log = log

    def answer(self, method: str, path: str) -> Answer:
        """Answer a request for a path without its escapes and without the base path."""
        if method != "GET":
            return replies.error(405, "Method Not Allowed")
        if path in PAGES:
            length = b"%d" % len(self._page)
            return Answer(
                200, self._page, [(b"Content-Length", length), (b"Content-Type", b"text/html; charset=utf-8")]
            )
        file = path.removeprefix("/")
        if not is_file_path(file):
            return replies.error(500, "Internal Server Error")
        self._log("INFO", f"file {file} not found: open {file}: file does not exist")
        return replies.error(404, "404 page not found")
