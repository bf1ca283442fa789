"""Go types for tests: cut down from those that pgwatch reads, with the names that its error texts tell."""

from mockserver.go.json.types import Bool, Field, Float, Int, Map, Named, Slice, Struct, Text, Type


def struct(package: str, name: str, **fields: Type) -> Struct:
    """Build a struct whose JSON keys are its field names."""
    return Struct(package, name, tuple(Field(key, key, of) for key, of in fields.items()))


LOGIN = Struct("webserver", "loginReq", (Field("Username", "user", Text()), Field("Password", "password", Text())))
TIMES = struct("sources", "HostConfigPerMetricDisabledTimes", DisabledDays=Text())
HOST = struct("sources", "HostConfigAttrs", DcsEndpoints=Slice(Text()), PerMetricDisabledTimes=Slice(TIMES))
SOURCE = struct(
    "sources",
    "Source",
    Name=Text(),
    Group=Text(),
    Metrics=Map(Text(), Float()),
    Kind=Named("sources.Kind", Text()),
    IsEnabled=Bool(),
    CustomTags=Map(Text(), Text()),
    HostConfig=HOST,
)
SOURCE_OF_INTEGERS = struct("sources", "Source", Metrics=Named("metrics.MetricIntervals", Map(Text(), Int())))
METRIC = struct("metrics", "Metric", SQLs=Named("metrics.SQLs", Map(Int(), Text())), Gauges=Slice(Text()))
METRICS = Map(Text(), METRIC)
