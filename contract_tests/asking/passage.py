"""Whether paths reach the server as they are sent: some proxies decode them, and put slashes together."""

from contract_tests.asking.transport import Http
from contract_tests.errors import NotJudged
from contract_tests.target.guard import Permission


def look_at_passage(http: Http) -> None:
    """Find out what is in front of the server, if it names itself, and whether that changes paths.

    pgwatch sends no Server and no Via (facts of all releases). Raises NotJudged, with one line, where a run that writes
    could not delete again what it adds: an encoded slash in a name would become one that parts the path.
    """
    target = http.target
    probe = target.contract.probe
    plain = http.send("GET", probe.path)
    target.front = (plain.headers.get("Server") or plain.headers.get("Via") or "").partition("/")[0]
    if not target.front or plain.status != 200:
        return
    others = (http.send("GET", f"/nowhere/..%2F{probe.path[1:]}"), http.send("GET", f"/{probe.path}"))
    target.changes_paths = any((each.status, each.body) == (plain.status, plain.body) for each in others)
    has_names_in_paths = any(each.name_in == "path" for each in target.contract.operations.values())
    if target.changes_paths and has_names_in_paths and target.permission > Permission.READ:
        raise NotJudged(
            f"{target.front} in front of the server changes paths before it passes them on (%2F becomes a slash, two"
            " slashes one), so that sources with a slash in their names could not be deleted again: let it pass them as"
            " they come (nginx: a proxy_pass without a path, merge_slashes off), or judge without --allow-writes"
        )
