"""Pages beside the API: the contract itself, and Swagger UI that shows it from files of an installed package."""

import copy
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import orjson

from mockserver.contract.document import WEBSOCKET, Contract
from mockserver.contract.in_words import manners_in_words, websocket_in_words
from mockserver.http.exchange import Answer, answer

HTML = "text/html; charset=utf-8"
_ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript", "favicon-32x32.png": "image/png"}
_SWAGGER_UI = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <link rel="icon" href="{base}/docs/favicon-32x32.png">
  <link rel="stylesheet" href="{base}/docs/swagger-ui.css">
  <style>#swagger-ui .renderedMarkdown th, #swagger-ui .renderedMarkdown td {{ padding-right: 1em; }}</style>
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="{base}/docs/swagger-ui-bundle.js"></script>
  <script>
    SwaggerUIBundle({{
      url: "{base}/docs/openapi.json",
      dom_id: "#swagger-ui",
      deepLinking: true,
      persistAuthorization: true,
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0
    }});
  </script>
</body>
</html>
"""


class Pages:
    """The pages by their path. Each is made when it is first asked for, and kept.

    ``has_root`` says whether the root leads to the documentation.
    """

    def __init__(self, contract: Contract, base_path: str, has_root: bool = True) -> None:
        base = base_path
        title = f"{contract.specification['info']['title']} {contract.version}"
        html = _SWAGGER_UI.format(title=title, base=base).encode()
        self._pages: dict[str, Callable[[], Answer]] = {
            f"{base}/docs": partial(answer, 200, html, HTML),
            f"{base}/docs/": partial(answer, 200, html, HTML),
            f"{base}/docs/openapi.json": cache(partial(_document_for_readers, contract, base)),
            f"{base}/openapi.yaml": cache(partial(_document_as_yaml, contract)),
            f"{base}/openapi.json": cache(partial(_document_as_json, contract)),
        }
        if has_root:
            self._pages[f"{base}/"] = partial(answer, 302, b"", None, (b"location", f"{base}/docs".encode()))
        for name, content_type in _ASSETS.items():
            self._pages[f"{base}/docs/{name}"] = cache(partial(_asset, name, content_type))

    def find(self, path: str) -> Callable[[], Answer] | None:
        """Return what makes the page at a path, None where there is none."""
        return self._pages.get(path)


def _asset(name: str, content_type: str) -> Answer:
    from swagger_ui_bundle import swagger_ui_path  # noqa: PLC0415  # only who opens /docs needs it

    return answer(200, (Path(swagger_ui_path) / name).read_bytes(), content_type)


def _document_as_yaml(contract: Contract) -> Answer:
    return answer(200, contract.as_yaml(), "application/yaml")


def _document_as_json(contract: Contract) -> Answer:
    return answer(200, orjson.dumps(contract.specification.raw), "application/json")


def _document_for_readers(contract: Contract, base: str) -> Answer:
    """Return the contract as JSON, this server in its ``servers``, its extensions in words that Swagger UI shows."""
    document = copy.deepcopy(contract.specification.raw)
    document["servers"] = [{"url": base or "/", "description": "This server"}]
    document["info"]["description"] += "\n" + manners_in_words(contract.manners)
    for item in document["paths"].values():
        for operation in item.values():
            if WEBSOCKET in operation:
                operation["description"] += "\n" + websocket_in_words(operation[WEBSOCKET])
    return answer(200, orjson.dumps(document), "application/json")
