"""What all tests share."""

from __future__ import annotations

from tests.browser import browser_fixture

__all__ = ["browser_fixture"]
