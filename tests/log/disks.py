"""Disks that fail at a chosen moment. Everything else they do for real."""

from __future__ import annotations

import errno
import os
import threading
from collections import Counter
from pathlib import Path

from collector.log.disk import OsDisk


class Crash(BaseException):
    """The process ends here: nothing of ours may catch it."""


class CountingDisk(OsDisk):
    """Counts what is asked of it."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def create(self, path: Path) -> int:
        self.calls["create"] += 1
        return super().create(path)

    def write(self, descriptor: int, data: memoryview) -> int:
        self.calls["write"] += 1
        return super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self.calls["sync"] += 1
        super().sync(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        self.calls["truncate"] += 1
        super().truncate(descriptor, size)


class FailingDisk(CountingDisk):
    """`room` bytes fit until something is cut; the named operations fail that many times."""

    def __init__(self, *, room: int = 1 << 40, most: int = 1 << 30) -> None:
        super().__init__()
        self.room = room
        self.most = most
        self.failing: Counter[str] = Counter()

    def create(self, path: Path) -> int:
        self._fail("create", errno.ENOSPC)
        return super().create(path)

    def write(self, descriptor: int, data: memoryview) -> int:
        self._fail("write", errno.EIO)
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = super().write(descriptor, data[: min(self.room, self.most)])
        self.room -= taken
        return taken

    def sync(self, descriptor: int) -> None:
        self._fail("sync", errno.EIO)
        super().sync(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        self._fail("truncate", errno.EIO)
        self.room += os.fstat(descriptor).st_size - size
        super().truncate(descriptor, size)

    def _fail(self, operation: str, number: int) -> None:
        if self.failing[operation]:
            self.failing[operation] -= 1
            raise OSError(number, os.strerror(number))


class HeldDisk(CountingDisk):
    """Syncs only after `release`; `entered` is set while one waits."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.release = threading.Event()

    def sync(self, descriptor: int) -> None:
        self.entered.set()
        assert self.release.wait(30)
        super().sync(descriptor)


class CrashingDisk(OsDisk):
    """Ends the process before its operation number `steps`, or after `bytes_left` bytes."""

    def __init__(self, *, steps: int = 1 << 30, bytes_left: int = 1 << 40) -> None:
        self.steps = steps
        self.bytes_left = bytes_left

    def create(self, path: Path) -> int:
        self._step()
        return super().create(path)

    def write(self, descriptor: int, data: memoryview) -> int:
        self._step()
        if not self.bytes_left:
            raise Crash
        taken = super().write(descriptor, data[: self.bytes_left])
        self.bytes_left -= taken
        return taken

    def sync(self, descriptor: int) -> None:
        self._step()
        if not self.bytes_left:
            raise Crash
        super().sync(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        self._step()
        super().rename(source, target)

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)

    def _step(self) -> None:
        if not self.steps:
            raise Crash
        self.steps -= 1
