"""What keeps the suite from judging."""


class NotJudged(Exception):
    """The target cannot be judged at all: it is down, is no pgwatch, or refuses the login. The text is one line."""


class Refused(Exception):
    """The guard did not let a request out. The text says which, and the option that would allow it."""


class Unanswered(Exception):
    """The server itself gives no answer: in all its time, again and again, or because a proxy answers instead."""


class RunOver(Exception):
    """The run must not, or cannot, go on. The text says why, and what to do, in one line."""


class OutOfMeans(RunOver):
    """The machine of the suite has no files or memory left to ask with."""


class Gone(RunOver):
    """The server that was there when the run began is there no more."""


class Harm(RunOver):
    """Something that is not the run's own is not what it was: nothing more is written to the server, nor undone."""


class TimeUp(RunOver):
    """The run has taken all the time that it was given."""
