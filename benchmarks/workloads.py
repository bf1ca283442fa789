"""What is asked of the servers, as ready bytes, and the sources they have."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import yaml

SOURCES = 20


@dataclass(frozen=True)
class Workload:
    """A cycle of requests that is counted as one; ``goal`` is the most CPU it may take, in those of the bare function.

    ``cycle`` makes the requests, from a token and a name that no other connection uses. ``key`` names it for machines.
    """

    key: str
    title: str
    cycle: Callable[[str, str], Sequence[bytes]]
    goal: float | None = None


def request(method: str, path: str, token: str = "", body: object = None) -> bytes:
    """Return an HTTP/1.1 request, with a JSON body unless that is None."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    content = b"" if body is None else json.dumps(body).encode()
    if token:
        lines.append(f"Token: {token}")
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


def source(name: str) -> dict[str, object]:
    """Return a source as a frontend sends it, with all its fields."""
    return {
        "Name": name,
        "Group": "cluster-1",
        "ConnStr": f"postgresql://pgwatch:not-a-real-password@{name}.example.com:5432/postgres?sslmode=require",
        "Kind": "postgres-continuous-discovery",
        "IsEnabled": True,
        "IsSuperuser": False,
        "Metrics": {},
        "MetricsStandby": {},
        "PresetMetrics": "standard",
        "PresetMetricsStandby": "",
        "OnlyIfMaster": False,
        "CustomTags": {"team": "checkout"},
        "IncludePattern": "",
        "ExcludePattern": "",
        "HostConfig": {},
    }


def write_sources(file: Path, count: int = SOURCES) -> None:
    """Write so many sources into a file of pgwatch's format."""
    entries = [
        {
            "name": f"source-{number:02}",
            "group": f"cluster-{number % 4}",
            "conn_str": f"postgresql://pgwatch:not-a-real-password@db-{number:02}.example.com:5432/app",
            "kind": "postgres",
            "preset_metrics": "standard",
            "is_enabled": True,
            "custom_tags": {"team": "checkout"},
        }
        for number in range(count)
    ]
    file.write_text(yaml.dump(entries, Dumper=yaml.CSafeDumper), encoding="utf-8")


LOGIN = request("POST", "/login", body={"user": "admin", "password": "pgwatchadmin"})
LIVENESS = request("GET", "/liveness")

WORKLOADS = (
    Workload("liveness", "GET /liveness", lambda token, name: [LIVENESS], 1.5),
    Workload("list", f"GET /source, {SOURCES} sources", lambda token, name: [request("GET", "/source", token)], 1.5),
    Workload(
        "add-delete",
        "POST + DELETE /source",
        lambda token, name: [
            request("POST", "/source", token, source(name)),
            request("DELETE", f"/source?name={quote(name)}", token),
        ],
        2.0,
    ),
    Workload("login", "POST /login", lambda token, name: [LOGIN]),
)
