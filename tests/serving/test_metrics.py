"""Who may read metrics, and what else there is at that address: nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.core import GaugeMetricFamily, Metric

from collector.serving import metrics
from tests.metrics.reading import labels, parsed
from tests.server import SHOP_ID, serving, wait_until

TOKEN = "a-token-of-the-operator"


class One:
    def families(self) -> Iterable[Metric]:
        return (GaugeMetricFamily("r46_one", "One.", value=1),)


async def _pages(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"a page"})


def _ask(
    token: str = "",
    *,
    client: tuple[str, int] | None = ("127.0.0.1", 4000),
    headers: Mapping[str, str] | None = None,
    path: str = "/metrics",
    method: str = "GET",
) -> tuple[int, bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "path": path,
        "method": method,
        "client": client,
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    asyncio.run(metrics.before(_pages, [One()], token)(scope, None, send))
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent)


HERE = pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        (("127.0.0.1", 1), {}, 200),
        (("::1", 1), {}, 200),
        (("::ffff:127.0.0.1", 1), {}, 200),
        (("127.0.0.1", 1), {"host": "127.0.0.1:4646"}, 200),
        (("::1", 1), {"host": "[::1]:4646"}, 200),
        (("127.0.0.1", 1), {"host": "localhost"}, 200),
        (("127.0.0.1", 1), {"host": "rebound.example:4646"}, 403),
        (("127.0.0.1", 1), {"x-forwarded-for": "127.0.0.1"}, 403),
        (("127.0.0.1", 1), {"X-Real-IP": "10.0.0.1"}, 403),
        (("127.0.0.1", 1), {"forwarded": "for=10.0.0.1"}, 403),
        (("10.0.0.7", 1), {}, 403),
        (("10.0.0.7", 1), {"r46-peer": "127.0.0.1"}, 403),
        (None, {}, 200),
        (None, {"r46-peer": "127.0.0.1"}, 200),
        (None, {"r46-peer": "10.0.0.7"}, 403),
        (None, {"r46-peer": "unknown"}, 403),
    ],
)


@HERE
def test_without_a_token_only_this_machine_is_told(
    client: tuple[str, int] | None, headers: dict[str, str], status: int
) -> None:
    answered, body = _ask(client=client, headers=headers)
    assert (answered, b"r46_one 1.0" in body) == (status, status == 200)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN} ", 200),
        (f"Bearer {TOKEN}x", 401),
        (f"Basic {TOKEN}", 401),
        ("Bearer ", 401),
        (None, 401),
    ],
)
def test_with_a_token_it_is_asked_for_wherever_one_is(given: str | None, status: int) -> None:
    headers = {} if given is None else {"Authorization": given}
    for client in (("127.0.0.1", 1), ("10.0.0.7", 1)):
        proxied = {**headers, "x-forwarded-for": "10.0.0.1", "host": "shop.example"}
        answered, body = _ask(TOKEN, client=client, headers=proxied)
        assert (answered, b"r46_one 1.0" in body) == (status, status == 200)


def test_everything_else_is_a_page() -> None:
    assert [_ask(path=path) for path in ("/", "/metrics/", "/overview")] == [(299, b"a page")] * 3


def test_metrics_are_read_and_not_sent() -> None:
    assert _ask(method="POST")[0] == 405
    assert _ask(method="HEAD") == (200, b"")


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one process", "workers"])
def test_a_server_counts_what_it_takes_in_whatever_process(tmp_path: Path, options: tuple[str, ...]) -> None:
    event = {
        "event": "view",
        "shop_id": SHOP_ID,
        "did": "AH5aEvmlqn",
        "sid": "cIxzHQJbUo",
        "items": [{"id": 37}],
    }
    with serving(tmp_path / "data", *options) as server:
        for _ in range(7):
            assert server.post("/push", event).status == 200
        assert server.post("/push", b"nonsense").status == 400

        def events() -> dict[str, float]:
            counted: dict[str, float] = {}
            for name, value in (
                parsed(server.get("/metrics").body.decode()).get("r46_events_total", {}).items()
            ):
                outcome = dict(name)["outcome"]
                counted[outcome] = counted.get(outcome, 0) + value
            return counted

        wait_until(lambda: events() == {"accepted": 7, "rejected": 1}, 20, lambda: str(events()))
        found = parsed(server.get("/metrics").body.decode())
        assert found["r46_loaded_total"][labels(what="events")] == 7
        assert server.get("/metrics", {"X-Forwarded-For": "10.1.2.3"}).status == 403
    assert not list((tmp_path / "data" / "metrics").glob("*.json"))
