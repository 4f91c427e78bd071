"""How the store follows the log, and what both take on the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from collector.loader import LoaderState


class Loading:
    """`state` is the loader's."""

    def __init__(self, state: Callable[[], LoaderState], log_dir: Path, store_file: Path) -> None:
        self._state = state
        self._log_dir = log_dir
        self._store_file = store_file

    def families(self) -> Iterable[Metric]:
        state = self._state()
        lag = GaugeMetricFamily(
            "r46_loader_lag_seconds", "How long the store has been behind the log's end; 0 where it is not."
        )
        lag.add_metric((), state.lag_s)
        failing = GaugeMetricFamily(
            "r46_loader_failing", "1 while the store takes nothing because of an error."
        )
        failing.add_metric((), float(bool(state.error)))
        failures = CounterMetricFamily("r46_loader_failures", "Times that loading into the store failed.")
        failures.add_metric((), state.failures)
        loaded = CounterMetricFamily(
            "r46_loaded", "What was brought into the store since the engine began.", labels=("what",)
        )
        for what, count in asdict(state.total).items():
            loaded.add_metric((what,), count)
        return lag, failing, failures, loaded, *self._sizes()

    def _sizes(self) -> Iterable[Metric]:
        log = GaugeMetricFamily("r46_log_bytes", "Size of the log's segments.")
        log.add_metric((), sum(map(_size, self._log_dir.rglob("*.ndjson*"))))
        store = GaugeMetricFamily(
            "r46_store_bytes", "Size of the store's file, without what is not merged yet."
        )
        store.add_metric((), _size(self._store_file))
        return log, store


def _size(file: Path) -> int:
    """0 for what has gone in the meantime."""
    with suppress(OSError):
        return file.stat().st_size
    return 0
