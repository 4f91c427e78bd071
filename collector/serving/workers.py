"""Collector processes beside the engine, sharing one listening socket.

A worker that ends is started again; when this process ends, however it ends, its
workers see the pipe close and end too.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys

from collector.settings import Settings

RESTART_SECONDS = 0.5
_log = logging.getLogger(__name__)


async def supervise(settings: Settings, listening: socket.socket, stop: asyncio.Event) -> None:
    """Keep `settings.workers` collectors running until `stop` is set, then end them in time."""
    alive, kept = os.pipe()  # `kept` closes with this process
    os.set_inheritable(alive, True)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(settings.workers):
                group.create_task(_keep_running(settings, listening, alive, stop))
    finally:
        os.close(kept)
        os.close(alive)


async def _keep_running(
    settings: Settings, listening: socket.socket, alive: int, stop: asyncio.Event
) -> None:
    stopped = asyncio.ensure_future(stop.wait())
    while not stop.is_set():
        process = await asyncio.create_subprocess_exec(
            *_command(settings, listening.fileno(), alive), pass_fds=(listening.fileno(), alive)
        )
        ended = asyncio.ensure_future(process.wait())
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            process.terminate()
            await asyncio.wait({ended}, timeout=settings.shutdown_seconds + 1)
            if not ended.done():
                process.kill()
                await ended
        elif not stop.is_set():
            _log.error("a collector process ended with %s and is started again", process.returncode)
            await asyncio.wait({stopped}, timeout=RESTART_SECONDS)


def _command(settings: Settings, listening: int, alive: int) -> list[str]:
    given = {
        "--data": settings.data,
        "--host": settings.host,
        "--port": settings.port,
        "--socket-fd": listening,
        "--alive-fd": alive,
    }
    pairs = [text for name, value in given.items() for text in (name, str(value))]
    return [sys.executable, "-m", "collector.cli", "collect", *pairs]
