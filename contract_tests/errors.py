"""What keeps the suite from judging."""


class NotJudged(Exception):
    """The target cannot be judged at all: it is down, is no pgwatch, or refuses the login. The text is one line."""


class Refused(Exception):
    """The guard did not let a request out. The text says which, and the option that would allow it."""
