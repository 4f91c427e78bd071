"""Makes the script that draws charts, out of the package `plotly` as it is installed.

    python -m tools.build_charts

Set-up runs it. What it writes is never committed: the whole script of the package, less what no chart of ours
uses, packed. Without it, or after another version of the package was installed, the
dashboard serves the whole script (docs/decisions/0008-chart-script.md).
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Final

import brotli

import static
from dashboard.chart_script import BUILT, heading, whole
from tools.prune_script import NotABundle, Wanted, prune

WANTED: Final = Wanted(
    traces=("bar",),  # lines are of the core
    without=("annotations3d", "images", "rangeselector", "rangeslider", "sliders", "updatemenus"),
    asides=(re.compile(r'\w+==="map"&&[\w$]+\(\),'),),  # the style sheet of maps
)
TARGET: Final = static.path("dashboard") / BUILT


def build(script: bytes) -> bytes:
    """The script with nothing but our kinds of chart, under a heading that says of which bytes it was made."""
    return heading(script) + prune(script.decode(), WANTED).encode()


def main(target: Path = TARGET) -> int:
    """Write the packed script; where the package's has another shape, leave none, say so and go on."""
    script = whole()
    try:
        small = build(script)
    except NotABundle as found:
        target.unlink(missing_ok=True)
        print(f"The chart script is served whole, {len(script):,} bytes: {found}.")
        return 0
    packed = brotli.compress(small, quality=11)
    beside = target.with_suffix(".new")
    beside.write_bytes(packed)
    os.replace(beside, target)
    print(f"The chart script: {len(small):,} of {len(script):,} bytes, {len(packed):,} packed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
