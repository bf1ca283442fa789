"""``--real-connect``: a real PostgreSQL is asked, by a process of its own that knows nothing but what it is given.

The text comes from a client, and libpq does much with a text: it reads password, service and certificate files, takes
what is left out from the environment, and can write session keys into any file. So it gets the settings that it may
have one by one, no variable that begins with PG, and a home folder that is none.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence

from mockserver.memory.connection_string import MASK, Target, parse
from mockserver.memory.connector import Failure

MOST_SECONDS = 8.0
"""Until a connection is given up: pgwatch's clients get no answer at all after 10 s."""
_NO_FOLDER = os.devnull + "/none"
_PASSED = (
    "user",
    "password",
    "connect_timeout",
    "sslmode",
    "sslsni",
    "sslnegotiation",
    "application_name",
    "target_session_attrs",
    "channel_binding",
    "require_auth",
)
_LEFT_OUT = frozenset(
    (
        "host",
        "port",
        "database",
        "passfile",
        "options",
        "sslkey",
        "sslcert",
        "sslrootcert",
        "sslpassword",
        "krbspn",
        "krbsrvname",
        "service",
        "servicefile",
        "min_protocol_version",
        "max_protocol_version",
        "statement_cache_capacity",
        "description_cache_capacity",
        "default_query_exec_mode",
    )
)
"""What pgx knows and does not send to the server as a parameter (pgconn/config.go, conn.go, v5.10.0)."""


async def real_connect(text: str) -> Failure | None:
    """Open a real PostgreSQL connection and close it again; give up after the string's own timeout, or 8 s.

    Returns None for success; raises Refusal for an unreadable string.
    """
    targets = parse(text)
    first = targets[0]
    process = await asyncio.create_subprocess_exec(
        # The working directory may have modules of its own.
        sys.executable,
        "-P",
        "-m",
        "mockserver.memory.real_connection",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(os.environ),
    )
    try:
        async with asyncio.timeout(min(first.timeout or MOST_SECONDS, MOST_SECONDS)):
            said, _ = await process.communicate(json.dumps(settings_of(targets)).encode())
    except TimeoutError:
        return Failure(first, f"{first.host}:{first.port}: no answer in time")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    reason = said.decode("utf-8", "replace")
    if process.returncode:
        reason = "the connection test itself failed"
    return Failure(first, _without_password(" ".join(reason.split()), first.password)) if reason else None


def settings_of(targets: Sequence[Target]) -> dict[str, str]:
    """Return what libpq is given: the settings that reach no file, and the server's own parameters as ``options``."""
    given = targets[0].settings
    settings = {key: given[key] for key in _PASSED if given.get(key)}
    if settings.get("sslmode") in ("verify-ca", "verify-full") or given.get("sslrootcert") == "system":
        # libpq takes the system's certificates only together with verify-full.
        settings |= {"sslmode": "verify-full", "sslrootcert": "system"}
    parameters = [
        f"-c {key}={_escaped(value)}" for key, value in given.items() if key not in _LEFT_OUT and key not in _PASSED
    ]
    return {
        **settings,
        "host": ",".join(target.host for target in targets),
        "port": ",".join(target.port for target in targets),
        "dbname": targets[0].database,
        "options": " ".join(filter(None, [given.get("options", ""), *parameters])),
        "gssencmode": "disable",
    }


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the process that connects: no setting of libpq, and nowhere to look for its files."""
    kept = {name: value for name, value in own.items() if not name.startswith("PG")}
    return {**kept, "HOME": _NO_FOLDER, "PGSYSCONFDIR": _NO_FOLDER, "PYTHONPATH": os.pathsep.join(sys.path)}


def _escaped(value: str) -> str:
    """Return a value as it stands in ``options``, which are separated by spaces."""
    return "".join(f"\\{character}" if character.isspace() or character == "\\" else character for character in value)


def _without_password(reason: str, password: str) -> str:
    if not password or password not in reason:
        return reason
    # Where a password of a few characters was replaced, the rest of the line would tell it.
    return reason.replace(password, MASK) if len(password) > 3 else "the connection failed"


def main() -> None:
    """Connect by the settings on standard input, and write why that fails to standard output."""
    from psycopg import Error, connect  # noqa: PLC0415  # only this process needs it; it takes 80 ms to import

    try:
        connect(**json.load(sys.stdin)).close()
    except (Error, OSError, ValueError) as error:  # the latter two when a host cannot be resolved
        sys.stdout.write(str(error) or "the connection failed")


if __name__ == "__main__":
    main()
