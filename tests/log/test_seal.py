"""Compression: nothing changes for a reader, whatever moment it is interrupted in."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from collector.log import Position
from collector.log.disk import OsDisk
from collector.log.layout import compressed_path, segment_path
from collector.log.reader import Gap, SegmentReader
from collector.log.seal import Compressed, compress_sealed
from collector.log.worker import claim_worker
from collector.log.writer import Limits, SegmentWriter
from tests.log.disks import Crash, CrashingDisk, FailingDisk
from tests.log.reading import drain, lines, numbered

EVERYTHING = {"w0": Position(99, 0)}


def written(root: Path, records: list[bytes], *, segment_bytes: int = 350) -> None:
    """Groups of two, in sealed segments."""
    writer = SegmentWriter(claim_worker(root), OsDisk(), Limits(segment_bytes=segment_bytes))
    for start in range(0, len(records), 2):
        writer.write(records[start : start + 2])
    writer.close()


def test_only_what_every_consumer_has_passed_is_compressed(tmp_path: Path) -> None:
    written(tmp_path, numbered(60))
    size = segment_path(tmp_path / "w0", 2).stat().st_size
    assert compress_sealed(tmp_path, {}) == []
    done = compress_sealed(tmp_path, {"w0": Position(2, size - 1)})
    after = compressed_path(tmp_path / "w0", 1).stat().st_size
    assert [(item.worker, item.segment, item.after) for item in done] == [("w0", 1, after)]
    assert [item.segment for item in compress_sealed(tmp_path, {"w0": Position(2, size)})] == [2]
    assert compress_sealed(tmp_path, {"w0": Position(2, size)}) == []
    assert lines(SegmentReader(tmp_path)) == numbered(60)


def test_the_segment_being_written_is_left_alone(tmp_path: Path) -> None:
    writer = SegmentWriter(claim_worker(tmp_path), OsDisk(), Limits())
    writer.write(numbered(10))
    assert compress_sealed(tmp_path, EVERYTHING) == []
    writer.close()
    assert [item.segment for item in compress_sealed(tmp_path, EVERYTHING)] == [1]


def test_positions_mean_the_same_before_and_after(tmp_path: Path) -> None:
    written(tmp_path, numbered(60))
    plain = list(SegmentReader(tmp_path).read({}, 50))
    positions = [Position(), *(chunk.end for chunk in plain)]
    before = [drain(SegmentReader(tmp_path), {"w0": position}) for position in positions]
    end = SegmentReader(tmp_path).end()
    compress_sealed(tmp_path, EVERYTHING)
    assert [drain(SegmentReader(tmp_path), {"w0": position}) for position in positions] == before
    assert SegmentReader(tmp_path).end() == end


def test_one_reader_may_go_back_in_a_compressed_segment(tmp_path: Path) -> None:
    written(tmp_path, numbered(60), segment_bytes=1 << 20)
    compress_sealed(tmp_path, EVERYTHING)
    reader = SegmentReader(tmp_path)
    chunks = [next(reader.read({}, 40))]
    while found := list(reader.read({"w0": chunks[-1].end}, 40)):
        chunks += found
    for chunk in random.Random(7).sample(chunks, len(chunks)):
        assert next(reader.read({"w0": chunk.start}, len(chunk.data))) == chunk


def test_a_crash_at_any_step_loses_nothing_and_the_next_run_finishes(tmp_path: Path) -> None:
    crashes = 0
    for steps in range(100):
        root = tmp_path / str(steps)
        written(root, numbered(20))
        try:
            compress_sealed(root, EVERYTHING, disk=CrashingDisk(steps=steps))
        except Crash:
            crashes += 1
        assert lines(SegmentReader(root)) == numbered(20)
        compress_sealed(root, EVERYTHING)
        assert lines(SegmentReader(root)) == numbered(20)
        assert sorted(path.name for path in (root / "w0").glob("0*")) == [
            "00000001.ndjson.zst",
            "00000002.ndjson.zst",
        ]
        if crashes <= steps:
            break
    assert crashes >= 10, "each of two segments takes at least five steps"


@pytest.mark.parametrize("failing", ["create", "write", "sync"])
def test_a_disk_without_room_leaves_the_segment_as_it_is(tmp_path: Path, failing: str) -> None:
    written(tmp_path, numbered(20))
    disk = FailingDisk()
    disk.failing[failing] = 2
    assert compress_sealed(tmp_path, EVERYTHING, disk=disk) == []
    assert sorted(path.name for path in (tmp_path / "w0").glob("0*")) == [
        "00000001.ndjson",
        "00000002.ndjson",
    ]
    assert len(compress_sealed(tmp_path, EVERYTHING, disk=disk)) == 2
    assert lines(SegmentReader(tmp_path)) == numbered(20)


def test_a_disk_that_stores_something_else_is_found_out_before_the_segment_goes(tmp_path: Path) -> None:
    class LyingDisk(OsDisk):
        def write(self, descriptor: int, data: memoryview) -> int:
            changed = bytearray(data)
            changed[-1:] = bytes([changed[-1] ^ 1]) if changed else b""
            return super().write(descriptor, memoryview(changed))

    written(tmp_path, numbered(20))
    assert compress_sealed(tmp_path, EVERYTHING, disk=LyingDisk()) == []
    assert lines(SegmentReader(tmp_path)) == numbered(20)


def test_a_damaged_compressed_segment_is_a_gap_and_reading_goes_on(tmp_path: Path) -> None:
    written(tmp_path, numbered(20))
    size = segment_path(tmp_path / "w0", 1).stat().st_size
    assert [type(item) for item in compress_sealed(tmp_path, EVERYTHING)] == [Compressed, Compressed]
    path = compressed_path(tmp_path / "w0", 1)
    second = drain(SegmentReader(tmp_path), {"w0": Position(2, 0)})[0]["w0"]
    path.write_bytes(path.read_bytes()[:20])
    gaps: list[Gap] = []
    assert lines(SegmentReader(tmp_path, on_gap=gaps.append)) == second.splitlines(keepends=True)
    assert gaps == [Gap("w0", 1, 0, size)]


def test_every_damaged_byte_of_a_compressed_segment_is_survived(tmp_path: Path) -> None:
    written(tmp_path, numbered(20))
    compress_sealed(tmp_path, EVERYTHING)
    path = compressed_path(tmp_path / "w0", 1)
    good = path.read_bytes()
    whole = lines(SegmentReader(tmp_path))
    second = drain(SegmentReader(tmp_path), {"w0": Position(2, 0)})[0]["w0"].splitlines(keepends=True)
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :])
        found = lines(SegmentReader(tmp_path, on_gap=lambda gap: None))
        assert found[-len(second) :] == second
        assert [record for record in whole if record in found] == found, "nothing is made up or out of order"
