"""From an acknowledgement to the Live page: all of it, in order, and gone when the server stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live import Stream, sign_in
from tests.server import SHOP_ID, Server, serving, wait_until

REQUESTS, BATCH = 40, 25


def _post(server: Server, first: int) -> None:
    calls = [
        {"eid": f"live{first + n:016}", "call": ["track", "view", f"item-{first + n:05}"]}
        for n in range(BATCH)
    ]
    body = {"v": 1, "shop_id": SHOP_ID, "did": "AH5aEvmlqn", "sid": "cIxzHQJbUo", "events": calls}
    assert server.post("/collect", body).status == 200


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one process", "two workers"])
def test_what_is_acknowledged_is_seen_on_live_all_of_it_and_in_order(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    with serving(tmp_path / "data", *options) as server:
        stream = Stream(server, sign_in(server))
        stream.start()
        for number in range(REQUESTS):
            _post(server, number * BATCH)
        wait_until(lambda: stream.last() >= REQUESTS * BATCH, 20, server.said)
        numbers = [number for _, number, _ in stream.seen]
        assert numbers == sorted(numbers)
        assert stream.last() == REQUESTS * BATCH
        assert stream.seen[-1][2]["cards"]["events_30"] == "1,000"
        shown = server.get(f"/live.json?shop={SHOP_ID}", {"Cookie": stream.cookie}).body.decode()
        places = [
            shown.find(f"item-{number:05}")
            for number in range(REQUESTS * BATCH - 1, REQUESTS * BATCH - 101, -1)
        ]
        assert -1 not in places
        if not options:  # two workers are read one after the other: their records may change places
            assert places == sorted(places), "the newest comes first"


def test_an_open_stream_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        stream = Stream(server, sign_in(server))
        stream.start()
        assert server.stop() <= 5
        wait_until(lambda: stream.ended, 5)
