"""From the acknowledgement of an event to its place on the Live page and in the store."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
import time
from pathlib import Path

from bench.report import Report
from collector import record
from collector.log.memory import MemoryLog
from collector.wire import Shop
from tests.dashboard import shop_world as world
from tests.dashboard import test_live
from tests.live import Stream, sign_in
from tests.server import SHOP_ID, Server, add_shop, wait_until

A_SECOND = 500
SECONDS = 20
SENDERS = 4
BATCH = 5


FLOOD = 5_000
MESSAGES = 12


def run(report: Report) -> None:
    _delays(report)
    flood(report)


def flood(report: Report) -> None:
    """What a client of Live and the tail cost at thousands of events a second, in one process."""
    tail_seconds, sizes = asyncio.run(_flooded(world.log_of(world.view(1, 2))))
    report.add(f"tail at {FLOOD} events/s, CPU ms a second", tail_seconds / MESSAGES * 4 * 1000)
    report.add(f"stream of Live at {FLOOD} events/s, KB/s", sum(sizes[2:]) / len(sizes[2:]) * 4 / 1000)


async def _flooded(log: MemoryLog) -> tuple[float, list[int]]:
    """CPU seconds of the tail, and the bytes of each message; there are four a second."""
    tail = world.tail_of(log)
    messages = test_live.stream_of(tail).messages(test_live.SCOPE, 0)
    await test_live.next_message(messages)
    seconds, sizes = 0.0, []
    for _ in range(MESSAGES):
        for number in range(FLOOD // 4 // 25):
            await log.append(record.encode(test_live.flood(number, 25)))
        began = time.process_time()
        while tail.poll():
            pass
        seconds += time.process_time() - began
        sizes.append(len(await test_live.raw_message(messages)))
    return seconds, sizes


def _delays(report: Report) -> None:
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "data"
        add_shop(data, Shop(shop_id=SHOP_ID))
        server = Server(data)
        server.start()
        try:
            stream = Stream(server, sign_in(server))
            stream.start()
            acknowledged = _send(server)
            wait_until(lambda: stream.last() >= len(acknowledged), 30, server.said)
        finally:
            server.stop()
    waits = sorted(_waits(acknowledged, stream))
    report.add(f"accepted to visible on Live at {A_SECOND} events/s, p50 ms", waits[len(waits) // 2])
    report.add(f"accepted to visible on Live at {A_SECOND} events/s, p99 ms", waits[len(waits) * 99 // 100])


def _send(server: Server) -> list[float]:
    """Times of acknowledgement, in order; requests leave at their planned moment."""
    acknowledged: list[float] = []
    lock = threading.Lock()
    start = time.perf_counter()
    requests = A_SECOND * SECONDS // BATCH

    def sender(first: int) -> None:
        for number in range(first, requests, SENDERS):
            due = start + number * BATCH / A_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            server.request("POST", "/collect", _body(number))
            with lock:
                acknowledged.extend([time.perf_counter()] * BATCH)

    threads = [threading.Thread(target=sender, args=(first,)) for first in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(acknowledged)


def _body(number: int) -> bytes:
    calls = [{"eid": f"live{number * BATCH + n:016}", "call": ["track", "view", n]} for n in range(BATCH)]
    return json.dumps(
        {"v": 1, "shop_id": SHOP_ID, "did": "AH5aEvmlqn", "sid": "cIxzHQJbUo", "events": calls}
    ).encode()


def _waits(acknowledged: list[float], stream: Stream) -> list[float]:
    """Milliseconds from the n-th acknowledgement to the first message that counts n events."""
    waits, messages = [], iter(stream.seen)
    seen_at, seen = 0.0, 0
    for count, moment in enumerate(acknowledged, start=1):
        while seen < count:
            seen_at, seen, _ = next(messages)
        waits.append(max(0.0, (seen_at - moment) * 1000))
    return waits
