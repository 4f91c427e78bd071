"""A browser, a collector to talk to, and one visitor per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import visitor
from tests.script.recorder import Recorder, recording
from tests.script.visit import Visit


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as found:
        yield found


@pytest.fixture
def visit(browser: Browser, recorder: Recorder) -> Iterator[Visit]:
    """A visitor who leaves no error in a console and asks no stranger for anything."""
    with visitor(browser) as context:
        found = Visit(context, recorder)
        yield found
        found.check()
