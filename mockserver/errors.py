"""The two ways in which the mock says no: to whoever starts it, and to a client."""

from pathlib import Path


class StartupError(Exception):
    """Something that was given at the start cannot be used. The text is one line for a person.

    Takes the message and, where there is one, the file and the line in it (counted from 1).
    """

    def __init__(self, message: str, file: Path | None = None, line: int | None = None) -> None:
        place = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(place + " ".join(message.split()))


class Refusal(Exception):
    """A request that is answered with an error: an HTTP status and one line that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
