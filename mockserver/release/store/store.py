"""What every store of a release can do, and how it fails."""

from typing import Any, Literal, Protocol

Source = dict[str, Any]
Definition = dict[str, Any]
Section = Literal["metrics", "presets"]


class StorageError(Exception):
    """The store cannot do it; the text is what pgwatch answers."""


class StatementError(StorageError):
    """A database refused a statement, and says so in the log too."""


class NameTaken(Exception):
    """Something of that name exists already."""


class Panic(Exception):
    """The handler crashes: the connection ends without an answer."""


class Store(Protocol):
    """Sources, metrics and presets, as one kind of configuration of pgwatch keeps them.

    Values are those of ``go.json.types``. All methods raise StorageError; those that write may wait in between, as
    far as the release lets other requests in meanwhile.
    """

    def sources(self) -> list[Source] | None:
        """Return all sources in the order of the store; None is listed as null."""

    async def create_source(self, source: Source) -> None:
        """Add a source; raises NameTaken."""

    async def put_source(self, source: Source) -> None:
        """Add a source, or put it in the place of the one of its name."""

    async def delete_source(self, name: str) -> None:
        """Delete the sources of a name, where there are any."""

    def definitions(self, section: Section) -> dict[str, Definition] | None:
        """Return all metrics or presets by name; None is listed as null."""

    async def create_definition(self, section: Section, name: str, value: Definition) -> None:
        """Add a metric or preset; raises NameTaken, and Panic where the release crashes."""

    async def put_definition(self, section: Section, name: str, value: Definition) -> None:
        """Add or replace a metric or preset; raises Panic where the release crashes."""

    async def delete_definition(self, section: Section, name: str) -> None:
        """Delete a metric or preset, where there is one."""
