"""What a page of metrics says, as a monitoring system understands it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from collector.metrics import Source, written

Labels = frozenset[tuple[str, str]]


def figures(sources: Sequence[Source]) -> Mapping[str, Mapping[Labels, float]]:
    """Values by name and labels."""
    return parsed(written(sources, "")[0].decode())


def parsed(text: str) -> Mapping[str, Mapping[Labels, float]]:
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            sample: Any = one
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def labels(**given: str) -> Labels:
    return frozenset(given.items())
