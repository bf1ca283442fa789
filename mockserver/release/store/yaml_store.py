"""Sources, metrics and presets in YAML files, as pgwatch keeps them. The files are imagined: nothing is written.

Every write reads the whole file, changes it and writes the whole file. What is null before the first write is empty
after it. Before 5.0 nothing keeps two requests from doing so at once, and what the first wrote is lost.
"""

import asyncio
import copy
import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from mockserver.go.env import expand, names_in
from mockserver.go.json.types import Map, Slice, Struct, Type, underlying
from mockserver.release.dialect import Dialect
from mockserver.release.store.body_types import BodyTypes
from mockserver.release.store.once import Once
from mockserver.release.store.pgwatch_files import Files
from mockserver.release.store.store import Definition, NameTaken, Panic, Section, Source, StorageError
from mockserver.release.store.yaml_text import fault_of_definitions, fault_of_parts, part_of_file, read_back

SECONDS_OF_A_WRITE = 0.01
"""How long an unlocked write takes: long enough for another request to come in between, as happens with real files."""
EXPANDED = ("Name", "Kind", "IncludePattern", "ExcludePattern", "PresetMetrics", "PresetMetricsStandby")
EXPANDED_ADDRESSES = ("ConnStr", "Group")


class YamlStore:
    """A sources file and a metrics file, or folders of them, which cannot be written.

    ``variables``: names of environment variables that clients may ask for, beside those that the files name. Any other
    is empty: what a client sends must not read the environment of who runs the mock.
    """

    def __init__(self, files: Files, types: BodyTypes, dialect: Dialect, variables: Iterable[str]) -> None:
        self._types = types
        self._files = files
        self._is_locked = dialect.is_locked
        self._default_kind = dialect.default_kind
        self._lists_duplicates = dialect.lists_duplicates
        self._expanded = EXPANDED + (EXPANDED_ADDRESSES if dialect.expands_addresses else ())
        self._sources = files.sources
        self._sections: dict[Section, dict[str, Definition] | None] = {
            "metrics": files.metrics,
            "presets": files.presets,
        }
        if dialect.reads_nothing_as_empty and files.metrics_are_empty:
            self._sections = {"metrics": {}, "presets": {}}
        named = {name for source in files.sources for key in self._expanded for name in names_in(source[key])}
        self._environment = {name: os.environ[name] for name in named.union(variables) if name in os.environ}
        is_unreadable = dialect.metrics_folder == "unreadable" and files.metrics_place.is_dir()
        self._metrics_fault = f"read {files.metrics_place}: is a directory" if is_unreadable else ""
        self._readings = Once(self._reading)
        self._rewritten = Once(partial(rewritten_source, of=types.source))
        self._parts = Once(partial(part_of_file, of=types.source))
        self._is_torn = False
        self._sources_fault: str | None = None
        self._sections_fault: str | None = None

    def sources(self) -> list[Source] | None:
        """Return the sources as the file is read: Kind filled in, variables expanded; null where there are none."""
        return None if self._is_torn else self._read() or None

    def _read(self) -> list[Source]:
        _check_readable(self._sources_fault)
        read = self._readings.of(self._sources)
        names = [source["Name"] for source in read]
        if len(set(names)) < len(names) and not self._lists_duplicates:
            twice = next(name for place, name in enumerate(names) if name in names[:place])
            raise StorageError(f"duplicate source with name '{twice}' found")
        return read

    def _reading(self, source: Source) -> Source:
        # A variable that is not set leaves Kind empty: it is filled in before.
        filled = {**source, "Kind": source["Kind"] or self._default_kind}
        expanded = {key: self._expand(key, value) for key, value in filled.items()}
        return source if expanded == source else expanded

    def _expand(self, key: str, value: Any) -> Any:
        return expand(value, self._environment) if key in self._expanded else value

    async def create_source(self, source: Source) -> None:
        """Add a source at the end."""

        def create(sources: list[Source]) -> list[Source]:
            if any(own["Name"] == source["Name"] for own in sources):
                raise NameTaken
            return [*sources, source]

        await self._write(create)

    async def put_source(self, source: Source) -> None:
        """Put a source in the place of the first one of its name, or at the end."""

        def put(sources: list[Source]) -> list[Source]:
            names = [own["Name"] for own in sources]
            place = names.index(source["Name"]) if source["Name"] in names else len(names)
            return [*sources[:place], source, *sources[place + 1 :]]

        await self._write(put)

    async def delete_source(self, name: str) -> None:
        """Leave out the sources of a name."""
        await self._write(lambda sources: [own for own in sources if own["Name"] != name])

    async def _write(self, change: Callable[[list[Source]], list[Source]]) -> None:
        changed = change(self._read())
        _check_writable(self._files.sources_place)
        if not self._is_locked:
            await asyncio.sleep(SECONDS_OF_A_WRITE / 2)
            self._is_torn = True
            await asyncio.sleep(SECONDS_OF_A_WRITE / 2)
            self._is_torn = False
        self._sources_fault = fault_of_parts(self._parts.of(changed))
        self._sources = self._rewritten.of(changed)

    def definitions(self, section: Section) -> dict[str, Definition] | None:
        """Return a section of the metrics file."""
        if self._metrics_fault:
            raise StorageError(self._metrics_fault)
        _check_readable(self._sections_fault)
        return self._sections[section]

    async def create_definition(self, section: Section, name: str, value: Definition) -> None:
        """Add an entry."""
        if name in (self.definitions(section) or {}):
            raise NameTaken
        await self.put_definition(section, name, value)

    async def put_definition(self, section: Section, name: str, value: Definition) -> None:
        """Add or replace an entry; a section that is null makes the release crash."""
        entries = self.definitions(section)
        if entries is None:
            raise Panic
        await self._write_section(section, {**entries, name: value})

    async def delete_definition(self, section: Section, name: str) -> None:
        """Leave out an entry."""
        entries = self.definitions(section) or {}
        await self._write_section(section, {own: value for own, value in entries.items() if own != name})

    async def _write_section(self, section: Section, entries: dict[str, Definition]) -> None:
        _check_writable(self._files.metrics_place)
        self._sections[section] = entries
        metrics, presets = self._sections["metrics"], self._sections["presets"]
        self._sections_fault = fault_of_definitions(
            [(metrics or {}, self._types.metric), (presets or {}, self._types.preset)]
        )
        for name, written in self._sections.items():  # the other section is in the same file
            if written is not None:
                self._sections[name] = {read_back(key): _rewritten_definition(part) for key, part in written.items()}


def rewritten_source(source: Source, of: Struct) -> Source:
    """Return a source as it is read back: itself where that changes nothing, so that it is known again."""
    changed: Source = rewritten(source, of)
    return source if repr(changed) == repr(source) else changed  # -0.0 is equal to 0.0, and true to 1


def rewritten(value: Any, of: Type) -> Any:
    """Return a value as it is read back from a written file: empty maps and lists in the place of null."""
    of = underlying(of)
    if isinstance(of, Struct):
        return {field.key: rewritten(value[field.key], field.type) for field in of.fields}
    if isinstance(of, Map):
        return {_read_back(key): rewritten(part, of.value) for key, part in (value or {}).items()}
    if isinstance(of, Slice):
        return [rewritten(part, of.item) for part in value or []]
    return _read_back(value)


def _read_back(value: Any) -> Any:
    """Return a simple value as it is read back: YAML writes minus zero as -0, and reads that as 0 (v3.1.0, run)."""
    if isinstance(value, str):
        return read_back(value)
    return 0.0 if isinstance(value, float) and value == 0 else copy.copy(value)


def _rewritten_definition(value: Definition) -> Definition:
    """Return a metric or preset as it is read back: the maps are written when they are null, an empty list is not."""
    maps: Definition = {
        field: {_read_back(key): _read_back(part) for key, part in (value[field] or {}).items()}
        for field in ("SQLs", "Metrics")
        if field in value
    }
    texts = {field: read_back(part) for field, part in value.items() if isinstance(part, str)}
    return {
        **value,
        **texts,
        **maps,
        **({"Gauges": [*map(read_back, value["Gauges"] or [])] or None} if "Gauges" in value else {}),
    }


def _check_readable(fault: str | None) -> None:
    if fault is not None:
        raise StorageError(fault)


def _check_writable(place: Path) -> None:
    if place.is_dir():
        raise StorageError(f"open {place}: is a directory")
