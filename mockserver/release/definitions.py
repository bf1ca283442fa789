"""What a release does with metrics and presets, which it treats alike but for a few texts."""

from dataclasses import dataclass

from mockserver.go.json.types import GoJsonError, Map, Struct, Text
from mockserver.http.exchange import Answer
from mockserver.release import replies
from mockserver.release.backend import ReleaseBackend
from mockserver.release.request import ReleaseRequest
from mockserver.release.store.store import NameTaken, Section, StorageError


@dataclass(frozen=True)
class Kind:
    """Metrics or presets: the store's section, what one is called, and whether a body that is no JSON is explained."""

    section: Section
    word: str
    explains_json: bool

    def type(self, server: ReleaseBackend) -> Struct:
        """Return the type of one."""
        return server.types.metric if self.section == "metrics" else server.types.preset


METRICS = Kind("metrics", "metric", explains_json=True)
PRESETS = Kind("presets", "preset", explains_json=False)


def listed(server: ReleaseBackend, kind: Kind) -> Answer:
    """Return all by name."""
    try:
        entries = server.store.definitions(kind.section)
    except StorageError as error:
        return replies.error(500, str(error))
    return replies.text(server.dialect.json.marshal(entries, Map(Text(), kind.type(server))))


def one(server: ReleaseBackend, request: ReleaseRequest, kind: Kind) -> Answer:
    """Return one."""
    try:
        entries = server.store.definitions(kind.section) or {}
    except StorageError as error:
        return replies.error(500, str(error))
    if request.name not in entries:
        return replies.error(404, f"{kind.word} not found")
    return replies.json(server.dialect.json.marshal(entries[request.name], kind.type(server)))


async def add_all(server: ReleaseBackend, request: ReleaseRequest, kind: Kind) -> Answer:
    """Create all that the body has by name; the first that fails ends it, and those before it stay."""
    try:
        given = await server.unmarshal(request, Map(Text(), kind.type(server)))
    except GoJsonError as error:
        return replies.error(500, error.text)
    if not given:
        return replies.error(500, f"invalid {kind.word}")
    try:
        for name, value in given.items():
            await server.store.create_definition(kind.section, name, value)
    except NameTaken:
        return replies.error(409, f"{kind.word} already exists")
    except StorageError as error:
        return replies.error(500, str(error))
    return replies.done(request.success)


async def put(server: ReleaseBackend, request: ReleaseRequest, kind: Kind) -> Answer:
    """Create or replace one, by the name in the path or, before there were such paths, in the query."""
    is_item = request.item is not None
    try:
        value = await server.unmarshal(request, kind.type(server))
    except GoJsonError as error:
        text = error.text if kind.explains_json or not is_item else request.unreadable
        return replies.error(400 if is_item else 500, text)
    try:
        await server.store.put_definition(kind.section, request.name, value)
    except StorageError as error:
        return replies.error(500, str(error))
    return replies.done(request.success)


async def delete(server: ReleaseBackend, request: ReleaseRequest, kind: Kind) -> Answer:
    """Delete one; an unknown name is a success too."""
    try:
        await server.store.delete_definition(kind.section, request.name)
    except StorageError as error:
        return replies.error(500, str(error))
    return replies.done(request.success)
