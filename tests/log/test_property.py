"""Any sequence of writes, failures, crashes and compressions reads back what was acknowledged."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.log import Position
from collector.log.frame import encode
from collector.log.layout import segment_path
from collector.log.reader import SegmentReader
from collector.log.seal import compress_sealed
from collector.log.worker import Worker, claim_worker
from collector.log.writer import Limits, SegmentWriter
from tests.log.disks import Crash, FailingDisk
from tests.log.reading import drain

LIMITS = Limits(segment_bytes=200)


class UnsteadyDisk(FailingDisk):
    """Also ends the process after `bytes_left` more bytes, or at the sync that follows them."""

    bytes_left: int | None = None

    def write(self, descriptor: int, data: memoryview) -> int:
        if self.bytes_left is None:
            return super().write(descriptor, data)
        taken = os.write(descriptor, data[: self.bytes_left])
        self.bytes_left -= taken
        if taken < len(data):
            raise Crash
        return taken

    def sync(self, descriptor: int) -> None:
        if self.bytes_left is not None:
            raise Crash
        super().sync(descriptor)


@dataclass
class World:
    """A log under test, what it must hold, and a consumer that follows it."""

    root: Path
    disk: UnsteadyDisk = field(default_factory=UnsteadyDisk)
    stored: list[bytes] = field(default_factory=list)
    seen: bytes = b""
    at: dict[str, Position] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        self.reader = SegmentReader(self.root)
        self.start()

    def start(self) -> None:
        self.disk = UnsteadyDisk()
        self.worker: Worker = claim_worker(self.root)
        self.writer = SegmentWriter(self.worker, self.disk, LIMITS)

    def group(self, size: int) -> list[bytes]:
        self.count += size
        return [b'{"n":%d}\n' % number for number in range(self.count - size, self.count)]

    def append(self, size: int) -> None:
        group = self.group(size)
        self.writer.write(group)
        self.stored += group

    def fail(self, operation: str, size: int) -> None:
        self.disk.failing[operation] = 1
        try:
            self.writer.write(self.group(size))
        except OSError:
            return
        raise AssertionError(f"a failed {operation} was acknowledged")

    def fill_up(self, room: int) -> None:
        group = self.group(3)
        self.disk.room = min(room, len(encode(group, offset=0)) - 1)
        try:
            self.writer.write(group)
        except OSError:
            self.disk.room = 1 << 40
            return
        raise AssertionError("a group was acknowledged for which there was no room")

    def crash(self, written: int, keep_synced: bool) -> None:
        """Die after some bytes of a group. A group that is whole by then is kept, though unacknowledged."""
        group = self.group(2)
        self.disk.bytes_left = written
        try:
            self.writer.write(group)
        except Crash:
            self.stored += group if written >= len(encode(group, offset=0)) else []
        self.worker.release()
        if not keep_synced:
            (self.worker.directory / "synced").unlink()
        self.start()

    def restart(self) -> None:
        self.writer.close()
        self.worker.release()
        self.start()

    def consume(self, most: int) -> None:
        for chunk in self.reader.read(self.at, most):
            self.seen += chunk.data
            self.at[chunk.worker] = chunk.end

    def compress(self) -> None:
        compress_sealed(self.root, self.at)

    def check(self) -> None:
        expected = b"".join(self.stored)
        assert expected.startswith(self.seen)
        fresh, _ = drain(SegmentReader(self.root), max_bytes=200)
        assert fresh.get("w0", b"") == expected
        rest, _ = drain(self.reader, self.at)
        assert self.seen + rest.get("w0", b"") == expected


SMALL = st.integers(1, 6)
STEPS = st.one_of(
    st.tuples(st.just("append"), SMALL),
    st.tuples(st.just("append"), SMALL),
    st.tuples(st.just("fail"), st.sampled_from(["write", "sync"]), SMALL),
    st.tuples(st.just("fill_up"), st.integers(0, 80)),
    st.tuples(st.just("crash"), st.integers(0, 70), st.booleans()),
    st.tuples(st.just("restart")),
    st.tuples(st.just("consume"), st.integers(1, 300)),
    st.tuples(st.just("compress")),
)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=25))
def test_any_history_reads_back_exactly_what_was_stored(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory) / "log")
        for name, *arguments in steps:
            getattr(world, str(name))(*arguments)
            world.check()
        world.restart()
        world.check()
        world.worker.release()


def test_the_steps_of_a_history_can_leave_every_kind_of_file(tmp_path: Path) -> None:
    world = World(tmp_path)
    for size in (6, 6, 6):
        world.append(size)
    world.consume(1000)
    world.compress()
    world.crash(20, True)
    world.append(1)
    world.check()
    names = sorted(path.name for path in (tmp_path / "w0").glob("0*"))
    assert "00000001.ndjson.zst" in names
    assert any(name.endswith(".torn") for name in names)
    assert segment_path(tmp_path / "w0", world.at["w0"].segment + 1).exists()
    world.worker.release()
