"""A log of events that were received long ago, as a collector writes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from collector.adapters import load_adapters
from collector.ids import TimeOrderedIds
from collector.ingest import Ingest
from collector.log.disk import OsDisk
from collector.log.memory import MemoryLog
from collector.log.worker import claim_worker
from collector.log.writer import Limits, SegmentWriter
from collector.wire import Key, Shop, WireRequest
from tests.server import SHOP_ID

BATCH = 50
GROUP = 100
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
"""A browser's: what robots send is not sent on."""


class _Shops:
    def find(self, shop_id: str) -> Shop | None:
        return Shop(shop_id=shop_id)

    def keys(self, vendor: str, name: str, value: str) -> Sequence[Key]:
        return ()


class _Lines(MemoryLog):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[bytes] = []

    async def append(self, record: bytes) -> None:
        self.lines.append(record)


def write(log_dir: Path, events: int, at: datetime) -> None:
    """So many events of many visitors, all received at that moment."""
    lines = _Lines()
    asyncio.run(_taken(lines, events, at))
    worker = claim_worker(log_dir)
    writer = SegmentWriter(worker, OsDisk(), Limits())
    for first in range(0, len(lines.lines), GROUP):
        writer.write(lines.lines[first : first + GROUP])
    writer.close()
    worker.release()


async def _taken(log: MemoryLog, events: int, at: datetime) -> None:
    ingest, ids = Ingest(_Shops(), log), TimeOrderedIds()
    collect = next(one for one in load_adapters()["r46"].endpoints if one.path == "/collect")
    for body in _bodies(events, at):
        request = WireRequest(
            method="POST",
            path="/collect",
            headers={"user-agent": AGENT},
            body=body,
            received_at=at,
            request_id=ids(at),
            new_id=lambda: ids(at),
        )
        answered = await ingest(collect, request)
        if answered.reply.status != 200:
            raise RuntimeError(answered.verdict)


def _bodies(events: int, at: datetime) -> Iterator[bytes]:
    sent = int(at.timestamp() * 1000)
    for number in range(0, events, BATCH):
        calls = [
            {
                "eid": f"past{number + n:016}",
                "t": sent - 500,
                "call": ["track", "view", {"id": n, "price": 9}],
            }
            for n in range(BATCH)
        ]
        head = {
            "v": 1,
            "shop_id": SHOP_ID,
            "did": f"AH5aE{number % 9973:05}",
            "sid": "cIxzHQJbUo",
            "sent": sent,
        }
        yield json.dumps({**head, "events": calls}).encode()
