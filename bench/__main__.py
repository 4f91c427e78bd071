"""`make bench`: everything, or the parts named: http, live, forward, feeds, models, pages, paint."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from bench import feeds, forward, http, live, models, pages, paint
from bench.report import Report


def main() -> None:
    parts = {
        "http": http.run,
        "live": live.run,
        "forward": forward.run,
        "feeds": feeds.run,
        "models": models.run,
        "pages": pages.run,
        "paint": paint.run,
    }
    options = argparse.ArgumentParser(
        prog="python -m bench", description="Measure it all, or the parts named."
    )
    options.add_argument("parts", nargs="*", metavar="|".join(parts))
    options.add_argument(
        "--data", type=Path, help="data folder that `paint` opens, of a server that is not running"
    )
    given = options.parse_args()
    if unknown := set(given.parts) - set(parts):
        options.error(f"there is no part {', '.join(sorted(unknown))}")
    parts["paint"] = partial(paint.run, data=given.data)
    report = Report()
    for name in given.parts or parts:
        parts[name](report)
    print(f"kept in {report.keep()}")


main()
