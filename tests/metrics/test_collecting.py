"""What collector processes counted reaches the page of metrics, of every process and of none that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.counts import BOUNDS, Taken, Telling
from collector.ingest import Ingest
from collector.log.memory import MemoryLog
from collector.metrics.collecting import YOUNG_S, Collecting
from collector.wire import Judged
from tests.metrics.reading import figures, labels
from tests.test_ingest import COLLECT, Shops, _request, _views

NOW = 1_790_000_000.0


def _ticks(*times: float) -> Iterator[float]:
    yield from times


def _tell(folder: Path, worker: str, taken: Taken, at: float = NOW) -> None:
    Telling(folder, worker, taken, lambda: at).tell()


def test_events_are_counted_as_their_senders_were_told_of_them() -> None:
    ticks = _ticks(1.0, 1.004, 2.0, 2.0005)
    taken = Taken(lambda: next(ticks))
    ingest = Ingest(Shops(), MemoryLog(), taken=taken)
    for body in (_views("abc"), _views("cd"), b"{"):
        asyncio.run(ingest(COLLECT, _request(body)))
    counted = taken.read("w0", NOW)
    assert set(counted.events) == {
        ("rees46", "accepted", 4),
        ("rees46", "duplicate", 1),
        ("rees46", "rejected", 1),
    }
    assert counted.appends == (1, 0, 1, *(0,) * (len(BOUNDS) - 2))
    assert counted.seconds == pytest.approx(0.0045)


def test_the_page_has_the_figures_of_every_process(tmp_path: Path) -> None:
    first, second = Taken(), Taken()
    first.judged("rees46", [Judged(), Judged(outcome="quarantined"), Judged()])
    first.appended(0.0009)
    first.appended(9.0)
    second.whole("exponea", "rejected")
    second.unstored = 3
    _tell(tmp_path, "w0", first)
    _tell(tmp_path, "w1", second)
    found = figures([Collecting(tmp_path, lambda: NOW)])
    assert found["r46_events_total"] == {
        labels(worker="w0", vendor="rees46", outcome="accepted"): 2,
        labels(worker="w0", vendor="rees46", outcome="quarantined"): 1,
        labels(worker="w1", vendor="exponea", outcome="rejected"): 1,
    }
    assert found["r46_append_seconds_bucket"][labels(worker="w0", le="0.001")] == 1
    assert found["r46_append_seconds_bucket"][labels(worker="w0", le="2.5")] == 1
    assert found["r46_append_seconds_bucket"][labels(worker="w0", le="+Inf")] == 2
    assert found["r46_append_seconds_sum"][labels(worker="w0")] == pytest.approx(9.0009)
    assert found["r46_unstored_requests_total"] == {labels(worker="w0"): 0, labels(worker="w1"): 3}


def test_a_process_that_is_gone_is_no_longer_told(tmp_path: Path) -> None:
    _tell(tmp_path, "w0", Taken(), NOW - YOUNG_S - 1)
    _tell(tmp_path, "w1", Taken(), NOW - YOUNG_S + 1)
    _tell(tmp_path, "w2", Taken())
    Telling(tmp_path, "w2", Taken(), lambda: NOW).end()
    (tmp_path / "w3.json").write_text("half a fi")
    found = figures([Collecting(tmp_path, lambda: NOW)])
    assert found["r46_unstored_requests_total"] == {labels(worker="w1"): 0}


def test_a_folder_that_cannot_be_written_harms_nobody(tmp_path: Path) -> None:
    file = tmp_path / "no-folder"
    file.write_text("")
    _tell(file, "w0", Taken())
    assert figures([Collecting(file, lambda: NOW)]) == {}


def test_counts_are_told_again_and_again_until_cancelled(tmp_path: Path) -> None:
    async def run() -> list[int]:
        taken, seen = Taken(), list[int]()
        telling = asyncio.ensure_future(Telling(tmp_path, "w0", taken, lambda: NOW).run(0.0))
        for number in (1, 2):
            taken.unstored = number
            while figures([Collecting(tmp_path, lambda: NOW)]).get("r46_unstored_requests_total", {}).get(
                labels(worker="w0")
            ) != float(number):
                await asyncio.sleep(0)
            seen.append(number)
        telling.cancel()
        return seen

    assert asyncio.run(asyncio.wait_for(run(), 10)) == [1, 2]
