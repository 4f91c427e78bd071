"""Figures for a monitoring system, in the text form that Prometheus reads.

Nothing is counted here: at a scrape the plain numbers of the other parts are read and written down. Labels are
names of ours alone (vendors, outcomes, states, ids of destinations), never a word of an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector


class Source(Protocol):
    """A part whose figures are read at a scrape."""

    def families(self) -> Iterable[Metric]:
        """Every figure as it is now."""


class _Read(Collector):
    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        for source in self._sources:
            yield from source.families()


def written(sources: Sequence[Source], accept: str) -> tuple[bytes, str]:
    """All figures as text, and its content type; `accept` is what the reader asks for. Blocks for reads."""
    registry = CollectorRegistry()
    registry.register(_Read(sources))
    encode, kind = choose_encoder(accept)
    return encode(registry), kind


def cumulated(bounds: Sequence[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    """Counts of buckets as a histogram writes them: each with those before it."""
    total, found = 0, list[tuple[str, float]]()
    for bound, count in zip((*map(str, bounds), "+Inf"), counts, strict=True):
        total += count
        found.append((bound, float(total)))
    return found
