"""What tests of pages share."""

from __future__ import annotations

from tests.dashboard.browsing import opened, running, window

__all__ = ["opened", "running", "window"]
