"""What ends a command with one line."""


class MatrixError(Exception):
    """A verdict, a release or an argument is not what it should be; the text says what is, and what to do."""
