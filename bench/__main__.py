"""`make bench`: everything, or the parts named: http, live, feeds, models, pages."""

from __future__ import annotations

import sys

from bench import feeds, http, live, models, pages
from bench.report import Report

PARTS = {"http": http.run, "live": live.run, "feeds": feeds.run, "models": models.run, "pages": pages.run}


def main() -> None:
    report = Report()
    for name in sys.argv[1:] or PARTS:
        PARTS[name](report)
    print(f"kept in {report.keep()}")


main()
