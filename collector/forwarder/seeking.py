"""Where in the log a moment is: by halving between segments, so that a long log is not read to find it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from collector.log import LogReader, Position
from collector.record import decode


def positions_at(log: LogReader, moment: float) -> Mapping[str, Position]:
    """For each worker a position with everything received from `moment` (epoch seconds) on behind it.

    What stands between it and the moment is for the caller to pass over. Blocks for some reads.
    """
    ends = dict(log.end())
    return {worker: _segment_before(log, ends, worker, moment) for worker in ends}


def _segment_before(log: LogReader, ends: Mapping[str, Position], worker: str, moment: float) -> Position:
    """The start of the last segment of the worker whose first record had been received before the moment."""
    low, high = 0, ends[worker].segment
    while low < high:
        middle = (low + high + 1) // 2
        received = _first_at(log, {**ends, worker: Position(middle, 0)}, worker)
        if received is not None and received < moment:
            low = middle
        else:
            high = middle - 1
    return Position(low, 0)


def _first_at(log: LogReader, after: Mapping[str, Position], worker: str) -> float | None:
    """When the first record after the position had been received; None where there is none."""
    for chunk in log.read(after, 1):
        if chunk.worker == worker and chunk.data:
            try:
                return decode(chunk.data.split(b"\n", 1)[0]).received_at.timestamp()
            except msgspec.MsgspecError:
                return None
    return None
