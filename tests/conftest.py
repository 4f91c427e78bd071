"""What all tests share: one browser a run, because Playwright can run once per process."""

from __future__ import annotations

from tests.browser import browser_fixture

__all__ = ["browser_fixture"]
