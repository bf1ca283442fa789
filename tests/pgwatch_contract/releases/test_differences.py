"""Differences of documents: each kind of change is told in words, once, and whether it breaks a client."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from pgwatch_contract.releases.differences import differences
from tests.support.documents import Document, document

Edit = Callable[[Document], Any]


def changed(edit: Edit) -> list[tuple[bool, str]]:
    """Return what is said of an edit of the contract: whether it breaks a client, and the place and words."""
    edited = copy.deepcopy(document("contract"))
    edit(edited)
    return [
        (change.is_breaking, f"{change.where} {change.text}") for change in differences(document("contract"), edited)
    ]


def post(spec: Document) -> Any:
    """Return the operation that adds a source."""
    return spec["paths"]["/source"]["post"]


def source(spec: Document, suffix: str = "") -> Any:
    """Return the schema of a source, or of one that is sent."""
    return spec["components"]["schemas"][f"Source{suffix}"]


def kinds(spec: Document) -> Any:
    """Return the kinds of a source."""
    return source(spec)["properties"]["Kind"]["enum"]


def cors(spec: Document) -> Any:
    """Return the manners about other origins."""
    return spec["x-http-manners"]["cors"]


def metric_list(spec: Document) -> Any:
    """Return the schema of the list of metrics."""
    return spec["paths"]["/metric"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]


INTERVAL = "Interval (Preset.Metrics, Source.Metrics, Source.MetricsStandby)"
EDITS: dict[str, tuple[Edit, list[tuple[bool, str]]]] = {
    "an operation is gone": (
        lambda spec: spec["paths"]["/preset"].pop("get"),
        [(True, "GET /preset is gone (listPresets: List all presets)")],
    ),
    "an operation is new": (
        lambda spec: spec["paths"]["/preset"].update(put={"operationId": "own", "summary": "Do it", "responses": {}}),
        [(False, "PUT /preset is new (own: Do it)")],
    ),
    "an operation has moved": (
        lambda spec: spec["paths"].update({"/reader": spec["paths"].pop("/log")}),
        [(True, "GET /reader takes the place of GET /log (streamLog)")],
    ),
    "an operation means something else": (
        lambda spec: post(spec).update(summary="Make a source"),
        [(False, "POST /source means: Make a source; it meant: Add a source")],
    ),
    "another success": (
        lambda spec: post(spec)["responses"].update({"201": post(spec)["responses"].pop("200")}),
        [(True, "POST /source is answered with 201 where it succeeds, no longer with 200")],
    ),
    "a refusal is new": (
        lambda spec: post(spec)["responses"].update({"422": {"description": "No."}}),
        [(True, "POST /source can be answered with 422 now: No.")],
    ),
    "a refusal about what is there is gone": (
        lambda spec: post(spec)["responses"].pop("409"),
        [(True, "POST /source is no longer answered with 409: A source of that name exists. It was not changed.")],
    ),
    "another refusal is gone": (
        lambda spec: post(spec)["responses"].pop("413"),
        [(False, "POST /source is no longer answered with 413: The body is larger than the server's own limit.")],
    ),
    "an answer has a body now": (
        lambda spec: post(spec)["responses"]["200"].update(content={"text/plain": {}}),
        [(True, "POST /source the answer 200 is text/plain, no longer empty")],
    ),
    "a header is gone": (
        lambda spec: spec["paths"]["/login"]["post"]["responses"]["200"]["headers"].pop("Set-Cookie"),
        [(True, "POST /login the answer 200 no longer has the header Set-Cookie")],
    ),
    "a parameter must be sent": (
        lambda spec: spec["paths"]["/metric"]["get"].update(
            parameters=[{"name": "by", "in": "query", "required": True}]
        ),
        [(True, "GET /metric has the parameter by in the query, which must be sent")],
    ),
    "a parameter can be sent": (
        lambda spec: spec["paths"]["/metric"]["get"].update(parameters=[{"name": "by", "in": "query"}]),
        [(False, "GET /metric has the parameter by in the query")],
    ),
    "a parameter is gone": (
        lambda spec: spec["paths"]["/source"]["delete"].pop("parameters"),
        [(True, "DELETE /source no longer has the parameter name")],
    ),
    "a parameter has another type": (
        lambda spec: spec["paths"]["/source"]["delete"]["parameters"][0]["schema"].update(type="integer"),
        [(True, "DELETE /source parameter name is of type integer, no longer string")],
    ),
    "a body is taken": (
        lambda spec: spec["paths"]["/metric"]["get"].update(requestBody={"required": True, "content": {}}),
        [(True, "GET /metric takes a body now")],
    ),
    "a body has another type": (
        lambda spec: spec["paths"]["/test-connect"]["post"]["requestBody"].update(content={"application/json": {}}),
        [(True, "POST /test-connect the body is application/json, no longer text/plain")],
    ),
    "a field of answers is gone": (
        lambda spec: (
            source(spec)["properties"].pop("OnlyIfMaster")
            and source(spec, "Input")["properties"].update(OnlyIfMaster={"type": "boolean", "default": False})
        ),
        [(True, "Source.OnlyIfMaster is gone, in answers")],
    ),
    "a field of answers is new": (
        lambda spec: source(spec)["properties"].update(Id={"type": "integer"}),
        [(False, "Source.Id is new, in answers")],
    ),
    "a field of requests must be sent": (
        lambda spec: (
            source(spec, "Input")["properties"].update(Id={"type": "integer"})
            or source(spec, "Input")["required"].append("Id")
        ),
        [(True, "Source.Id is new, and must be sent, in requests")],
    ),
    "a known field must be sent": (
        lambda spec: source(spec, "Input")["required"].append("Group"),
        [(True, "Source.Group must be there now, in requests")],
    ),
    "a field of answers can be missing": (
        lambda spec: source(spec)["required"].remove("Group"),
        [(True, "Source.Group can be missing now, in answers")],
    ),
    "a value is new": (
        lambda spec: kinds(spec).append("oracle"),
        [(True, "Source.Kind can be oracle now, in answers")],
    ),
    "a value is gone": (
        lambda spec: kinds(spec).remove("pgpool"),
        [(True, "Source.Kind can no longer be pgpool, in requests")],
    ),
    "a type is narrower": (
        lambda spec: spec["components"]["schemas"]["Interval"].update(type="integer"),
        [(True, f"{INTERVAL} is of type integer, no longer number, in requests")],
    ),
    "a field can be null in answers": (
        lambda spec: source(spec)["properties"]["Metrics"].update(nullable=True),
        [(True, "Source.Metrics can be null now, in answers")],
    ),
    "a field can no longer be null in requests": (
        lambda spec: source(spec, "Input")["properties"]["Metrics"].pop("nullable"),
        [(True, "Source.Metrics can no longer be null, in requests")],
    ),
    "another default": (
        lambda spec: source(spec)["properties"]["Group"].update(default="all"),
        [(True, "Source.Group is all where it is left out, no longer default, in requests")],
    ),
    "another limit": (
        lambda spec: spec["components"]["schemas"]["Credentials"]["properties"]["user"].update(maxLength=10),
        [(True, "Credentials.user has at most 10 characters now, in requests")],
    ),
    "a limit of answers": (
        lambda spec: spec["components"]["schemas"]["Metric"]["properties"]["InitSQL"].update(maxLength=10),
        [(False, "Metric.InitSQL has at most 10 characters now, in answers")],
    ),
    "another schema": (
        lambda spec: metric_list(spec).update(additionalProperties={"$ref": "#/components/schemas/Preset"}),
        [(True, "GET /metric the answer 200.* is Preset, no longer Metric")],
    ),
    "an origin": (
        lambda spec: cors(spec).update(allowOrigin="http://localhost:5000"),
        [(True, "all paths cors.allowOrigin is http://localhost:5000, no longer http://localhost:4000")],
    ),
    "a manner is gone": (
        lambda spec: spec["x-http-manners"].pop("options"),
        [(True, "all paths options is gone: " + document("contract")["x-http-manners"]["options"]["description"])],
    ),
    "a manner is new": (
        lambda spec: spec["x-http-manners"].update(teapots={"status": 418, "description": "Teapots\nare refused."}),
        [(False, "all paths teapots is new: Teapots are refused.")],
    ),
    "a part without a description is new": (
        lambda spec: spec["x-http-manners"].update(teapots={"status": 418}),
        [(False, "all paths teapots is new")],
    ),
    "the order and case of a list": (
        lambda spec: cors(spec).update(allowHeaders=[each.lower() for each in reversed(cors(spec)["allowHeaders"])]),
        [],
    ),
    "less in a list": (
        lambda spec: cors(spec)["allowMethods"].remove("PUT"),
        [(True, "all paths cors.allowMethods no longer has PUT")],
    ),
    "a time of the log": (
        lambda spec: spec["paths"]["/log"]["get"]["x-websocket"]["keepAlive"].update(pingSeconds=20),
        [(True, "GET /log keepAlive.pingSeconds is 20, no longer 54")],
    ),
    "a token is needed": (
        lambda spec: spec["paths"]["/liveness"]["get"].pop("security"),
        [(True, "GET /liveness needs a token now")],
    ),
    "no token is needed": (
        lambda spec: spec["paths"]["/metric"]["get"].update(security=[]),
        [(False, "GET /metric needs no token any more")],
    ),
    "a place for tokens is gone": (
        lambda spec: spec["security"].pop(),
        [(True, "tokens are no longer read from the cookie token")],
    ),
    "another server": (
        lambda spec: spec["servers"].append({"url": "http://x", "description": "X"}),
        [(False, "the server can be found at http://x now: X")],
    ),
    "words": (
        lambda spec: [
            post(spec).update(description="Other words.", tags=["log"]),
            source(spec).update(description="x"),
            post(spec)["responses"]["200"].pop("links"),
            cors(spec).update(description="x"),
        ],
        [],
    ),
}


@pytest.mark.parametrize("what", EDITS)
def test_a_change_is_told_in_words(what: str) -> None:
    """Each kind of change is told once, with the place, and with whether it breaks a client."""
    edit, expected = EDITS[what]
    assert changed(edit) == expected


def test_what_breaks_comes_first() -> None:
    """The changes that break a client stand before all others."""
    breaking = [change.is_breaking for change in differences(document("3.5"), document("4.0"))]
    assert breaking == sorted(breaking, reverse=True)
    assert set(breaking) == {True, False}


STEPS = {
    ("3.0", "3.1"): [],
    ("3.1", "3.3"): ["Source.IsSuperuser is gone, in answers and requests"],
    ("3.3", "3.5"): [],
    ("3.5", "4.0"): [
        "POST /source is answered with 201 where it succeeds, no longer with 200",
        "POST /source can be answered with 409 now: A source of that name exists. It was not changed.",
        "DELETE /source/{name} takes the place of DELETE /source (deleteSource)",
        "DELETE /source/{name} has the parameter name in the path, no longer in the query",
        "PUT /metric/{name} takes the place of POST /metric (setMetric)",
        "PUT /metric/{name} has the parameter name in the path, no longer in the query",
        "DELETE /metric/{name} takes the place of DELETE /metric (deleteMetric)",
        "DELETE /metric/{name} has the parameter name in the path, no longer in the query",
        "PUT /preset/{name} takes the place of POST /preset (setPreset)",
        "PUT /preset/{name} has the parameter name in the path, no longer in the query",
        "DELETE /preset/{name} takes the place of DELETE /preset (deletePreset)",
        "DELETE /preset/{name} has the parameter name in the path, no longer in the query",
        "Source.HostConfig is gone, in answers and requests",
        "Source.Kind can no longer be patroni-continuous-discovery or patroni-namespace-discovery, in requests",
    ],
    ("4.0", "4.2"): [],
    ("4.2", "5.0"): [],
    ("5.0", "5.2"): [
        f"{INTERVAL} is of type integer, no longer number, in requests",
        f"{INTERVAL} must be at most 9223372036854775807 now, in requests",
        f"{INTERVAL} has the format int64 now, in requests",
    ],
    ("5.2", "5.3"): [],
    ("5.3", "6.0"): ["Source.Kind can be prometheus now, in answers"],
}


@pytest.mark.parametrize("step", STEPS, ids="-".join)
def test_from_release_to_release(step: tuple[str, str]) -> None:
    """What breaks a client between neighbours is what is known of them: nothing slipped into one of the files alone."""
    found = differences(document(step[0]), document(step[1]))
    assert [f"{change.where} {change.text}" for change in found if change.is_breaking] == STEPS[step]
    others = [change for change in found if not change.is_breaking]
    assert len(others) == {("3.0", "3.1"): 3, ("3.5", "4.0"): 10, ("4.2", "5.0"): 1}.get(step, 0)
