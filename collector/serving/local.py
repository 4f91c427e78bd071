"""How a command on this machine talks to the engine that owns the store.

A DuckDB file has one owner. While it runs, it answers on a unix socket that only its
user can open; `engine.json` in the data folder says where. The socket lies in the
system's temporary folder, because a path inside a deep data folder may be too long.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import json
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import quote

from collector.errors import OperatorError

STARTING_SECONDS = 30.0


class EngineLock:
    """The right to own the store of a data folder; held until closed or the process ends."""

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file: IO[str] = (data / "engine.lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise OperatorError(f"another r46 process is working on {data}; stop it first") from error

    def close(self) -> None:
        self._file.close()


def is_running(data: Path) -> bool:
    """Whether an engine owns this data folder now."""
    try:
        EngineLock(data).close()
    except OperatorError:
        return True
    return False


def socket_path(data: Path) -> Path:
    """Where the engine of this data folder listens."""
    name = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"r46-{os.getuid()}-{name}.sock"


def announce(data: Path, address: Path) -> None:
    """Write where the engine listens, for commands and for its own workers."""
    told = {"socket": str(address), "pid": os.getpid()}
    (data / "engine.json").write_text(json.dumps(told))


def was_announced(data: Path) -> bool:
    """Whether an engine was announced that has not said goodbye: it runs, or it ended badly."""
    return (data / "engine.json").exists()


def withdraw(data: Path) -> None:
    """Say that the engine has ended in order."""
    (data / "engine.json").unlink(missing_ok=True)


def announced(data: Path) -> Path:
    """The socket of the engine; raises OperatorError where none was ever announced."""
    try:
        return Path(json.loads((data / "engine.json").read_text())["socket"])
    except (OSError, ValueError, KeyError) as error:
        raise OperatorError(f"no engine is announced in {data}") from error


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("engine", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def stream(data: Path, path: str, params: dict[str, str]) -> Iterator[bytes]:
    """The engine's answer, piece by piece; raises OperatorError if it does not answer 200.

    An engine that is still starting is waited for, `STARTING_SECONDS` at most.
    """
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in params.items())
    connection = _connected(data)
    try:
        connection.request("GET", f"{path}?{query}")
        response = connection.getresponse()
        if response.status != 200:
            raise OperatorError(response.read().decode("utf-8", "replace").strip())
        while piece := response.read(65536):
            yield piece
    except (OSError, http.client.HTTPException) as error:
        raise OperatorError(f"the engine of {data} broke off: {error}") from error
    finally:
        connection.close()


def _connected(data: Path) -> _UnixConnection:
    until = time.monotonic() + STARTING_SECONDS
    while True:
        try:
            connection = _UnixConnection(announced(data), timeout=600)
            connection.connect()
            return connection
        except (OSError, OperatorError) as error:
            if time.monotonic() > until:
                raise OperatorError(f"the engine of {data} does not answer: {error}") from error
        time.sleep(0.1)
