"""The script that draws charts: the one cut at set-up, else the whole one of the package `plotly`."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import brotli

BUILT: Final = "plotly.js.br"
"""File beside the dashboard's own scripts that `tools/build_charts.py` writes."""


def whole() -> bytes:
    """All of plotly.js, as the package brings it."""
    return files("plotly").joinpath("package_data/plotly.min.js").read_bytes()


def heading(script: bytes) -> bytes:
    """First line of a script that was cut out of these bytes, and out of no other version."""
    return (
        f"/* Cut to the charts of r46-collector, of sha256 {hashlib.sha256(script).hexdigest()} */\n".encode()
    )


def load(folder: Traversable) -> tuple[bytes, bytes | None]:
    """The script and, where set-up made it, its brotli form. What does not fit the package is passed over."""
    script = whole()
    built = folder.joinpath(BUILT)
    if not built.is_file():
        return script, None
    packed = built.read_bytes()
    try:
        small = bytes(brotli.decompress(packed))
    except brotli.error:
        return script, None
    return (small, packed) if small.startswith(heading(script)) else (script, None)
