"""Who may append where: one process a worker, one directory a worker, by file lock.

Whoever claims a directory first closes what the last owner left: whole frames become
durable and visible, a torn tail is set aside, and nothing is ever appended to an old
segment. Directories that nobody owns are closed in passing, so that their readers do
not wait for an owner that may never come back.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from collector.errors import OperatorError
from collector.log import Position
from collector.log.disk import Disk, OsDisk, make_directory, write_all
from collector.log.layout import (
    Synced,
    is_worker_name,
    read_synced,
    segment_numbers,
    segment_path,
    worker_names,
)
from collector.log.source import PlainSource, read_run

_log = logging.getLogger(__name__)

_SCAN_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Worker:
    """A claimed directory. The lock lives as long as the process, or until `release`."""

    name: str
    directory: Path
    next_segment: int
    lock: int

    def release(self) -> None:
        """Let another process claim the name. Call once."""
        os.close(self.lock)


def claim_worker(root: Path, prefix: str = "w", *, name: str = "", disk: Disk | None = None) -> Worker:
    """Own the worker `name` or, without one, the first of w0, w1, … that nobody owns.

    Raises OperatorError where `name` is taken or the directory cannot be used.
    """
    disk = disk or OsDisk()
    with _claiming(root):
        lock = None
        for candidate in [name] if name else (f"{prefix}{number}" for number in count()):
            lock = _lock(root, candidate)
            if lock is not None:
                break
        if lock is None:
            raise OperatorError(f"the log of {name!r} is in use by another process")
        try:
            next_segment = _close_segments(root / candidate, disk)
        except OSError as error:
            os.close(lock)
            raise OperatorError(f"the log in {root / candidate} cannot be used: {error}") from error
        _close_unowned(root, disk)
    return Worker(candidate, root / candidate, next_segment, lock)


def recover(root: Path, *, disk: Disk | None = None) -> None:
    """Close the segments of every worker that nobody owns, for a process that only reads."""
    with _claiming(root):
        _close_unowned(root, disk or OsDisk())


@contextlib.contextmanager
def _claiming(root: Path) -> Iterator[None]:
    """One process at a time looks for a free name, so that none sees another's look as use."""
    try:
        make_directory(root)
        descriptor = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o640)
    except OSError as error:
        raise OperatorError(f"the log in {root} cannot be used: {error}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock(root: Path, name: str) -> int | None:
    """The lock of a worker's directory, which is made; None where another process has it."""
    if not is_worker_name(name):
        raise OperatorError(f"{name!r} is no name for a worker: a-z, 0-9, - and _, at most 32")
    try:
        make_directory(root / name)
        descriptor = os.open(root / name / "lock", os.O_RDWR | os.O_CREAT, 0o640)
    except OSError as error:
        raise OperatorError(f"the log in {root / name} cannot be used: {error}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _close_unowned(root: Path, disk: Disk) -> None:
    for name in worker_names(root):
        lock = _lock(root, name)
        if lock is None:
            continue
        try:
            _close_segments(root / name, disk)
        except OSError as error:  # a neighbour's trouble does not keep us from starting
            _log.error("log %s: not closed: %s", name, error)
        finally:
            os.close(lock)


def _close_segments(directory: Path, disk: Disk) -> int:
    """Close the last segment and publish that; the number of the next one."""
    numbers = segment_numbers(directory)
    synced = read_synced(directory)
    last = numbers[-1] if numbers else 0
    if synced is not None and synced.offset == 0 and synced.segment > last:
        return synced.segment
    path = segment_path(directory, last)
    if path.exists():
        _close_tail(path, synced.offset if synced and synced.segment == last else 0, disk)
    unused = synced.segment + (synced.offset > 0) if synced else 1
    following = max(last + 1, unused)
    published = Synced(directory)
    try:
        published.publish(Position(following, 0))
    finally:
        published.close()
    return following


def _close_tail(path: Path, durable: int, disk: Disk) -> None:
    """Set aside what stands after the last whole frame, and sync the rest."""
    source = PlainSource(path)
    size = source.size()
    offset = end = 0
    while offset < size:
        run = read_run(source, offset, size, _SCAN_BYTES)
        offset, end = run.end, run.last if run.last is not None else end
    if end < durable:
        _log.error("%s: %d bytes that had been stored are damaged", path, durable - end)
    descriptor = os.open(path, os.O_RDWR)
    try:
        if end < size and _set_aside(path, source.read_at(end, size - end), disk):
            disk.truncate(descriptor, end)
        disk.sync(descriptor)
    finally:
        os.close(descriptor)


def _set_aside(path: Path, tail: bytes, disk: Disk) -> bool:
    """Keep the torn tail in a file of its own; False where there is no room for that."""
    torn = path.with_name(path.name + ".torn")
    try:
        disk.remove(torn)
        descriptor = disk.create(torn)
        try:
            write_all(disk, descriptor, tail)
            disk.sync(descriptor)
        finally:
            disk.close(descriptor)
    except OSError as error:  # readers pass over the tail where it is
        _log.error("%s: torn tail of %d bytes left in place: %s", path, len(tail), error)
        return False
    _log.warning("%s: torn tail of %d bytes set aside in %s", path, len(tail), torn.name)
    return True
