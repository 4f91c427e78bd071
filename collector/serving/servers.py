"""HTTP servers of one process, started and stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from collector.errors import OperatorError

BACKLOG = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """An ASGI application and the socket it answers on."""

    app: Any
    socket: socket.socket


class _Server(uvicorn.Server):
    """Signals belong to the process, not to one of its servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def run(listeners: Sequence[Listener], stop: asyncio.Event, drain_seconds: float) -> None:
    """Serve until `stop` is set; then let running requests end within `drain_seconds`."""
    servers = [_Server(_config(listener, drain_seconds)) for listener in listeners]
    async with asyncio.TaskGroup() as group:
        for server, listener in zip(servers, listeners, strict=True):
            group.create_task(server.serve(sockets=[listener.socket]))
        await stop.wait()
        for server in servers:
            server.should_exit = True


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT set `stop`."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)


async def bind_after_crash(host: str, port: int, patience: float) -> socket.socket:
    """`bind_tcp`, trying for `patience` seconds: what a crash left behind may still be letting go."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while True:
        try:
            return bind_tcp(host, port)
        except OperatorError:
            if loop.time() > until:
                raise
        await asyncio.sleep(0.1)


def bind_tcp(host: str, port: int) -> socket.socket:
    """A listening socket; raises OperatorError that says which port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise OperatorError(
            f"cannot listen on {host} port {port}: {error.strerror}. Choose another with --port."
        ) from error
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


def bind_unix(path: Path) -> socket.socket:
    """A listening unix socket that only this user can open; an old one is replaced."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    path.chmod(0o600)
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


def _config(listener: Listener, drain_seconds: float) -> uvicorn.Config:
    return uvicorn.Config(
        listener.app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=max(1, int(drain_seconds)),
    )
