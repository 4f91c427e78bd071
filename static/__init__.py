"""Files served as they are: the script for shops, and what the pages of ours load."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def path(name: str) -> Path:
    """Where the file of that name lies, wherever the package is installed."""
    return _HERE / name
