"""A reader of the Live page's stream, as a browser is one."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.server import SHOP_ID, Server, run_r46, wait_until


def sign_in(server: Server) -> str:
    """A session's cookie, got as a person gets it."""
    link = run_r46("link", "--data", str(server.data), "--port", str(server.port)).strip()
    token = link.partition("token=")[2]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = server.request("POST", "/signin", f"token={token}".encode(), form)
    return answer.headers["set-cookie"].partition(";")[0]


@dataclass
class Stream:
    """Follows /live/stream in a thread; `seen` holds (time, last sequence number, message)."""

    server: Server
    cookie: str
    seen: list[tuple[float, int, dict[str, Any]]] = field(default_factory=list)
    ended: bool = False

    def start(self) -> None:
        threading.Thread(target=self._follow, daemon=True).start()
        wait_until(lambda: self.seen, 20)

    def last(self) -> int:
        return self.seen[-1][1]

    def _follow(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.request("GET", f"/live/stream?shop={SHOP_ID}", headers={"Cookie": self.cookie})
            response = connection.getresponse()
            number = 0
            while line := response.readline():
                if line.startswith(b"id: "):
                    number = int(line.decode().rpartition("-")[2])
                elif line.startswith(b"data: "):
                    self.seen.append((time.perf_counter(), number, json.loads(line[6:])))
        except (OSError, http.client.HTTPException):
            pass  # the server went away, which is what some tests are about
        finally:
            self.ended = True
            connection.close()
