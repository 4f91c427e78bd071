"""Makes static/views.js, the optional second file of a page, of static/r46-views.js.

    python -m tools.build_views

The same build as the main script's, with a budget of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.build_script import build, size

SOURCE = Path(__file__).parents[1] / "static" / "r46-views.js"
BUILT = SOURCE.with_name("views.js")
BUDGET = 1536
"""Bytes of the built file after gzip -9."""


def main() -> int:
    """Write the built file; 1 if it is too large."""
    script = build(SOURCE.read_text(encoding="utf-8"))
    BUILT.write_text(script, encoding="utf-8")
    packed = size(script)
    print(f"{BUILT.name}: {len(script.encode())} bytes, {packed} gzip -9, budget {BUDGET}")
    return 0 if packed <= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
