"""Operations with the tag ``login``."""

from mockserver.http.exchange import Answer, Request
from mockserver.serving.backend import Backend
from mockserver.serving.operation import Answers


async def login(mock: Backend, request: Request, answers: Answers) -> Answer:
    """Exchange credentials for a token, as body and as session cookie."""
    user, password = request.body["user"], request.body["password"]
    if not mock.credentials.accept(user, password):
        return answers.example(401)
    token = mock.tokens.issue(user).encode()
    return answers.success(token, (b"set-cookie", b"token=" + token + b"; Path=/; HttpOnly; SameSite=Lax"))
