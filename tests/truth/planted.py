"""Bugs planted into a copy of the program, one at a time, and the test that catches each.

`python -m tests.truth.planted` tries all of them and prints which test caught which.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("planted.toml")
SECONDS = 300
COPIES = 2


@dataclass(frozen=True, slots=True)
class Bug:
    """A text in a file of the program, and what stands there instead."""

    name: str
    path: str
    old: str
    new: str
    caught_by: str


@dataclass(frozen=True, slots=True)
class Tried:
    """`caught`: the test ran and failed. `said` is the end of what it said."""

    bug: Bug
    caught: bool
    said: str


def bugs() -> tuple[Bug, ...]:
    """All of the table."""
    return tuple(Bug(**entry) for entry in tomllib.loads(TABLE.read_text(encoding="utf-8"))["bug"])


def try_all(chosen: Sequence[Bug]) -> Iterator[Tried]:
    """Each bug by itself in one of a few copies of the program, in their order."""
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        free: SimpleQueue[Path] = SimpleQueue()
        for number in range(COPIES):
            free.put(_copy(Path(folder) / str(number)))

        def tried(bug: Bug) -> Tried:
            copy = free.get()
            try:
                return try_one(bug, copy)
            finally:
                free.put(copy)

        with ThreadPoolExecutor(COPIES) as pool:
            yield from pool.map(tried, chosen)


def try_one(bug: Bug, copy: Path) -> Tried:
    """The bug's test in a copy that has the bug."""
    if (copy / bug.path).read_text(encoding="utf-8").count(bug.old) != 1:
        return Tried(bug, caught=False, said=f"{bug.path} has not exactly one {bug.old!r}\n")
    with _planted(bug, copy):
        try:
            code, said = run_tests(copy, [bug.caught_by])
        except subprocess.TimeoutExpired as late:
            return Tried(bug, caught=False, said=str(late))
    return Tried(bug, caught=code == 1, said=said[-1_500:])


def run_tests(copy: Path, tests: Sequence[str]) -> tuple[int, str]:
    """pytest's exit code (0: all passed, 1: some failed) and what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    asked = [f"tests/{test}" for test in tests]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "--no-header",
            "--tb=line",
            "-p",
            "no:cacheprovider",
            *asked,
        ],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _copy(folder: Path) -> Path:
    """The program and its tests, without what they made."""
    for part in ("collector", "dashboard", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@contextmanager
def _planted(bug: Bug, copy: Path) -> Iterator[None]:
    path = copy / bug.path
    text = path.read_text(encoding="utf-8")
    before = path.stat().st_mtime
    path.write_text(text.replace(bug.old, bug.new), encoding="utf-8")
    # What was compiled of one text must not stand in for another of the same moment and length.
    os.utime(path, (before + 60, before + 60))
    try:
        yield
    finally:
        path.write_text(text, encoding="utf-8")
        os.utime(path, (before + 120, before + 120))


def main() -> int:
    """Print the list; 1 where a bug went unseen."""
    unseen = 0
    for tried in try_all(bugs()):
        unseen += not tried.caught
        what = f"{'caught' if tried.caught else 'UNSEEN'}  {tried.bug.name}"
        where = f"        in {tried.bug.path}\n        by {tried.bug.caught_by}"
        sys.stdout.write(f"{what}\n{where}\n{'' if tried.caught else tried.said}")
        sys.stdout.flush()
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
