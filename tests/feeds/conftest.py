"""A browser's page with the tag, and a collector that remembers what it was asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.script.recorder import Recorder, recording


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with recording() as found:
        yield found
