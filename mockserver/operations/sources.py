"""Operations with the tag ``sources``."""

from mockserver.http.exchange import Answer, Request
from mockserver.serving.backend import Backend
from mockserver.serving.operation import Answers


async def list_sources(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Return all sources in the order added."""
    return answers.success(mock.state.sources_json)


async def add_source(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Add a source at the end, unless its name is taken."""
    if not mock.state.add_source(request.body):
        return answers.example(409)
    mock.log.source_added(request.body)
    return answers.success()


async def update_source(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Replace the source of the body's name, in its place."""
    if not mock.state.replace_source(request.body):
        return answers.example(404)
    mock.log.source_updated(request.body)
    return answers.success()


async def delete_source(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Delete the source of exactly that name."""
    source = mock.state.delete_source(request.parameters["name"])
    if source is None:
        return answers.example(404)
    mock.log.source_deleted(source)
    return answers.success()
