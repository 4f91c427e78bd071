"""A path under which the engine can read bytes that we hold, without a file on disk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def as_path(parts: Sequence[bytes]) -> Iterator[str]:
    """A readable path of the parts joined: memory where the system can, else a temporary file."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("batch", os.MFD_CLOEXEC)
        try:
            _write(descriptor, parts)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
    else:
        with _temporary(parts) as path:
            yield path


@contextmanager
def _temporary(parts: Sequence[bytes]) -> Iterator[str]:
    with tempfile.NamedTemporaryFile(suffix=".ndjson") as file:
        _write(file.fileno(), parts)
        yield file.name


def _write(descriptor: int, parts: Sequence[bytes]) -> None:
    for part in parts:
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
