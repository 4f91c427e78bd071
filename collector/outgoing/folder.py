"""Whole files in a folder that the operator allows, and nowhere else.

A file appears under its name complete and synced, or not at all; one of the same name is replaced. What is
half written begins with a dot and ends in `.part`; where a machine fails meanwhile, it may be deleted.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Final

from collector.outgoing.reach import Forbidden

NAME: Final = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,199}")
DEEPEST: Final = 16
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write(allowed: Path | None, place: str, name: str, body: bytes) -> None:
    """Put the file at `place`/`name`; raises Forbidden where that is not below `allowed`, or OSError.

    Folders that are missing are made. No link below `allowed` is followed.
    """
    below = steps(allowed, place, name)
    with _opened(allowed or Path(), below[:-1]) as folder:
        _replaced(folder, below[-1], body)


def steps(allowed: Path | None, place: str, name: str) -> tuple[str, ...]:
    """The folders below `allowed` and the file's own name; raises Forbidden."""
    if allowed is None:
        raise Forbidden("this installation allows no folder for files")
    path = PurePosixPath(place)
    if not path.is_absolute() or ".." in path.parts or not path.is_relative_to(allowed):
        raise Forbidden("the folder is not inside the one that is allowed for files")
    parts = (*path.relative_to(allowed).parts, *names(name))
    if len(parts) > DEEPEST or not all(map(NAME.fullmatch, parts)):
        raise Forbidden("the folder has a name that is not allowed")
    return parts


def names(name: str) -> Sequence[str]:
    """The parts of a file's relative name; raises Forbidden for anything but plain names."""
    parts = name.split("/")
    if not all(map(NAME.fullmatch, parts)):
        raise Forbidden("the file has a name that is not allowed")
    return parts


@contextmanager
def _opened(allowed: Path, below: Sequence[str]) -> Iterator[int]:
    """The folder, reached step by step from the one that is allowed."""
    folder = os.open(allowed, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in below:
            inner = _entered(folder, part)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def _entered(folder: int, part: str) -> int:
    with suppress(FileExistsError):
        os.mkdir(part, 0o750, dir_fd=folder)
        os.fsync(folder)
    try:
        return os.open(part, _FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise Forbidden("a part of the folder's path is a link or a file") from error
        raise


def _replaced(folder: int, name: str, body: bytes) -> None:
    part = f".{name[:180]}.{secrets.token_hex(4)}.part"
    try:
        with os.fdopen(os.open(part, _FILE, 0o640, dir_fd=folder), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(part, dir_fd=folder)
        raise
    os.fsync(folder)
