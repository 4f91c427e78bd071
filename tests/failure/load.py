"""Load with a memory: threads that send events and remember which were acknowledged."""

from __future__ import annotations

import http.client
import json
import threading
from dataclasses import dataclass, field
from typing import Any

from tests.server import SHOP_ID


@dataclass
class Load:
    """Sends batches to /collect until told to stop; `acknowledged` holds their event names.

    A sender whose connection fails gives up on that batch, as after a crash nobody knows
    what became of it; the next batch has new events.
    """

    port: int
    label: str
    senders: int = 4
    batch: int = 3
    acknowledged: set[str] = field(default_factory=set)
    refused: int = 0
    failed: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [
            threading.Thread(target=self._send, args=(n,), daemon=True) for n in range(self.senders)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def count(self) -> int:
        with self._lock:
            return len(self.acknowledged)

    def _send(self, sender: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        number = 0
        while not self._stop.is_set():
            names = [f"{self.label}-{sender}-{number + n}" for n in range(self.batch)]
            number += self.batch
            try:
                connection.request("POST", "/collect", json.dumps(_body(names, sender)))
                response = connection.getresponse()
                response.read()
                self._remember(response.status, names)
            except (OSError, http.client.HTTPException):
                self.failed += 1
                connection.close()
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                self._stop.wait(0.01)
        connection.close()

    def _remember(self, status: int, names: list[str]) -> None:
        with self._lock:
            if status == 200:
                self.acknowledged.update(names)
            else:
                self.refused += 1


def _body(names: list[str], sender: int) -> dict[str, Any]:
    return {
        "v": 1,
        "shop_id": SHOP_ID,
        "did": f"dev{sender:07d}",
        "sid": f"ses{sender:07d}",
        "sent": 1_795_251_747_000,
        "events": [
            {
                "eid": name.rjust(20, "_"),
                "t": 1_795_251_747_000,
                "call": ["track", "view", {"id": name}],
            }
            for name in names
        ],
    }
