"""Makes the store again from the whole log, beside the old one, and puts it in its place.

Until the last moment the old file stays as it is; a rebuild that fails or is stopped leaves
nothing but a file that the next one replaces.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from collector.loader import Loader, Progress
from collector.store import Loaded, Store


def rebuild(
    path: Path,
    *,
    open_store: Callable[[Path], Store],
    follow: Callable[[Store], Loader],
    progress: Progress | None = None,
) -> Loaded:
    """Fill a fresh store from the log's begin and swap it in at `path`; what it brought.

    Opens the old store first, where there is one, so that no other process has it; an unreadable
    one is set aside by that. Raises StoreUnavailable where another process has the file.
    """
    open_store(path).close()
    fresh = path.with_name(path.name + ".rebuild")
    _remove(fresh)
    store = open_store(fresh)
    try:
        brought = follow(store).catch_up(progress)
    finally:
        store.close()
    _swap(fresh, path)
    return brought


def _swap(fresh: Path, path: Path) -> None:
    """Atomic: at every moment `path` is the old file or the new one, whole."""
    before = path.with_name(path.name + ".before-rebuild")
    before.unlink(missing_ok=True)
    os.link(path, before)
    fresh.replace(path)
    _sync(path.parent)
    before.unlink()


def _remove(path: Path) -> None:
    for file in (path, path.with_name(path.name + ".wal")):
        file.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
