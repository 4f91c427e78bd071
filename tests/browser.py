"""A real Chromium for tests: found, started, and made to look like a visitor's.

A test that needs a browser fails where there is none; it is never skipped, because a
skipped browser test is how a broken tag reaches a shop.

The fixture `browser` is given to all tests by tests/conftest.py.

"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

MISSING = (
    "no Chromium found. Install one (`apt-get install chromium`, `brew install --cask chromium`), "
    "or run `python -m playwright install chromium`, or name one in R46_CHROMIUM."
)

FLAGS = (
    "--no-sandbox",  # tests also run as root, in containers
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # navigator.webdriver marks a bot, and a bot's events are rightly ignored.
    "--disable-blink-features=AutomationControlled",
)

USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
)
"""Without the word "Headless", which marks a bot too."""


def find(playwright: Playwright | None = None) -> Path | None:
    """R46_CHROMIUM, else one on the PATH, else Playwright's own."""
    named = os.environ.get("R46_CHROMIUM")
    if named:
        return Path(named) if Path(named).is_file() else None
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    own = Path(playwright.chromium.executable_path) if playwright else None
    return own if own and own.is_file() else None


@contextmanager
def launched() -> Iterator[Browser]:
    """A running browser. Fails the test, with the way to get one, where there is none."""
    with sync_playwright() as playwright:
        executable = find(playwright)
        if executable is None:
            pytest.fail(MISSING)
        browser = playwright.chromium.launch(executable_path=str(executable), args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def visitor(browser: Browser, *, locale: str = "en-US", scripts: bool = True) -> Iterator[BrowserContext]:
    """A fresh profile: no cookies, no storage, an ordinary user agent."""
    context = browser.new_context(user_agent=USER_AGENT, locale=locale, java_script_enabled=scripts)
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture(scope="module", name="browser")
def browser_fixture() -> Iterator[Browser]:
    """One browser a module; each test takes a visitor of its own.

    Not one a run: while Playwright runs, nothing else in the process may run an event loop.
    """
    with launched() as browser:
        yield browser
