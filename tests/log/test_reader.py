"""Following several workers, live, over segments that come, change form and go."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.log import Chunk, Position
from collector.log.disk import OsDisk
from collector.log.frame import HEADER_BYTES
from collector.log.layout import segment_path
from collector.log.reader import SegmentReader
from collector.log.seal import compress_sealed
from collector.log.worker import claim_worker
from collector.log.writer import Limits, SegmentWriter
from tests.log.reading import drain, lines, numbered


def writer_of(root: Path, name: str, *, segment_bytes: int = 1 << 26) -> SegmentWriter:
    return SegmentWriter(claim_worker(root, name=name), OsDisk(), Limits(segment_bytes=segment_bytes))


def test_workers_are_read_in_turn(tmp_path: Path) -> None:
    for name in ("w0", "w1", "w2"):
        writer = writer_of(tmp_path, name)
        for _ in range(50):
            writer.write([b"x" * 99 + b"\n"])
        writer.close()
    chunks = list(SegmentReader(tmp_path).read({}, 3000))
    assert [chunk.worker for chunk in chunks] == ["w0", "w1", "w2"]
    assert [chunk.records for chunk in chunks] == [10, 10, 10]
    data, _ = drain(SegmentReader(tmp_path), max_bytes=700)
    assert {name: len(part) for name, part in data.items()} == {"w0": 5000, "w1": 5000, "w2": 5000}


def test_what_one_worker_does_not_need_goes_to_the_others(tmp_path: Path) -> None:
    quiet, busy = writer_of(tmp_path, "w0"), writer_of(tmp_path, "w1")
    quiet.write([b"[]\n"])
    for _ in range(50):
        busy.write([b"x" * 99 + b"\n"])
    sizes: dict[str, int] = {}
    for chunk in SegmentReader(tmp_path).read({}, 3000):
        sizes[chunk.worker] = sizes.get(chunk.worker, 0) + len(chunk.data)
    assert sizes["w0"] == 3
    assert 2500 < sizes["w1"] <= 3000


def test_every_worker_gets_its_group_however_large_it_is(tmp_path: Path) -> None:
    for name in ("w0", "w1"):
        writer_of(tmp_path, name).write([b"x" * 500_000 + b"\n"])
    assert [len(chunk.data) for chunk in SegmentReader(tmp_path).read({}, 10)] == [500_001, 500_001]


def test_a_chunk_never_spans_segments(tmp_path: Path) -> None:
    writer = writer_of(tmp_path, "w0", segment_bytes=1)
    for record in numbered(3):
        writer.write([record])
    size = HEADER_BYTES + len(numbered(1)[0])
    assert list(SegmentReader(tmp_path).read({}, 1 << 20)) == [
        Chunk("w0", Position(number, 0), Position(number, size), b'{"n":%d}\n' % (number - 1), 1)
        for number in (1, 2, 3)
    ]


def test_a_live_reader_follows_the_writer_over_segments(tmp_path: Path) -> None:
    writer, reader = writer_of(tmp_path, "w0", segment_bytes=150), SegmentReader(tmp_path)
    at: dict[str, Position] = {}
    seen: list[bytes] = []
    for record in numbered(20):
        writer.write([record])
        data, at = drain(reader, at)
        seen += data["w0"].splitlines(keepends=True)
        assert drain(reader, at) == ({}, at)
        assert reader.end() == at
    assert seen == numbered(20)
    assert at["w0"].segment == 7


def test_a_worker_that_appears_later_is_read(tmp_path: Path) -> None:
    reader = SegmentReader(tmp_path / "not yet there")
    assert list(reader.read({}, 1000)) == []
    writer_of(tmp_path / "not yet there", "w0").write([b"[]\n"])
    assert lines(reader) == [b"[]\n"]


def test_segments_that_have_been_deleted_are_skipped(tmp_path: Path) -> None:
    writer = writer_of(tmp_path, "w0", segment_bytes=1)
    for record in numbered(4):
        writer.write([record])
    for number in (1, 2):
        segment_path(tmp_path / "w0", number).unlink()
    assert lines(SegmentReader(tmp_path)) == numbered(2, start=2)
    data, _ = drain(SegmentReader(tmp_path), {"w0": Position(1, 20)})
    assert data == {"w0": b"".join(numbered(2, start=2))}


def test_a_position_beyond_a_cut_tail_goes_on_with_the_next_segment(tmp_path: Path) -> None:
    writer = writer_of(tmp_path, "w0", segment_bytes=1)
    for record in numbered(2):
        writer.write([record])
    data, _ = drain(SegmentReader(tmp_path), {"w0": Position(1, 5000)})
    assert data == {"w0": numbered(2)[1]}


def test_a_position_of_a_worker_that_is_unknown_changes_nothing(tmp_path: Path) -> None:
    writer_of(tmp_path, "w0").write([b"[]\n"])
    chunks = list(SegmentReader(tmp_path).read({"w9": Position(4, 4)}, 1000))
    assert [chunk.worker for chunk in chunks] == ["w0"]


@pytest.mark.parametrize("compressed_first", [0, 1, 3])
def test_a_segment_may_change_form_between_two_chunks(tmp_path: Path, compressed_first: int) -> None:
    writer = writer_of(tmp_path, "w0", segment_bytes=1000)
    for record in numbered(40):
        writer.write([record])
    reader, at = SegmentReader(tmp_path), dict[str, Position]()
    seen = b""
    for turn in range(60):
        if turn == compressed_first:
            compress_sealed(tmp_path, {"w0": Position(99, 0)})
            assert not segment_path(tmp_path / "w0", 1).exists()
        for chunk in reader.read(at, 20):
            seen += chunk.data
            at["w0"] = chunk.end
    assert seen.splitlines(keepends=True) == numbered(40)
