"""What a start makes of what the last process left."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

import pytest

from collector.errors import OperatorError
from collector.log import Position
from collector.log.frame import encode
from collector.log.layout import Synced, read_synced, segment_numbers, segment_path
from collector.log.reader import Gap, SegmentReader
from collector.log.segment import SegmentLog
from collector.log.worker import Worker, claim_worker, recover
from collector.log.writer import Limits, SegmentWriter
from tests.log.disks import FailingDisk
from tests.log.reading import drain, lines, numbered

pytestmark = pytest.mark.failure


def frames(*groups: list[bytes]) -> bytes:
    """The groups as one segment's bytes."""
    segment = b""
    for group in groups:
        segment += encode(group, offset=len(segment))
    return segment


def left_behind(root: Path, segment: bytes, *, synced: int | None = None, worker: str = "w0") -> Path:
    """A worker's directory as a killed process leaves it: one open segment."""
    directory = root / worker
    directory.mkdir(parents=True)
    segment_path(directory, 1).write_bytes(segment)
    if synced is not None:
        published = Synced(directory)
        published.publish(Position(1, synced))
        published.close()
    return segment_path(directory, 1)


def restart(root: Path) -> None:
    claim_worker(root).release()


def test_a_tail_torn_at_any_byte_is_cut_and_kept_aside(tmp_path: Path) -> None:
    whole = frames([b"[1]\n"], [b"[2]\n", b"[3]\n"])
    segment = frames([b"[1]\n"], [b"[2]\n", b"[3]\n"], [b'{"n":"last"}\n'])
    for cut in range(len(whole), len(segment)):
        root = tmp_path / str(cut)
        path = left_behind(root, segment[:cut], synced=len(whole))
        restart(root)
        assert lines(SegmentReader(root)) == [b"[1]\n", b"[2]\n", b"[3]\n"]
        assert path.read_bytes() == whole
        torn = path.with_name("00000001.ndjson.torn")
        assert (torn.read_bytes() if torn.exists() else b"") == segment[len(whole) : cut]
        assert read_synced(root / "w0") == Position(2, 0)


def test_a_whole_frame_that_was_not_acknowledged_is_kept(tmp_path: Path) -> None:
    left_behind(tmp_path, frames([b"[1]\n"], [b"[2]\n"]), synced=len(frames([b"[1]\n"])))
    assert lines(SegmentReader(tmp_path)) == [b"[1]\n"]
    restart(tmp_path)
    assert lines(SegmentReader(tmp_path)) == [b"[1]\n", b"[2]\n"]


def test_a_segment_of_nothing_but_a_torn_frame_is_emptied(tmp_path: Path) -> None:
    path = left_behind(tmp_path, frames([b"[1]\n"])[:-1])
    restart(tmp_path)
    assert path.read_bytes() == b""
    assert SegmentReader(tmp_path).end() == {}
    assert claim_worker(tmp_path).next_segment == 2


def test_a_torn_tail_stays_in_place_where_there_is_no_room_to_keep_it(tmp_path: Path) -> None:
    segment = frames([b"[1]\n"], [b"[2]\n"])[:-1]
    path = left_behind(tmp_path, segment)
    gaps: list[Gap] = []
    claim_worker(tmp_path, disk=FailingDisk(room=0)).release()
    assert path.read_bytes() == segment
    assert lines(SegmentReader(tmp_path, on_gap=gaps.append)) == [b"[1]\n"]
    assert gaps == [Gap("w0", 1, len(frames([b"[1]\n"])), len(segment) - len(frames([b"[1]\n"])))]


def test_stored_bytes_that_are_damaged_at_the_end_are_an_error_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    segment = frames([b"[1]\n"], [b"[2]\n"])
    left_behind(tmp_path, segment[:-2] + b"?\n", synced=len(segment))
    with caplog.at_level(logging.WARNING):
        restart(tmp_path)
    assert [(record.levelname, record.getMessage().partition(": ")[2]) for record in caplog.records] == [
        ("ERROR", "49 bytes that had been stored are damaged"),
        ("WARNING", "torn tail of 49 bytes set aside in 00000001.ndjson.torn"),
    ]


@pytest.mark.parametrize("synced", [b"", b"\0" * 28, b"garbage", b"00000009 0000000000 00000000\n"])
def test_a_lost_or_senseless_durable_end_is_made_anew(tmp_path: Path, synced: bytes) -> None:
    left_behind(tmp_path, frames([b"[1]\n"]))
    segment_path(tmp_path / "w0", 2).write_bytes(frames([b"[2]\n"]))
    if synced:
        (tmp_path / "w0" / "synced").write_bytes(synced)
    assert lines(SegmentReader(tmp_path)) == [b"[1]\n"], "only a segment with a successor is surely closed"
    restart(tmp_path)
    assert lines(SegmentReader(tmp_path)) == [b"[1]\n", b"[2]\n"]
    assert read_synced(tmp_path / "w0") == Position(3, 0)


def test_segment_numbers_are_never_used_again_where_segments_have_been_deleted(tmp_path: Path) -> None:
    path = left_behind(tmp_path, frames([b"[1]\n"]))
    restart(tmp_path)
    path.unlink()
    worker = claim_worker(tmp_path)
    assert worker.next_segment == 2
    SegmentWriter(worker, FailingDisk(), Limits()).write([b"[2]\n"])
    segment_path(worker.directory, 2).unlink()
    worker.release()
    assert claim_worker(tmp_path).next_segment == 3


def test_a_start_does_not_touch_what_is_sealed(tmp_path: Path) -> None:
    path = left_behind(tmp_path, frames([b"[1]\n"]))
    restart(tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    restart(tmp_path)
    assert path.read_bytes() == frames([b"[1]\n"])[:-1] + b"?"
    assert not path.with_name("00000001.ndjson.torn").exists()


def test_every_worker_that_nobody_owns_is_closed_by_whoever_comes_first(tmp_path: Path) -> None:
    left_behind(tmp_path, frames([b"[1]\n"]), synced=0, worker="w3")
    left_behind(tmp_path, frames([b"[2]\n"], [b"[3]\n"])[:-1], synced=0, worker="import")
    restart(tmp_path)
    data, _ = drain(SegmentReader(tmp_path))
    assert data == {"w3": b"[1]\n", "import": b"[2]\n"}


def test_a_reader_alone_can_close_what_nobody_owns(tmp_path: Path) -> None:
    left_behind(tmp_path, frames([b"[1]\n"]), synced=0)
    owned = claim_worker(tmp_path, name="import")
    segment_path(owned.directory, 1).write_bytes(frames([b"[2]\n"]))
    recover(tmp_path)
    data, _ = drain(SegmentReader(tmp_path))
    assert data == {"w0": b"[1]\n"}
    owned.release()


def test_two_claimants_get_different_workers(tmp_path: Path) -> None:
    first, second = claim_worker(tmp_path), claim_worker(tmp_path)
    assert (first.name, second.name) == ("w0", "w1")
    first.release()
    third, named = claim_worker(tmp_path), claim_worker(tmp_path, name="import")
    assert (third.name, named.name) == ("w0", "import")
    with pytest.raises(OperatorError, match="'import' is in use by another process"):
        claim_worker(tmp_path, name="import")
    for worker in (second, third, named):
        worker.release()


@pytest.mark.parametrize("name", ["../w0", "W0", "0w", "w 0", "w" * 33])
def test_a_name_that_is_no_directory_of_ours_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OperatorError, match="is no name for a worker"):
        claim_worker(tmp_path, name=name)


def test_a_data_directory_that_cannot_be_used_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file, not a directory")
    with pytest.raises(OperatorError, match="cannot be used"):
        claim_worker(tmp_path / "log")


def test_a_flipped_bit_costs_one_frame_and_reading_goes_on(tmp_path: Path) -> None:
    one, two, three = [b"[1]\n"], [b"[2]\n"], [b"[3]\n"]
    segment = frames(one, two, three)
    start, end = len(frames(one)), len(frames(one, two))
    for place in range(start, end):
        root = tmp_path / str(place)
        damaged = bytearray(segment)
        damaged[place] ^= 0x10
        left_behind(root, bytes(damaged), synced=len(segment))
        gaps: list[Gap] = []
        assert lines(SegmentReader(root, on_gap=gaps.append)) == one + three
        assert gaps == [Gap("w0", 1, start, end - start)]
        restart(root)
        assert lines(SegmentReader(root)) == one + three


def test_damage_larger_than_a_read_is_passed_over(tmp_path: Path) -> None:
    one, large, three = [b"[1]\n"], [b"#r46log1 " * 70_000 + b"\n"], [b"[3]\n"]
    damaged = bytearray(frames(one, large, three))
    damaged[len(frames(one)) + 300_000] ^= 1
    left_behind(tmp_path, bytes(damaged), synced=len(damaged))
    gaps: list[Gap] = []
    data, _ = drain(SegmentReader(tmp_path, on_gap=gaps.append), max_bytes=1)
    assert data == {"w0": b"[1]\n[3]\n"}
    assert gaps == [Gap("w0", 1, len(frames(one)), len(frames(one, large)) - len(frames(one)))]


def test_damage_up_to_the_durable_end_is_passed_over_once(tmp_path: Path) -> None:
    one, two = [b"[1]\n"], [b"[2]\n"]
    segment = frames(one, two)
    left_behind(tmp_path, segment[:-1] + b"?", synced=len(segment))
    gaps: list[Gap] = []
    reader = SegmentReader(tmp_path, on_gap=gaps.append)
    data, at = drain(reader)
    assert (data, at) == ({"w0": b"[1]\n"}, {"w0": Position(1, len(segment))})
    assert list(reader.read(at, 1000)) == []
    assert len(gaps) == 1


def test_frames_of_a_killed_probe_are_invisible(tmp_path: Path) -> None:
    disk = FailingDisk()
    worker = claim_worker(tmp_path)
    writer = SegmentWriter(worker, disk, Limits())
    writer.write([b"[1]\n"])
    disk.failing["truncate"] = 1 << 30
    with pytest.raises(OSError, match="Input/output error"):
        writer.probe()
    worker.release()
    restart(tmp_path)
    data, at = drain(SegmentReader(tmp_path))
    assert data == {"w0": b"[1]\n"}
    assert at["w0"].offset > len(frames([b"[1]\n"]))
    assert SegmentReader(tmp_path).end() == at


def test_a_published_end_that_cannot_be_written_delays_readers_and_nobody_else(tmp_path: Path) -> None:
    async def scenario(worker: Worker) -> None:
        log = SegmentLog(worker)
        await log.append(b"[1]\n")
        await log.append(b"[2]\n")
        assert segment_numbers(worker.directory) == [1]
        await log.close()

    worker = claim_worker(tmp_path)
    os.unlink(worker.directory / "synced")
    (worker.directory / "synced").mkdir()
    asyncio.run(scenario(worker))
    assert lines(SegmentReader(tmp_path)) == []
    (worker.directory / "synced").rmdir()
    restart(tmp_path)
    assert lines(SegmentReader(tmp_path)) == [b"[1]\n", b"[2]\n"]


def test_many_numbered_records_survive_many_restarts(tmp_path: Path) -> None:
    for generation in range(5):
        writer = SegmentWriter(worker := claim_worker(tmp_path), FailingDisk(), Limits())
        writer.write(numbered(3, start=3 * generation))
        worker.release()  # without closing: as if killed
    restart(tmp_path)
    assert lines(SegmentReader(tmp_path)) == numbered(15)
    assert segment_numbers(tmp_path / "w0") == [1, 2, 3, 4, 5]
