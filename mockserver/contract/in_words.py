"""The contract's extensions told in Markdown, for readers of documentation that shows only OpenAPI's own words."""

from typing import Any


def manners_in_words(manners: dict[str, Any]) -> str:
    """Return Markdown that tells what ``x-http-manners`` says, a row for each manner."""
    rows = [
        (name, part.get("status", ""), part["description"]) for name, part in manners.items() if isinstance(part, dict)
    ]
    table = [f"| {name} | {status} | {description} |" for name, status, description in rows]
    return "\n".join(["| manner | status | |", "|---|---|---|", *table])


def websocket_in_words(websocket: dict[str, Any]) -> str:
    """Return Markdown that tells what an ``x-websocket`` says."""
    server, client = websocket["serverMessages"], websocket["clientMessages"]
    codes = [f"| {close['code']} | {close['by']} | {close['meaning']} |" for close in websocket["closeCodes"]]
    examples = [line.rstrip("\n") for line in server["examples"]]
    return "\n".join(
        [
            "### The stream",
            websocket["description"],
            f"* **From the server**: {server['frame']} frames. {server['description']}",
            f"* **Levels**: {', '.join(server['levels'])}",
            f"* **From the client**: {client['description']} At most {client['maxBytes']} bytes a message.",
            f"* **Pings**: {websocket['keepAlive']['description']}",
            f"* **Slow readers**: {websocket['slowReader']['description']}",
            "",
            "| close code | sent by | meaning |",
            "|---|---|---|",
            *codes,
            "",
            "```",
            *examples,
            "```",
        ]
    )
