"""What cannot be done, in one line for people."""


class NotPossible(Exception):
    """There is nothing to compare: a file is wrong, a server is not there ... Its text is one line."""
