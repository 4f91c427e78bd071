"""Makes static/v3.js, which pages load, of static/r46.js, which people read.

    python -m tools.build_script

Prints the size that counts, gzip -9, and fails where it passes the budget of
docs/wire/r46.md, "Budget". The result is committed: a shop's server needs no minifier.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import minify

SOURCE = Path(__file__).parents[1] / "static" / "r46.js"
BUILT = SOURCE.with_name("v3.js")
BUDGET = 4096
"""Bytes of the built file after gzip -9."""


def build(source: str) -> str:
    """The same program, minified, in the syntax of ES2015 and no later."""
    minify.config({"js-version": 2015})
    return str(minify.string("application/javascript", source)) + "\n"


def size(script: str) -> int:
    """Bytes after gzip -9, without a name or time in its header."""
    return len(gzip.compress(script.encode(), compresslevel=9, mtime=0))


def main() -> int:
    """Write the built file; 1 if it is too large."""
    script = build(SOURCE.read_text(encoding="utf-8"))
    BUILT.write_text(script, encoding="utf-8")
    packed = size(script)
    print(f"{BUILT.name}: {len(script.encode())} bytes, {packed} gzip -9, budget {BUDGET}")
    return 0 if packed <= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
