"""Sources, metrics and presets in PostgreSQL, with the rules of pgwatch's tables. The tables are imagined.

The rules, their names and texts are those that PostgreSQL 15 showed with the schema that each release creates.
"""

import re
from collections.abc import Iterator
from typing import Any

from mockserver.errors import StartupError
from mockserver.go.url import is_utf8
from mockserver.release.store.body_types import BodyTypes
from mockserver.release.store.pgwatch_files import Files
from mockserver.release.store.store import Definition, NameTaken, Section, Source, StatementError, StorageError

_STARTS = {0xC2: 2, 0xE0: 3, 0xF0: 4}
_WORD = re.compile(r"\w")
_TABLES: dict[Section, str] = {"metrics": "metric", "presets": "preset"}
_NOT_NULL: dict[Section, tuple[str, str]] = {"metrics": ("SQLs", "sqls"), "presets": ("Metrics", "metrics")}
_REFERENCES = (
    ("PresetMetrics", "source_preset_config_fkey"),
    ("PresetMetricsStandby", "source_preset_config_standby_fkey"),
)
_COLUMNS = (
    *("Name", "Group", "Kind", "ConnStr", "SQLs", "InitSQL", "Description", "NodeStatus", "Gauges", "StorageName"),
    *("Metrics", "MetricsStandby", "PresetMetrics", "PresetMetricsStandby", "IncludePattern", "ExcludePattern"),
    *("CustomTags", "HostConfig"),
)
"""What has texts in a source, metric or preset, in the order of PostgreSQL's reading (v3.0.0 and v3.7.0, run)."""


class PostgresStore:
    """The tables source, metric and preset.

    Takes what they begin with, the types of their rows, whether every source counts as enabled (before 3.4 that
    column is not written), and whether new metrics are lost. Raises StartupError for a source that the tables would
    refuse.
    """

    def __init__(self, files: Files, types: BodyTypes, ignores_is_enabled: bool, drops_new_metrics: bool) -> None:
        self._types = types
        self._ignores_is_enabled = ignores_is_enabled
        self._drops_new_metrics = drops_new_metrics
        self._sections: dict[Section, dict[str, Definition]] = {
            "metrics": dict(files.metrics or {}),
            "presets": dict(files.presets or {}),
        }
        self._rows: dict[str, Source] = {}
        for source in files.sources:
            row = {**source, "Kind": source["Kind"] or "postgres", "Group": source["Group"] or "default"}
            try:
                self._check(row)
            except StorageError as error:
                text = f"source {row['Name']!r} cannot be stored in PostgreSQL: {error}"
                raise StartupError(text, files.sources_place) from None
            self._rows[row["Name"]] = self._row(row, is_new=False)

    def sources(self) -> list[Source]:
        """Return the rows in the order of the table: an updated one comes last."""
        return list(self._rows.values())

    async def create_source(self, source: Source) -> None:
        """Insert a row; the table's rules are asked before its names."""
        _check_texts(source)
        self._check_row(source)
        if source["Name"] in self._rows:
            raise NameTaken
        self._check_references(source)
        self._rows[source["Name"]] = self._row(source, is_new=True)

    async def put_source(self, source: Source) -> None:
        """Insert or update a row."""
        self._check(source)
        is_new = source["Name"] not in self._rows
        row = self._row(source, is_new)
        self._rows.pop(source["Name"], None)
        self._rows[source["Name"]] = row

    async def delete_source(self, name: str) -> None:
        """Delete the row of a name."""
        _check_text(name)
        self._rows.pop(name, None)

    def definitions(self, section: Section) -> dict[str, Definition]:
        """Return all rows of a table by name."""
        return self._sections[section]

    async def create_definition(self, section: Section, name: str, value: Definition) -> None:
        """Insert a row."""
        self._check_definition(section, name, value)
        if name in self._sections[section]:
            raise NameTaken
        self._sections[section][name] = _definition(value)

    async def put_definition(self, section: Section, name: str, value: Definition) -> None:
        """Insert or update a row; where new metrics are lost, one is left out without a word."""
        if section == "metrics" and self._drops_new_metrics and name not in self._sections[section]:
            _check_text(name)
            _check_texts(value)
            return
        self._check_definition(section, name, value)
        self._sections[section].pop(name, None)
        self._sections[section][name] = _definition(value)

    async def delete_definition(self, section: Section, name: str) -> None:
        """Delete a row: a preset only when no source names it; a metric goes out of the presets too."""
        _check_text(name)
        if section == "metrics" and name in self._sections[section]:
            for preset in self._sections["presets"].values():
                preset["Metrics"] = {own: value for own, value in preset["Metrics"].items() if own != name}
        elif section == "presets" and name:  # a source without a preset has null there, which refers to nothing
            for field, rule in _REFERENCES:
                if name in self._sections[section] and any(row[field] == name for row in self._rows.values()):
                    raise StatementError(
                        f'ERROR: update or delete on table "preset" violates foreign key constraint "{rule}" '
                        'on table "source" (SQLSTATE 23503)'
                    )
        self._sections[section].pop(name, None)

    def _row(self, source: Source, is_new: bool) -> Source:
        """Return a source as the table gives it back: maps are never null."""
        row = {**source, **{name: _map(source[name]) for name in ("Metrics", "MetricsStandby", "CustomTags")}}
        if self._ignores_is_enabled:
            row["IsEnabled"] = True if is_new else self._rows.get(source["Name"], source)["IsEnabled"]
        return row

    def _check(self, source: Source) -> None:
        _check_texts(source)
        self._check_row(source)
        self._check_references(source)

    def _check_row(self, source: Source) -> None:
        """Ask the rules of a row, in the alphabetical order in which PostgreSQL asks them."""
        rules = {
            "preset_or_custom_config": bool(source["PresetMetrics"]) != bool(source["Metrics"]),
            "preset_or_custom_config_standby": not (source["PresetMetricsStandby"] and source["MetricsStandby"]),
            "source_dbtype_check": source["Kind"] in self._types.kinds,
            "source_group_check": _WORD.search(source["Group"]) is not None,
        }
        for rule, is_kept in rules.items():
            if not is_kept:
                raise StatementError(
                    f'ERROR: new row for relation "source" violates check constraint "{rule}" (SQLSTATE 23514)'
                )

    def _check_references(self, source: Source) -> None:
        for field, rule in _REFERENCES:
            if source[field] and source[field] not in self._sections["presets"]:
                raise StatementError(
                    'ERROR: insert or update on table "source" violates foreign key constraint '
                    f'"{rule}" (SQLSTATE 23503)'
                )

    def _check_definition(self, section: Section, name: str, value: Definition) -> None:
        _check_text(name)
        _check_texts(value)
        field, column = _NOT_NULL[section]
        if not value[field]:
            raise StatementError(
                f'ERROR: null value in column "{column}" of relation "{_TABLES[section]}" '
                "violates not-null constraint (SQLSTATE 23502)"
            )


def _definition(value: Definition) -> Definition:
    """Return a metric or preset as the table gives it back."""
    return {**value, "Metrics": _map(value["Metrics"])} if "Metrics" in value else value


def _map(value: dict[str, Any] | None) -> dict[str, Any]:
    """Return a map as a column of JSON gives it back: never null, and without minus zero (v3.0.0, run)."""
    return {key: 0.0 if isinstance(part, float) and part == 0 else part for key, part in (value or {}).items()}


def _check_texts(value: dict[str, Any]) -> None:
    """Refuse what PostgreSQL takes for no text, in columns of text and in those of JSON; the first of them is told."""
    for column in _COLUMNS:
        part = value.get(column)
        if isinstance(part, dict):
            _check_json(part)
        else:
            for text in _texts_in(part):
                _check_text(text)


def _check_json(value: dict[Any, Any]) -> None:
    """Refuse a column of JSON; a NUL stands in it as an escape, which is read after all bytes were."""
    texts = list(_texts_in(value))
    for text in texts:
        _check_text(text.replace("\0", " "))
    if any("\0" in text for text in texts):
        raise StatementError("ERROR: unsupported Unicode escape sequence (SQLSTATE 22P05)")


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from _texts_in(part)


def _check_text(text: str) -> None:
    if "\0" in text or not is_utf8(text):
        at = _first_bad(text)
        raise StatementError(f'ERROR: invalid byte sequence for encoding "UTF8": {at} (SQLSTATE 22021)')


def _first_bad(text: str) -> str:
    """Return the bytes that PostgreSQL names: the first NUL, or the wrong sequence in full."""
    raw = text.encode("utf-8", "surrogateescape")
    try:
        raw.partition(b"\0")[0].decode()
    except UnicodeDecodeError as error:
        lead = raw[error.start]
        length = max((size for start, size in _STARTS.items() if lead >= start), default=1)
        length = 1 if lead > 0xF4 else length
        return " ".join(f"0x{byte:02x}" for byte in raw[error.start : error.start + length])
    return "0x00"
