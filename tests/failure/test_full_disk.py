"""A full disk: nothing is acknowledged that is not kept, and it recovers by itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.wire import Shop
from tests.failure.load import Load
from tests.server import SHOP_ID, Server, add_shop, wait_until

pytestmark = pytest.mark.failure

MIB = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 MiB; only root may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system, and this is not root")
    command = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(place)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def _fill(path: Path) -> None:
    """Take all the space there is."""
    with path.open("wb", buffering=0) as file:
        for size in (MIB, 64 * 1024, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def test_a_full_disk_answers_503_loses_nothing_acknowledged_and_recovers(small_disk: Path) -> None:
    data = small_disk / "data"
    add_shop(data, Shop(shop_id=SHOP_ID))
    server = Server(data)
    server.start()
    load = Load(server.port, "full")
    load.start()
    wait_until(lambda: load.count() >= 500, 30, server.said)

    filler = small_disk / "filler"
    _fill(filler)
    wait_until(lambda: load.refused > 0, 60, server.said)
    load.stop()
    body = (
        b'{"event":"view","shop_id":"464646464646464646464646464646","did":"d","items":[{"id":"after"}]}'
        + b" " * 300_000
    )
    refused = server.post("/push", body)
    assert (refused.status, refused.headers["retry-after"]) == (503, "2")
    assert refused.verdict == "rejected; codes=storage_unavailable"
    wait_until(lambda: server.get("/readyz").status == 503, 10, server.said)
    assert server.get("/healthz").status == 200

    filler.unlink()
    wait_until(lambda: server.get("/readyz").status == 200, 20, server.said)
    later = Load(server.port, "later")
    later.start()
    wait_until(lambda: later.count() >= 100, 30, server.said)
    later.stop()

    seen = [record["items"][0]["item_id"] for record in server.exported()]
    assert (load.acknowledged | later.acknowledged) - set(seen) == set()
    assert len(seen) == len(set(seen))
    server.stop()
