"""Long work beside the loop: nobody else waits for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

R = TypeVar("R")
MOST_AT_ONCE = 16 * 1024
"""Bytes that are read while all other requests wait: reading JSON takes a second for each megabyte."""
_THREAD = ThreadPoolExecutor(1)


async def aside(size: int, function: Callable[..., R], *arguments: object) -> R:
    """Return what a function returns that reads so many bytes; where they are many, it runs in another thread."""
    if size <= MOST_AT_ONCE:
        return function(*arguments)
    return await asyncio.get_running_loop().run_in_executor(_THREAD, function, *arguments)
