"""Installations that forward to each other, over real HTTP: an event goes round once and is stopped, and that is told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from collector.control import Control
from collector.control.destinations import Stored
from collector.forwarder.reading import Reading, ledger_file
from collector.settings import Settings
from tests.server import SHOP_ID, Server, serving, wait_until

EVENT = {
    "event": "view",
    "shop_id": SHOP_ID,
    "did": "AH5aEvmlqn",
    "sid": "cIxzHQJbUo",
    "items": [{"id": "37"}],
}


@contextmanager
def ring(folder: Path, count: int) -> Iterator[list[tuple[Server, Stored]]]:
    """So many servers, each of which forwards to the next."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(serving(folder / f"s{number}", environ={"R46_WEBHOOK_PRIVATE": "on"}))
            for number in range(count)
        ]
        yield [
            (server, _sends_to(server, servers[(number + 1) % count]))
            for number, server in enumerate(servers)
        ]


def _sends_to(server: Server, following: Server) -> Stored:
    control = Control(
        server.data / "control.sqlite", settings=Settings(data=server.data, webhook_private=True)
    )
    options = {"base_url": following.origin, "shop_id": SHOP_ID, "relay_raw": "on"}
    added = control.destinations.add(
        SHOP_ID, "r46", "Next", options, {}, start_at=time.time() - 1, now=time.time()
    )
    control.close()
    return added


def _outcomes(server: Server, one: Stored) -> list[tuple[str, str, str]]:
    found = Reading(ledger_file(server.data, one.destination_id)).outcomes()
    return [(got.state, got.code, got.told.partition(" ")[0]) for got in found]


@pytest.mark.parametrize("count", [2, 3])
def test_an_event_that_comes_round_is_refused_and_stored_once_everywhere(count: int, tmp_path: Path) -> None:
    with ring(tmp_path, count) as servers:
        first, _ = servers[0]
        assert first.post("/push", EVENT).status == 200
        last, back = servers[-1]
        wait_until(lambda: _outcomes(last, back), 30, last.said)
        assert [_outcomes(*one) for one in servers] == [
            *([[("delivered", "", "")]] * (count - 1)),
            [("failed", "r_rejected", "508")],
        ]
        (told,) = Reading(ledger_file(last.data, back.destination_id)).outcomes()
        assert "loop_detected" in told.told
        assert [len(server.exported()) for server, _ in servers] == [1] * count


def test_two_shops_that_mirror_each_other_have_each_event_once(tmp_path: Path) -> None:
    with ring(tmp_path, 2) as servers:
        for number, (server, _) in enumerate(servers):
            for item in range(10):
                event: dict[str, Any] = {**EVENT, "did": f"AH5aEvmlq{number}", "items": [{"id": str(item)}]}
                assert server.post("/push", event).status == 200
        for server, one in servers:
            wait_until(lambda server=server, one=one: len(_outcomes(server, one)) == 20, 30, server.said)  # type: ignore[misc]
            counts = Reading(ledger_file(server.data, one.destination_id)).health().counts
            assert {state: count for state, count in counts.items() if count} == {
                "delivered": 10,
                "failed": 10,
            }
            assert len(server.exported()) == 20
