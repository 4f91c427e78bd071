"""How each destination is, and how its requests were answered."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Final, get_args

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric

from collector.control.destinations import Stored
from collector.forwarder.figures import BOUNDS, Figures
from collector.forwarder.health import STATES, Condition, Health
from collector.forwarder.reading import Reading
from collector.metrics import cumulated

CONDITIONS: Final[tuple[str, ...]] = get_args(Condition)
LABELS: Final = ("destination", "shop", "kind")
_NUMBERS: Final[dict[str, str]] = {
    "waiting": "Events that were read and have no outcome yet.",
    "held": "Orders that wait for further lines.",
    "in_flight": "Events that are on the way.",
    "oldest_waiting_seconds": "How long the oldest event that waits has waited since it was received.",
    "behind_bytes": "Bytes of the log that are still to be read.",
}
_log = logging.getLogger(__name__)


class Forwarding:
    """`destinations` are those that are set up, `reading` the ledger of one; `clock` gives epoch seconds."""

    def __init__(
        self,
        destinations: Callable[[], Sequence[Stored]],
        reading: Callable[[str], Reading],
        figures: Figures,
        clock: Callable[[], float],
    ) -> None:
        self._destinations = destinations
        self._reading = reading
        self._figures = figures
        self._clock = clock

    def families(self) -> Iterable[Metric]:
        known = self._destinations()
        return *self._healths(known), self._requests(known)

    def _healths(self, known: Sequence[Stored]) -> Iterable[Metric]:
        readable = _gauge(
            "readable", "0 where the ledger cannot be read: the other figures are missing then."
        )
        events = _gauge(
            "events",
            "Events of all time by what became of them. A dead letter that is sent again changes its state.",
            "state",
        )
        condition = _gauge("condition", "1 for the condition it is in.", "condition")
        numbers = {name: _gauge(name, about) for name, about in _NUMBERS.items()}
        for one in known:
            found = self._health(one)
            readable.add_metric(_named(one), float(found is not None))
            if found is None:
                continue
            for state in STATES:
                events.add_metric((*_named(one), state), found.counts.get(state, 0))
            now = "paused" if one.paused else found.condition
            for name in CONDITIONS:
                condition.add_metric((*_named(one), name), float(name == now))
            for name, value in self._values(found).items():
                numbers[name].add_metric(_named(one), value)
        return readable, events, condition, *numbers.values()

    def _health(self, one: Stored) -> Health | None:
        try:
            return self._reading(one.destination_id).health()
        except sqlite3.Error as error:
            _log.warning("the ledger of the destination %s cannot be read: %s", one.destination_id, error)
            return None

    def _values(self, found: Health) -> dict[str, float]:
        oldest = 0.0 if found.oldest_at is None else max(0.0, self._clock() - found.oldest_at)
        return {
            "waiting": found.waiting,
            "held": found.held,
            "in_flight": found.in_flight,
            "oldest_waiting_seconds": oldest,
            "behind_bytes": found.behind_bytes,
        }

    def _requests(self, known: Sequence[Stored]) -> Metric:
        """Those of destinations that are set up: what was removed is forgotten."""
        labels = {one.destination_id: _named(one) for one in known}
        seconds = HistogramMetricFamily(
            "r46_destination_request_seconds",
            "Requests by how they were answered (2xx to 5xx, or why there was no answer), and how long that took.",
            labels=(*LABELS, "answered"),
        )
        for (destination_id, answered), figure in sorted(self._figures.read().items()):
            if destination_id in labels:
                named = (*labels[destination_id], answered)
                seconds.add_metric(named, cumulated(BOUNDS, figure.buckets), figure.seconds)
        return seconds


def _gauge(name: str, about: str, *more: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"r46_destination_{name}", about, labels=(*LABELS, *more))


def _named(one: Stored) -> tuple[str, str, str]:
    return one.destination_id, one.shop_id, one.kind
