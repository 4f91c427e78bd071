"""The few operations by which the log changes a disk, so that failures can be put between them."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Protocol

_FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)


class Disk(Protocol):
    """Every method raises OSError where it did not do the whole of what it says."""

    def create(self, path: Path) -> int:
        """A descriptor that appends to a new file whose directory entry is durable."""

    def write(self, descriptor: int, data: memoryview) -> int:
        """How many of the bytes were taken; fewer than all is not an error."""

    def sync(self, descriptor: int) -> None:
        """Return once everything written would survive a power cut."""

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut the file after `size` bytes."""

    def close(self, descriptor: int) -> None:
        """Give the descriptor back."""

    def rename(self, source: Path, target: Path) -> None:
        """Replace `target`, durably."""

    def remove(self, path: Path) -> None:
        """Unlink; a file that is not there is removed."""


class OsDisk:
    """The operating system's. On macOS a sync goes through the drive's own cache."""

    def create(self, path: Path) -> int:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
        try:
            sync_directory(path.parent)
        except OSError:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        return descriptor

    def write(self, descriptor: int, data: memoryview) -> int:
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        if _FULL_SYNC is not None:
            fcntl.fcntl(descriptor, _FULL_SYNC)
        else:
            os.fdatasync(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        source.replace(target)
        sync_directory(target.parent)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(path: Path) -> None:
    """A directory that survives a power cut, with those above it that it needed."""
    missing = [place for place in path.parents if not place.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for place in (path, *missing):
        sync_directory(place.parent)


def write_all(disk: Disk, descriptor: int, data: bytes) -> None:
    """Write every byte, however short the single writes are."""
    with memoryview(data) as view:
        done = 0
        while done < len(data):
            taken = disk.write(descriptor, view[done:])
            if taken <= 0:
                raise OSError("the disk takes no more bytes")
            done += taken
