"""Makes static/v3.js, which pages load, of static/r46.js, which people read.

    python -m tools.build_script                build it
    python -m tools.build_script --search 7     first look for names that pack better, by dice seed 7

Prints the size that counts, gzip -9, and fails where it passes the budget of
docs/wire/r46.md, "Budget". The result is committed: a shop's server needs no minifier. So are
the names found (tools/repack.py), and building alone gives the same bytes everywhere.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import minify

from tools import repack

SOURCE = Path(__file__).parents[1] / "static" / "r46.js"
BUILT = SOURCE.with_name("v3.js")
CHOICE = Path(__file__).with_name("repack.txt")
BUDGET = 4096
"""Bytes of the built file after gzip -9."""
ROUNDS = 300_000
"""Steps of a search: two minutes."""


def build(source: str, choice: repack.Choice | None = None) -> str:
    """The same program, minified, in the syntax of ES2015 and no later."""
    if choice is None:
        choice = repack.Choice.of(CHOICE.read_text(encoding="ascii"))
    return repack.repacked(minified(source), choice) + "\n"


def minified(source: str) -> str:
    """Without comments, spaces and long names, before names are chosen."""
    minify.config({"js-version": 2015})
    # One keyword packs better than two; the source says which variables never change.
    return str(minify.string("application/javascript", re.sub(r"\bconst\b", "let", source)))


def size(script: str) -> int:
    """Bytes after gzip -9, without a name or time in its header."""
    return len(gzip.compress(script.encode(), compresslevel=9, mtime=0))


def main(arguments: Sequence[str] = ()) -> int:
    """Write the built file; 1 if it is too large."""
    source = SOURCE.read_text(encoding="utf-8")
    if arguments[:1] == ["--search"]:
        known = repack.Choice.of(CHOICE.read_text(encoding="ascii"))
        found = repack.search(minified(source), known, ROUNDS, int(arguments[1]))
        CHOICE.write_text(str(found), encoding="ascii")
    script = build(source)
    BUILT.write_text(script, encoding="utf-8")
    packed = size(script)
    print(f"{BUILT.name}: {len(script.encode())} bytes, {packed} gzip -9, budget {BUDGET}")
    return 0 if packed <= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
