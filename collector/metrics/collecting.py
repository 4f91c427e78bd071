"""What the collector processes have taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from collector.counts import BOUNDS, told
from collector.metrics import cumulated

YOUNG_S: Final = 60.0
"""A process that has not told its counts for so long is gone, or hangs."""


class Collecting:
    """`folder` is where collector processes tell their counts; `clock` gives epoch seconds."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock

    def families(self) -> Iterable[Metric]:
        events = CounterMetricFamily(
            "r46_events",
            "Events as their senders were told of them, by the protocol they came in; a refused request is one.",
            labels=("worker", "vendor", "outcome"),
        )
        appends = HistogramMetricFamily(
            "r46_append_seconds",
            "How long requests waited until what they brought was durable.",
            labels=("worker",),
        )
        unstored = CounterMetricFamily(
            "r46_unstored_requests",
            "Requests answered 503, because nothing could be stored.",
            labels=("worker",),
        )
        for one in told(self._folder, self._clock(), YOUNG_S):
            for vendor, outcome, count in sorted(one.events):
                events.add_metric((one.worker, vendor, outcome), count)
            appends.add_metric((one.worker,), cumulated(BOUNDS, one.appends), one.seconds)
            unstored.add_metric((one.worker,), one.unstored)
        return events, appends, unstored
