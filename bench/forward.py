"""What forwarding costs those who send events: the same load without a destination and with one that

takes all, refuses connections, hangs to its timeout, or was dead for a week and is catching up. Everything of
one round runs one after the other on the same machine, so that ratios mean something where figures do not.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.http import HEADERS, SECONDS, Measured, flood
from bench.past import AGENT, write
from bench.programs import find, on_core
from bench.report import Report
from collector.control import opened
from collector.settings import Settings
from collector.wire import Shop
from tests.metrics.reading import parsed
from tests.server import ROOT, SHOP_ID, Server, add_shop, free_port, wait_until

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
A_SECOND, SENDERS = 200, 4
WARM_SECONDS = 3
"""What is made at the first event is there by then."""
SENT = {"Content-Type": "application/json", "User-Agent": AGENT}
PAST_EVENTS = 100_000
VISITORS = 2_000
SITUATIONS = ("none", "healthy", "dead", "hanging", "week")
TOLD = {
    "none": "no destination",
    "healthy": "a webhook that takes all",
    "dead": "a webhook that refuses connections",
    "hanging": "a webhook that hangs to its timeout",
    "week": "a webhook dead for a week, what it missed expiring",
}
LOAD = f"""
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local number = 0
request = function()
  number = number + 1
  return wrk.format(nil, nil, nil, string.format('{{"event":"view","shop_id":"{SHOP_ID}","did":"AH5aE%05d","sid":"cIxzHQJbUo",'
    .. '"seance":"cIxzHQJbUo","items":[{{"id":%d,"price":318,"stock":true}}],"referer":"https://shop.example/p/37"}}',
    number % {VISITORS}, number % 1000))
end
"""


@dataclass(frozen=True)
class Cost:
    """One situation: at a steady pace, and as fast as it goes. Milliseconds; `forwarded` events a second."""

    paced_p50: float
    paced_p99: float
    flood: Measured
    forwarded: float


def run(report: Report) -> None:
    wrk = find("wrk", "wrk")
    if wrk is None:
        report.add("forward", "not measured", "wrk is not here and cannot be installed")
        return
    found: dict[str, list[Cost]] = {name: [] for name in SITUATIONS}
    for number in range(ROUNDS):
        for name in SITUATIONS:
            found[name].append(_situation(wrk, name))
            print(f"round {number + 1}: {TOLD[name]}: {found[name][-1]}", flush=True)
    for name in SITUATIONS:
        _tell(report, TOLD[name], found[name], found["none"])


def _tell(report: Report, name: str, costs: list[Cost], usual: list[Cost]) -> None:
    """The best of all rounds: what else happens on a machine makes each slower, and none faster."""
    best, base = _best(costs), _best(usual)
    report.add(f"{name}: p99 at {A_SECOND}/s, ms", best.paced_p99)
    report.add(f"{name}: requests/s", best.flood.a_second)
    report.add(f"{name}: p99 of the flood, ms", best.flood.p99)
    if costs is usual:
        return
    report.add(f"{name}: p50 at {A_SECOND}/s, ratio", best.paced_p50 / base.paced_p50)
    report.add(f"{name}: p99 at {A_SECOND}/s, ratio", best.paced_p99 / base.paced_p99)
    report.add(f"{name}: p99 of the flood, ratio", best.flood.p99 / base.flood.p99)
    report.add(f"{name}: requests/s, ratio", best.flood.a_second / base.flood.a_second)
    report.add(f"{name}: events forwarded or ended/s", best.forwarded)


def _best(costs: list[Cost]) -> Cost:
    """The lowest latencies and the highest rates of any round."""
    return Cost(
        paced_p50=min(one.paced_p50 for one in costs),
        paced_p99=min(one.paced_p99 for one in costs),
        flood=Measured(
            a_second=max(one.flood.a_second for one in costs),
            p50=min(one.flood.p50 for one in costs),
            p99=min(one.flood.p99 for one in costs),
            errors=sum(one.flood.errors for one in costs),
        ),
        forwarded=max(one.forwarded for one in costs),
    )


def _situation(wrk: str, name: str) -> Cost:
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "data"
        add_shop(data, Shop(shop_id=SHOP_ID))
        if name == "week":
            write(Settings(data=data).log_dir, PAST_EVENTS, datetime.now(UTC) - timedelta(days=7))
        server = Server(data, environ={"R46_WEBHOOK_PRIVATE": "1"})
        server.start()
        subprocess.run(["taskset", "-a", "-cp", "0", str(server.pid)], check=False, capture_output=True)
        try:
            wait_until(lambda: _loaded(server), 120, server.said)
            with _receiver(name) as port:
                if name != "none":
                    _forward(data, port)
                    wait_until(lambda: _destination(server, "readable"), 20, server.said)
                return _measured(wrk, server)
        finally:
            server.stop()


def _measured(wrk: str, server: Server) -> Cost:
    _paced(server, WARM_SECONDS)
    began, before = time.perf_counter(), _ended(server)
    waits = sorted(_paced(server, SECONDS))
    flooded = flood(wrk, server.origin + "/push", HEADERS + LOAD)
    ended = _ended(server) - before
    return Cost(
        paced_p50=waits[len(waits) // 2],
        paced_p99=waits[len(waits) * 99 // 100],
        flood=flooded,
        forwarded=ended / (time.perf_counter() - began),
    )


def _paced(server: Server, seconds: int) -> list[float]:
    """Milliseconds from the planned moment of each request to its answer, so that a queue is seen."""
    waits: list[float] = []
    start = time.perf_counter() + 0.1

    def sender(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for number in range(first, A_SECOND * seconds, SENDERS):
            due = start + number / A_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.request("POST", "/push", _body(number), SENT)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"answered {answer.status}")
            waits.append((time.perf_counter() - due) * 1000)
        connection.close()

    threads = [threading.Thread(target=sender, args=(first,)) for first in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(waits) != A_SECOND * seconds:
        raise RuntimeError("not every request was answered")
    return waits


def _body(number: int) -> bytes:
    event = {"event": "view", "shop_id": SHOP_ID, "did": f"AH5aE{number % VISITORS:05}", "sid": "cIxzHQJbUo"}
    return json.dumps({**event, "items": [{"id": number % 1000}]}).encode()


@contextmanager
def _receiver(name: str) -> Iterator[int]:
    """The port of what the destination calls; nobody listens there where it is dead."""
    port = free_port()
    if name not in ("healthy", "hanging"):
        yield port
        return
    given = [str(port), *(["hang"] if name == "hanging" else [])]
    process = subprocess.Popen(on_core(1, [sys.executable, "-m", "bench.receiver", *given]), cwd=ROOT)
    try:
        wait_until(lambda: _listens(port), 20)
        yield port
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.connect()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def _forward(data: Path, port: int) -> None:
    """Everything that was ever received is to be sent on, and its time to be delivered counts from then."""
    control = opened(Settings(data=data, webhook_private=True))
    control.destinations.add(
        SHOP_ID,
        "webhook",
        "bench",
        {"url": f"http://127.0.0.1:{port}/events", "batch": "500"},
        {"secret": "a-secret-of-the-bench"},
        start_at=0.0,
        now=0.0,
    )
    control.close()


def _figures(server: Server) -> Mapping[str, Mapping[frozenset[tuple[str, str]], float]]:
    answer = server.get("/metrics")
    if answer.status != 200:
        raise RuntimeError(f"metrics are answered {answer.status}")
    return parsed(answer.body.decode())


def _loaded(server: Server) -> bool:
    return not any(_figures(server)["r46_loader_lag_seconds"].values())


def _destination(server: Server, name: str) -> float:
    return sum(_figures(server).get(f"r46_destination_{name}", {}).values())


def _ended(server: Server) -> float:
    """Events that have an outcome at the destination."""
    return _destination(server, "events")
