"""Operations with the tag ``sources``."""

from mockserver.go.json.types import GoJsonError
from mockserver.http.exchange import Answer
from mockserver.release import replies
from mockserver.release.backend import ReleaseBackend
from mockserver.release.request import ReleaseRequest
from mockserver.release.store.store import NameTaken, Source, StatementError, StorageError


async def list_sources(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Return all sources as the store has them."""
    try:
        sources = server.store.sources()
    except StorageError as error:
        return replies.error(500, str(error))
    return replies.text(server.marshal_sources(sources))


async def add_source(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Add the body as it is: where the document knows no 409, it replaces the source of its name."""
    try:
        source: Source = await server.unmarshal(request, server.types.source)
    except GoJsonError as error:
        return replies.error(server.dialect.write_error, error.text)
    try:
        if 409 in request.statuses:
            await server.store.create_source(source)
        else:
            await server.store.put_source(source)
    except NameTaken:
        return replies.error(409, "source already exists")
    except StorageError as error:
        return _refused(server, server.dialect.write_error, error, source)
    server.show_store()
    server.log.source_added(source)
    return replies.done(request.success)


async def get_source(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Return one source."""
    try:
        sources = server.store.sources() or []
    except StorageError as error:
        return replies.error(500, str(error))
    for source in sources:
        if source["Name"] == request.name:
            return replies.json(server.dialect.json.marshal(source, server.types.source))
    return replies.error(404, "source not found")


async def update_source(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Create or replace the source of the path's name."""
    try:
        source: Source = await server.unmarshal(request, server.types.source)
    except GoJsonError:
        return replies.error(400, request.unreadable)
    if source["Name"] != request.name:
        return replies.error(400, "name in URL and body must match")
    try:
        await server.store.put_source(source)
    except StorageError as error:
        return _refused(server, 500, error, source)
    server.show_store()
    server.log.source_updated(source)
    return replies.done(request.success)


async def delete_source(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Delete the source of a name; an unknown name is a success too."""
    deleted = [source for source in server.state.sources if source["Name"] == request.name]
    try:
        await server.store.delete_source(request.name)
    except StorageError as error:
        return replies.error(server.dialect.write_error, str(error))
    server.show_store()
    for source in deleted:
        server.log.source_deleted(source)
    return replies.done(request.success)


def _refused(server: ReleaseBackend, status: int, error: StorageError, source: Source) -> Answer:
    """Answer with the store's refusal; a database's is in the log with all it was given (v5.3.0, run)."""
    if isinstance(error, StatementError):
        given = " ".join(str(source.get(name) or "<nil>") for name in source)
        server.log.line("ERROR", f"[sql:insert into pgwatch.source] [args:[{given}]] [err:{error}] [pid:1] Query")
    return replies.error(status, str(error))
