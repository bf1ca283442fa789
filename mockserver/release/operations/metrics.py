"""Operations with the tag ``metrics``."""

from mockserver.http.exchange import Answer
from mockserver.release import definitions
from mockserver.release.backend import ReleaseBackend
from mockserver.release.definitions import METRICS
from mockserver.release.request import ReleaseRequest


async def list_metrics(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Return all metrics by name."""
    return definitions.listed(server, METRICS)


async def add_metrics(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Create the metrics of the body, one after the other."""
    return await definitions.add_all(server, request, METRICS)


async def get_metric(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Return one metric."""
    return definitions.one(server, request, METRICS)


async def set_metric(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Create or replace a metric."""
    return await definitions.put(server, request, METRICS)


async def delete_metric(server: ReleaseBackend, request: ReleaseRequest) -> Answer:
    """Delete a metric; an unknown name is a success too."""
    return await definitions.delete(server, request, METRICS)
