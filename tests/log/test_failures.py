"""A disk that fails: nothing is acknowledged that is not stored, and the log comes back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

import pytest

from collector.errors import Unavailable
from collector.log.frame import HEADER_BYTES, encode
from collector.log.layout import segment_numbers, segment_path
from collector.log.reader import SegmentReader
from collector.log.segment import SegmentLog
from collector.log.worker import claim_worker
from collector.log.writer import Limits
from tests.log.disks import FailingDisk
from tests.log.reading import lines, numbered

pytestmark = pytest.mark.failure

QUICK = Limits(spacing=0, probe_every=0)


def attempt(tmp_path: Path, disk: FailingDisk, records: list[bytes], *, heal_at: int = -1) -> list[bytes]:
    """Append one after the other; the records that were acknowledged. `heal_at` gives room again."""

    async def scenario() -> list[bytes]:
        log, acknowledged = SegmentLog(claim_worker(tmp_path), disk=disk, limits=QUICK), []
        for number, record in enumerate(records):
            if number == heal_at:
                disk.room = 1 << 40
            with contextlib.suppress(Unavailable):
                await log.append(record)
                acknowledged.append(record)
        await log.close()
        return acknowledged

    return asyncio.run(scenario())


def test_short_writes_are_continued(tmp_path: Path) -> None:
    assert attempt(tmp_path, FailingDisk(most=7), numbered(5)) == numbered(5)
    assert lines(SegmentReader(tmp_path)) == numbered(5)


def test_a_disk_that_takes_no_bytes_and_says_nothing_is_an_error(tmp_path: Path) -> None:
    disk = FailingDisk(most=0)
    assert attempt(tmp_path, disk, numbered(2)) == []
    assert lines(SegmentReader(tmp_path)) == []


def test_a_full_disk_acknowledges_nothing_and_recovers_when_space_returns(tmp_path: Path) -> None:
    frame = len(encode(numbered(1), offset=0))
    for room in (0, 1, HEADER_BYTES, frame - 1, frame, 2 * frame + 5):
        root = tmp_path / str(room)
        acknowledged = attempt(root, FailingDisk(room=room), numbered(9), heal_at=6)
        fitting = room // frame
        assert acknowledged == [*numbered(fitting), *numbered(3, start=6)]
        assert lines(SegmentReader(root)) == acknowledged
        assert segment_numbers(root / "w0") == [1]


def test_a_failed_write_leaves_no_byte_behind_the_durable_end(tmp_path: Path) -> None:
    first, second, _ = numbered(3)
    disk = FailingDisk(room=len(encode([first], offset=0)) + 10)
    assert attempt(tmp_path, disk, [first, second]) == [first]
    assert (tmp_path / "w0" / "00000001.ndjson").read_bytes() == encode([first], offset=0)


def test_a_failed_sync_is_never_acknowledged_and_never_readable(tmp_path: Path) -> None:
    disk = FailingDisk()
    first, second, third = numbered(3)

    async def scenario() -> None:
        log = SegmentLog(claim_worker(tmp_path), disk=disk, limits=QUICK)
        await log.append(first)
        disk.failing["sync"] = 1
        with pytest.raises(Unavailable, match="cannot store"):
            await log.append(second)
        assert lines(SegmentReader(tmp_path)) == [first]
        await log.append(third)
        assert lines(SegmentReader(tmp_path)) == [first, third]
        await log.close()

    asyncio.run(scenario())
    assert (tmp_path / "w0" / "00000001.ndjson").read_bytes() == encode([first], offset=0)
    assert (tmp_path / "w0" / "00000002.ndjson").read_bytes() == encode([third], offset=0)


def test_a_failed_sync_fails_everyone_who_shared_it(tmp_path: Path) -> None:
    disk = FailingDisk()

    async def scenario() -> list[BaseException | None]:
        log = SegmentLog(claim_worker(tmp_path), disk=disk, limits=Limits())
        disk.failing["sync"] = 1 << 30
        answers = await asyncio.gather(*[log.append(x) for x in numbered(50)], return_exceptions=True)
        await log.close()
        return answers

    answers = asyncio.run(scenario())
    assert [type(answer) for answer in answers] == [Unavailable] * 50
    assert len({id(answer) for answer in answers}) == 50, "one exception raised by many grows for ever"
    assert lines(SegmentReader(tmp_path)) == []


@pytest.mark.parametrize("broken", ["sync", "write"])
def test_nothing_is_written_behind_a_tail_that_could_not_be_cut(tmp_path: Path, broken: str) -> None:
    disk = FailingDisk(most=20)
    first, second, third, fourth = numbered(4)

    async def scenario() -> None:
        log = SegmentLog(claim_worker(tmp_path), disk=disk, limits=QUICK)
        await log.append(first)
        disk.failing.update({broken: 1, "truncate": 2})
        for record in (second, third):
            with pytest.raises(Unavailable):
                await log.append(record)
            assert lines(SegmentReader(tmp_path)) == [first]
        await log.append(fourth)
        assert lines(SegmentReader(tmp_path)) == [first, fourth]
        await log.close()

    asyncio.run(scenario())
    assert lines(SegmentReader(tmp_path)) == [first, fourth]


def test_a_segment_that_cannot_be_created_refuses_until_it_can(tmp_path: Path) -> None:
    disk = FailingDisk()
    disk.failing["create"] = 2
    assert attempt(tmp_path, disk, numbered(4)) == numbered(2, start=2)
    assert lines(SegmentReader(tmp_path)) == numbered(2, start=2)


def test_a_file_left_by_a_failed_creation_is_passed_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        worker = claim_worker(tmp_path)
        segment_path(worker.directory, 1).touch()
        segment_path(worker.directory, 2).touch()
        log = SegmentLog(worker, limits=QUICK)
        await log.append(b"{}\n")
        await log.close()

    asyncio.run(scenario())
    assert segment_numbers(tmp_path / "w0") == [1, 2, 3]
    assert lines(SegmentReader(tmp_path)) == [b"{}\n"]


def test_readiness_says_whether_the_disk_takes_bytes(tmp_path: Path) -> None:
    disk = FailingDisk(room=1000)

    async def scenario() -> None:
        log = SegmentLog(claim_worker(tmp_path), disk=disk, limits=QUICK)
        await log.append(b"{}\n")
        with pytest.raises(Unavailable, match="cannot store"):
            await log.probe()
        disk.room = 1 << 40
        await log.probe()
        disk.failing["sync"] = 1
        with pytest.raises(Unavailable, match="cannot store"):
            await log.probe()
        await log.probe()
        await log.append(b"[]\n")
        await log.close()

    asyncio.run(scenario())
    assert lines(SegmentReader(tmp_path)) == [b"{}\n", b"[]\n"]


def test_a_failing_log_is_remembered_until_the_next_try(tmp_path: Path) -> None:
    disk, now = FailingDisk(room=0), [5.0]

    async def scenario() -> None:
        log = SegmentLog(claim_worker(tmp_path), disk=disk, clock=lambda: now[0])
        for _ in range(3):
            with pytest.raises(Unavailable, match="cannot store"):
                await log.probe()
        disk.room = 1 << 40
        with pytest.raises(Unavailable, match="cannot store"):
            await log.probe()
        now[0] += 1.01
        await log.probe()
        await log.close()

    asyncio.run(scenario())
    assert disk.calls["create"] == 1


def test_a_waiter_is_told_nothing_of_paths_or_errors(tmp_path: Path) -> None:
    async def scenario() -> str:
        log = SegmentLog(claim_worker(tmp_path), disk=FailingDisk(room=0), limits=QUICK)
        with pytest.raises(Unavailable) as refusal:
            await log.append(b"{}\n")
        await log.close()
        return repr((refusal.value, refusal.value.__cause__, refusal.value.__context__))

    assert asyncio.run(scenario()) == "(Unavailable('the log cannot store'), None, None)"


def test_failures_are_logged_when_they_begin_and_end_and_not_between(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        attempt(tmp_path, FailingDisk(room=0), numbered(8), heal_at=5)
    assert [record.getMessage() for record in caplog.records] == [
        "log w0: cannot store: [Errno 28] No space left on device",
        "log w0: stores again after 5 failures",
    ]
