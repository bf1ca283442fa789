"""Operations with the tag ``presets``."""

from mockserver.http.exchange import Answer, Request
from mockserver.serving.backend import Backend
from mockserver.serving.operation import Answers


async def list_presets(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Return all presets by name."""
    return answers.success(mock.state.presets_json)
