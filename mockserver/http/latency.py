"""Delays answers, so that a frontend shows how it waits."""

import asyncio
import random
from typing import Any


def delayed(app: Any, least: float, most: float, seed: int) -> Any:
    """Return an ASGI application that answers each request after ``least`` to ``most`` seconds more."""
    generator = random.Random(seed)

    async def delayed_app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await asyncio.sleep(generator.uniform(least, most))
        await app(scope, receive, send)

    return delayed_app
