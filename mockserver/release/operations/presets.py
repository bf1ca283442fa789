"""Operations with the tag ``presets``."""

from mockserver.http.exchange import Answer
from mockserver.release import definitions
from mockserver.release.backend import ReleaseBackend
from mockserver.release.definitions import PRESETS
from mockserver.release.request import ReleaseRequest


async def list_presets(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Return all presets by name."""
    return definitions.listed(server, PRESETS)


async def add_presets(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Create the presets of the body, one after the other."""
    return await definitions.add_all(server, request, PRESETS)


async def get_preset(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Return one preset."""
    return definitions.one(server, request, PRESETS)


async def set_preset(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Create or replace a preset."""
    return await definitions.put(server, request, PRESETS)


async def delete_preset(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Delete a preset; an unknown name is a success too."""
    return await definitions.delete(server, request, PRESETS)
