"""The engine in files while its disk is well. What happens when it is not: test_failures.py."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collector.errors import Unavailable
from collector.log.frame import encode
from collector.log.layout import segment_numbers
from collector.log.reader import SegmentReader
from collector.log.segment import SegmentLog
from collector.log.worker import claim_worker
from collector.log.writer import Limits
from tests.log.contract import Engine, LogContract, fill
from tests.log.disks import CountingDisk, HeldDisk
from tests.log.reading import lines, numbered

QUICK = Limits(spacing=0)


class TestSegmentLog(LogContract):
    @pytest.fixture
    def engine(self, tmp_path: Path) -> Engine:
        return Engine(
            open=lambda: SegmentLog(claim_worker(tmp_path), limits=QUICK),
            reader=lambda: SegmentReader(tmp_path),
        )


class TestSmallSegments(LogContract):
    """The same with a new segment every few records and frames of a few."""

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Engine:
        limits = Limits(spacing=0, segment_bytes=400, frame_bytes=100)
        return Engine(
            open=lambda: SegmentLog(claim_worker(tmp_path), limits=limits),
            reader=lambda: SegmentReader(tmp_path),
        )


def test_a_segment_is_frames_of_groups(tmp_path: Path) -> None:
    engine = Engine(
        open=lambda: SegmentLog(claim_worker(tmp_path), limits=QUICK), reader=lambda: SegmentReader(tmp_path)
    )
    fill(engine, [b"[1]\n", b"[2]\n"])
    first = encode([b"[1]\n"], offset=0)
    second = encode([b"[2]\n"], offset=len(first))
    assert (tmp_path / "w0" / "00000001.ndjson").read_bytes() == first + second


def test_a_thousand_concurrent_appends_share_fewer_than_ten_syncs(tmp_path: Path) -> None:
    disk = CountingDisk()

    async def scenario() -> None:
        log = SegmentLog(claim_worker(tmp_path), disk=disk)
        await asyncio.gather(*[log.append(record) for record in numbered(1000)])
        await log.close()

    asyncio.run(scenario())
    assert lines(SegmentReader(tmp_path)) == numbered(1000)
    assert 1 <= disk.calls["sync"] < 10
    assert disk.calls["create"] == 1


def test_a_large_group_is_split_into_frames_under_one_sync(tmp_path: Path) -> None:
    disk = HeldDisk()
    limits = Limits(frame_bytes=3_000)
    records = [b"x" * 999 + b"\n"] * 10

    async def scenario() -> None:
        log = SegmentLog(claim_worker(tmp_path), disk=disk, limits=limits)
        first = asyncio.create_task(log.append(b"{}\n"))
        await asyncio.to_thread(disk.entered.wait, 30)
        rest = [asyncio.create_task(log.append(record)) for record in records]
        await asyncio.sleep(0)
        disk.release.set()
        await asyncio.gather(first, *rest)
        await log.close()

    asyncio.run(scenario())
    assert disk.calls["sync"] == 2
    assert (tmp_path / "w0" / "00000001.ndjson").read_bytes().count(b"#r46log1 ") == 1 + 4
    assert lines(SegmentReader(tmp_path)) == [b"{}\n", *records]


def test_nothing_is_acknowledged_or_readable_before_the_sync(tmp_path: Path) -> None:
    disk = HeldDisk()

    async def scenario() -> None:
        log = SegmentLog(claim_worker(tmp_path), disk=disk)
        task = asyncio.create_task(log.append(b"{}\n"))
        await asyncio.to_thread(disk.entered.wait, 30)
        assert (tmp_path / "w0" / "00000001.ndjson").stat().st_size > 0
        assert lines(SegmentReader(tmp_path)) == []
        assert not task.done()
        disk.release.set()
        await task
        assert lines(SegmentReader(tmp_path)) == [b"{}\n"]
        await log.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("limits", [Limits(waiting_records=3), Limits(waiting_bytes=12)])
def test_more_than_may_wait_is_refused_at_once(tmp_path: Path, limits: Limits) -> None:
    disk = HeldDisk()

    async def scenario() -> None:
        log = SegmentLog(claim_worker(tmp_path), disk=disk, limits=limits)
        tasks = [asyncio.create_task(log.append(record)) for record in (b"[1]\n", b"[2]\n", b"[3]\n")]
        await asyncio.to_thread(disk.entered.wait, 30)
        with pytest.raises(Unavailable, match="the log is behind"):
            await log.append(b"[4]\n")
        with pytest.raises(Unavailable, match="the log is behind"):
            await log.probe()
        disk.release.set()
        await asyncio.gather(*tasks)
        await log.append(b"[5]\n")
        await log.close()

    asyncio.run(scenario())
    assert lines(SegmentReader(tmp_path)) == [b"[1]\n", b"[2]\n", b"[3]\n", b"[5]\n"]


def test_a_waiter_that_gives_up_strands_nobody_and_its_record_is_kept(tmp_path: Path) -> None:
    disk = HeldDisk()

    async def scenario() -> None:
        log = SegmentLog(claim_worker(tmp_path), disk=disk)
        tasks = [asyncio.create_task(log.append(record)) for record in numbered(3)]
        await asyncio.to_thread(disk.entered.wait, 30)
        tasks += [asyncio.create_task(log.append(record)) for record in numbered(3, start=3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        tasks[4].cancel()
        disk.release.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        gone = [isinstance(answer, asyncio.CancelledError) for answer in answers]
        assert gone == [False, True, False, False, True, False]
        await log.close()

    asyncio.run(scenario())
    assert lines(SegmentReader(tmp_path)) == numbered(6)


def test_closing_stores_what_waits(tmp_path: Path) -> None:
    disk = HeldDisk()

    async def scenario() -> None:
        log = SegmentLog(claim_worker(tmp_path), disk=disk)
        tasks = [asyncio.create_task(log.append(record)) for record in numbered(1)]
        await asyncio.to_thread(disk.entered.wait, 30)
        tasks += [asyncio.create_task(log.append(record)) for record in numbered(9, start=1)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(log.close())
        await asyncio.sleep(0)
        disk.release.set()
        await asyncio.gather(closing, *tasks)

    asyncio.run(scenario())
    assert lines(SegmentReader(tmp_path)) == numbered(10)


def test_closing_survives_being_cancelled(tmp_path: Path) -> None:
    disk = HeldDisk()

    async def scenario() -> None:
        log = SegmentLog(claim_worker(tmp_path), disk=disk)
        task = asyncio.create_task(log.append(b"{}\n"))
        await asyncio.to_thread(disk.entered.wait, 30)
        closing = asyncio.create_task(log.close())
        await asyncio.sleep(0)
        closing.cancel()
        disk.release.set()
        await asyncio.gather(closing, return_exceptions=True)
        await task
        await log.close()
        claim_worker(tmp_path, name="w0").release()

    asyncio.run(scenario())
    assert lines(SegmentReader(tmp_path)) == [b"{}\n"]


def test_a_restart_never_appends_to_an_old_segment(tmp_path: Path) -> None:
    def open_log() -> SegmentLog:
        return SegmentLog(claim_worker(tmp_path), limits=QUICK)

    engine = Engine(open=open_log, reader=lambda: SegmentReader(tmp_path))
    fill(engine, [b"[1]\n"])
    before = (tmp_path / "w0" / "00000001.ndjson").read_bytes()
    fill(engine, [])
    fill(engine, [b"[2]\n"])
    assert segment_numbers(tmp_path / "w0") == [1, 2]
    assert (tmp_path / "w0" / "00000001.ndjson").read_bytes() == before
    assert lines(SegmentReader(tmp_path)) == [b"[1]\n", b"[2]\n"]


def test_the_disk_is_probed_at_most_once_in_its_interval(tmp_path: Path) -> None:
    disk, now = CountingDisk(), [100.0]

    async def scenario() -> list[int]:
        log = SegmentLog(claim_worker(tmp_path), disk=disk, limits=QUICK, clock=lambda: now[0])
        seen = []
        for moment in (100.0, 100.9, 101.1, 101.2):
            now[0] = moment
            await log.probe()
            seen.append(disk.calls["sync"])
        await log.append(b"{}\n")
        now[0] = 102.1
        await log.probe()
        seen.append(disk.calls["sync"])
        await log.close()
        return seen

    assert asyncio.run(scenario()) == [1, 1, 2, 2, 3]
    assert lines(SegmentReader(tmp_path)) == [b"{}\n"]


def test_limits_beyond_what_an_offset_can_say_are_refused() -> None:
    with pytest.raises(ValueError, match="4 GiB"):
        Limits(segment_bytes=4 << 30)
