"""kill -9 of a real process: whatever it said it had stored is there, once."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from collector.log.reader import SegmentReader
from collector.log.worker import recover
from tests.log.reading import lines
from tests.log.victim import WRITERS

ROOT = Path(__file__).parents[2]


@pytest.mark.failure
def test_what_a_killed_process_acknowledged_is_stored_once(tmp_path: Path) -> None:
    acknowledged: list[bytes] = []
    chance = random.Random(46)
    for generation in range(6):
        acknowledged += killed_after(chance.randrange(1, 600), tmp_path, generation)
    recover(tmp_path)
    stored = lines(SegmentReader(tmp_path))
    assert Counter(stored).most_common(1)[0][1] == 1
    assert set(acknowledged) <= set(stored)
    unacknowledged = len(stored) - len(acknowledged)
    assert unacknowledged <= 6 * WRITERS, "at most the one record each writer was waiting for"
    for writer in range(WRITERS):
        own = [record for record in stored if b"-%d-" % writer in record]
        assert own == sorted(own, key=place), "in the order they were appended"


def killed_after(count: int, root: Path, generation: int) -> list[bytes]:
    """Lines the victim wrote: `count` of them before it was killed, and what was in the pipe."""
    command = [sys.executable, "-m", "tests.log.victim", str(root), str(generation)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as victim:
        assert victim.stdout is not None
        read = [victim.stdout.readline() for _ in range(count)]
        victim.kill()
        read += victim.stdout.readlines()
    return [line for line in read if line.endswith(b"\n")]


def place(record: bytes) -> tuple[int, int]:
    """Generation and number of a record of one writer."""
    generation, _, number = record.decode().split('"')[3].split("-")
    return int(generation), int(number)
