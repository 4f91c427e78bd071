"""A real server process for tests: started, asked over HTTP, killed, started again."""

from __future__ import annotations

import atexit
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collector.control import Control
from collector.serving import local
from collector.wire import Shop

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
SHOP_ID = "46" * 15  # the form the protocol documents: 30 hexadecimal digits


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, lower-case headers and body of one HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def verdict(self) -> str:
        return self.headers.get("x-event-verdict", "")


@dataclass
class Server:
    """`r46 serve` on a data folder, with whatever options a test wants."""

    data: Path
    options: tuple[str, ...] = ()
    command: str = "serve"
    port: int = field(default_factory=lambda: free_port())
    environ: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, *, ready: bool = True) -> None:
        """Start and wait until it says that it can store (or only that it answers)."""
        self.data.mkdir(parents=True, exist_ok=True)
        output = (self.data.parent / f"{self.data.name}.output").open("ab")
        self._process = subprocess.Popen(
            [*r46(self.command), "--data", str(self.data), "--port", str(self.port), *self.options],
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env={**os.environ, **self.environ},
        )
        output.close()
        atexit.register(self._end)
        path = "/readyz" if ready else "/healthz"
        wait_until(lambda: self._answers(path), START_SECONDS, self.said)

    def _end(self) -> None:
        """Nothing a test started outlives the tests, however they end."""
        if self.running():
            self.kill()

    def _answers(self, path: str) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"the server ended with {self._process.returncode}:\n{self.said()}")
        try:
            return self._announced() and self.get(path).status == 200
        except OSError:
            return False

    def _announced(self) -> bool:
        """Whether it is this process that answers, and not the workers of one just killed."""
        if self.command == "collect":
            return True
        try:
            pid: int = json.loads((self.data / "engine.json").read_text())["pid"]
        except (OSError, ValueError):
            return False
        return pid == self.pid

    def said(self) -> str:
        """What it printed so far."""
        return (self.data.parent / f"{self.data.name}.output").read_text(errors="replace")

    def kill(self) -> None:
        """kill -9, as the power does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> float:
        """SIGTERM; returns the seconds it took to end."""
        assert self._process is not None
        started = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it did not stop:\n{self.said()}") from None
        return time.monotonic() - started

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body or None, dict(headers or {}))
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.request("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    def exported(self, shop: str = SHOP_ID) -> list[dict[str, Any]]:
        """All canonical records of a shop: asked of the running engine, else by the command."""
        if self.running():
            said = b"".join(local.stream(self.data, "/-/export/events", {"shop": shop}))
        else:
            said = run_r46("export", "events", "--shop", shop, "--data", str(self.data)).encode()
        return [json.loads(line) for line in said.splitlines()]


@contextlib.contextmanager
def serving(data: Path, *options: str, shop: Shop | None = None, **given: Any) -> Iterator[Server]:
    """A running server with one shop, stopped afterwards."""
    add_shop(data, shop or Shop(shop_id=SHOP_ID, name="Demo"))
    server = Server(data, options, **given)
    server.start()
    try:
        yield server
    finally:
        if server.running():
            server.stop()


def add_shop(data: Path, shop: Shop) -> None:
    control = Control(data / "control.sqlite")
    if control.find(shop.shop_id) is None:
        control.add(shop)
    control.close()


def r46(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "collector.cli", *arguments]


def run_r46(*arguments: str) -> str:
    """The command's standard output; fails with its standard error."""
    done = subprocess.run(r46(*arguments), capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], Any], seconds: float = 20.0, why: Callable[[], str] = str) -> None:
    """Poll until the condition holds; fails with `why` when it never does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain: {why()}")
        time.sleep(0.02)
