"""A window of 1,000 × 1,000 pixels whose clock only a test moves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import visitor
from tests.script.recorder import Recorder, recording
from tests.script_views.window import Window


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with recording() as found:
        yield found


@pytest.fixture
def window(browser: Browser, recorder: Recorder) -> Iterator[Window]:
    """A visitor in whose console no error may stand."""
    with visitor(browser) as context:
        found = Window(context, recorder)
        yield found
        assert found.errors == []
