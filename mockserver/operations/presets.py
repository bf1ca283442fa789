"""Operations with the tag ``presets``."""

from mockserver.backend import Backend
from mockserver.exchange import Answer, Request
from mockserver.operation import Answers


async def list_presets(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Return all presets by name."""
    return answers.success(mock.state.presets_json)
