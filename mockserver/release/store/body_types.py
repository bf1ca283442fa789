"""The Go types of a release's bodies, made of the schemas that its document has."""

from dataclasses import dataclass
from typing import Any

from mockserver.go.json.types import Bool, Field, Float, Int, Map, Named, Slice, Struct, Text, Type

Schema = dict[str, Any]
CREDENTIALS = Struct(
    "webserver", "loginReq", (Field("Username", "user", Text()), Field("Password", "password", Text()))
)
"""The body of POST /login, whose fields have other names in Go."""
_STRUCTS = {
    "Source": ("sources", "Source"),
    "HostConfig": ("sources", "HostConfigAttrs"),
    "DisabledTimes": ("sources", "HostConfigPerMetricDisabledTimes"),
    "Metric": ("metrics", "Metric"),
    "Preset": ("metrics", "Preset"),
}
"""Package and name in Go by the name of the schema; the parsers' errors tell them."""
_SCALARS: dict[str, Type] = {"string": Text(), "boolean": Bool(), "number": Float(), "integer": Int()}
_SQLS = Named("metrics.SQLs", Map(Int(), Text()))


@dataclass(frozen=True)
class BodyTypes:
    """The types of what is sent and listed, and for files the key of each field by struct and name."""

    source: Struct
    metric: Struct
    preset: Struct
    kinds: tuple[str, ...]
    config_keys: dict[str, dict[str, str]]


def body_types(schemas: dict[str, Schema]) -> BodyTypes:
    """Return the types that the schemas of a document (``components.schemas``, unresolved) stand for."""
    compiler = _Compiler(schemas)
    keys = {
        struct: {key: part.get("x-config-key", "") for key, part in schemas[name]["properties"].items()}
        for name, (_, struct) in _STRUCTS.items()
        if name in schemas
    }
    source = compiler.struct("Source")
    return BodyTypes(
        source=source,
        metric=compiler.struct("Metric"),
        preset=compiler.struct("Preset"),
        kinds=tuple(schemas["Source"]["properties"]["Kind"]["enum"]),
        config_keys=keys,
    )


class _Compiler:
    def __init__(self, schemas: dict[str, Schema]) -> None:
        self._schemas = schemas

    def struct(self, name: str) -> Struct:
        """Return the struct of a schema, its fields in the schema's order."""
        properties = self._schemas[name]["properties"]
        fields = tuple(Field(key, key, self._field(key, schema)) for key, schema in properties.items())
        return Struct(*_STRUCTS[name], fields)

    def _field(self, key: str, schema: Schema) -> Type:
        if key == "Kind":
            return Named("sources.Kind", Text())
        if key == "SQLs":
            return _SQLS
        return self._type(schema)

    def _type(self, schema: Schema) -> Type:
        schema = schema["allOf"][0] if "allOf" in schema else schema
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self.struct(name) if name in _STRUCTS else self._type(self._schemas[name])
        if "additionalProperties" in schema and schema["type"] == "object":
            value = self._type(schema["additionalProperties"])
            intervals = Map(Text(), value)
            return Named("metrics.MetricIntervals", intervals) if isinstance(value, Int) else intervals
        if schema["type"] == "array":
            return Slice(self._type(schema["items"]))
        return _SCALARS[schema["type"]]
