"""Requests a second, durable before the answer, on one core, beside nginx in the same run."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.programs import find, on_core, start_nginx
from bench.report import Report
from collector.wire import Shop
from tests.server import SHOP_ID, Server, add_shop, free_port, wait_until

SECONDS = int(os.environ.get("BENCH_SECONDS", "8"))
CONNECTIONS = 64
BATCH = 50

PIXEL = "/pixel.gif?shop_id=464646464646464646464646464646&event=view&id=37&did=AH5aEvmlqn&sid=cIxzHQJbUo&segment=A&price=318"
HEADERS = """
wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
wrk.headers["Referer"] = "https://shop.example/p/37"
"""
ONE = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"event":"view","shop_id":"464646464646464646464646464646","did":"AH5aEvmlqn","sid":"cIxzHQJbUo","seance":"cIxzHQJbUo","segment":"A",'
  .. '"items":[{"id":37,"price":318,"stock":true}],"referer":"https://shop.example/p/37"}'
"""
MANY = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "text/plain;charset=UTF-8"
local number = 0
local now = os.time() * 1000
local head = '{"v":1,"shop_id":"464646464646464646464646464646","did":"AH5aEvmlqn","sid":"cIxzHQJbUo","segment":"A","sent":' .. now ..
  ',"page":"https://shop.example/p/37","ref":"https://shop.example/","pv":"p9Kd02xY","tz":-60,"events":['
request = function()
  local parts = {}
  for n = 1, BATCH do
    number = number + 1
    parts[n] = string.format('{"eid":"b%019d","t":%d,"call":["track","view",{"id":%d,"price":318.5,"stock":true}]}',
      number, now - 500, number % 1000)
  end
  return wrk.format(nil, nil, nil, head .. table.concat(parts, ",") .. "]}")
end
""".replace("BATCH", str(BATCH))


@dataclass(frozen=True)
class Measured:
    """What wrk saw; times in milliseconds."""

    a_second: float
    p50: float
    p99: float
    errors: int


def run(report: Report) -> None:
    wrk = find("wrk", "wrk")
    if wrk is None:
        report.add("http", "not measured", "wrk is not here and cannot be installed")
        return
    with tempfile.TemporaryDirectory() as place:
        nginx = _nginx(report, wrk, Path(place))
        collector = _collector(Path(place) / "data", "collect")
        pixel = flood(wrk, collector.origin + PIXEL, HEADERS)
        one = flood(wrk, collector.origin + "/push", HEADERS + ONE)
        many = flood(wrk, collector.origin + "/collect", HEADERS + MANY)
        collector.stop()
        whole = _collector(Path(place) / "whole", "serve")
        beside = flood(wrk, whole.origin + "/collect", HEADERS + MANY)
        whole.stop()
    _tell(report, "pixel", pixel, nginx)
    _tell(report, "POST of one event", one, nginx)
    _tell(report, f"POST of {BATCH}", many, nginx)
    report.add("batch events/s, collector alone on one core", many.a_second * BATCH)
    report.add("batch events/s, serve (loader, store, tail on the same core)", beside.a_second * BATCH)


def _nginx(report: Report, wrk: str, place: Path) -> Measured | None:
    nginx = find("nginx", "nginx-light")
    if nginx is None:
        report.add("nginx empty_gif", "not measured", "nginx is not here and cannot be installed")
        return None
    port = free_port()
    process = start_nginx(nginx, place, port)
    try:
        asked = Server(place, port=port)
        wait_until(lambda: _answers(asked), 10)
        measured = flood(wrk, f"http://127.0.0.1:{port}/pixel.gif", HEADERS)
    finally:
        process.terminate()
        process.wait()
    report.add("nginx empty_gif with access log, requests/s", measured.a_second)
    return measured


def _answers(server: Server) -> bool:
    try:
        return server.get("/pixel.gif").status == 200
    except OSError:
        return False


def _collector(data: Path, command: str) -> Server:
    add_shop(data, Shop(shop_id=SHOP_ID))
    server = Server(data, command=command)
    server.start()
    subprocess.run(["taskset", "-a", "-cp", "0", str(server.pid)], check=False, capture_output=True)
    return server


def flood(wrk: str, url: str, script: str) -> Measured:
    """As many requests as are answered, from one core."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        options = ["-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", "--latency", "-s", file.name, url]
        said = subprocess.run(on_core(1, [wrk, *options]), capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert rate, said
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return Measured(
        float(rate[1]), _latency(said, "50%"), _latency(said, "99%"), int(failed[1]) if failed else 0
    )


def _latency(said: str, share: str) -> float:
    found = re.search(rf"{re.escape(share)}\s+([\d.]+)(us|ms|s)\b", said)
    assert found, said
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


def _tell(report: Report, name: str, measured: Measured, nginx: Measured | None) -> None:
    report.add(
        f"{name}, requests/s", measured.a_second, f"p50 {measured.p50:.1f} ms, p99 {measured.p99:.1f} ms"
    )
    report.add(f"{name}, p99 ms", measured.p99)
    if measured.errors:
        report.add(f"{name}, answers that are no success", measured.errors)
    if nginx is not None:
        report.add(f"{name}, ratio to nginx", measured.a_second / nginx.a_second)
