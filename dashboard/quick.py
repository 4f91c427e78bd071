"""Short work in threads of its own: a page is written, a session looked up, while all others ask the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, ParamSpec, TypeVar

THREADS: Final = 2
_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")
_threads = ThreadPoolExecutor(THREADS, "r46-page")


async def quickly(work: Callable[_Given, _Found], *args: _Given.args, **kwargs: _Given.kwargs) -> _Found:
    """What `work` returns, done in a thread that never waits for a question; as `asyncio.to_thread` else."""
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(
        _threads, lambda: context.run(work, *args, **kwargs)
    )
