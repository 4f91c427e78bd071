"""Keeps the scripts as they are built now, so that pages may pin them for ever.

    python -m tools.freeze_script [--date 2026-11-21]

Run once for a release, after the build. Bytes that are kept already are left alone, so
running it again adds nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import static
from collector import __version__
from static.versions import FOLDER, INDEX, SCRIPTS, Release, describe, releases

ENTRY = """\
[[release]]
script = "{0.script}"
version = "{0.version}"
date = {0.date}
file = "{0.file}"
hash = "{0.hash}"
integrity = "{0.integrity}"
bytes = {0.bytes}
packed = {0.packed}

"""


def freeze(folder: Path, scripts: Mapping[str, bytes], *, version: str, day: date) -> tuple[Release, ...]:
    """Add these files by name; gives what was new. The index is written after the file it names."""
    known = {(kept.script, kept.hash) for kept in releases(folder)}
    described = [(describe(name, data, version=version, day=day), data) for name, data in scripts.items()]
    new = [(release, data) for release, data in described if (release.script, release.hash) not in known]
    for release, data in new:
        (folder / release.file).write_bytes(data)
        with (folder / INDEX).open("a", encoding="utf-8", newline="\n") as index:
            index.write(ENTRY.format(release))
    return tuple(release for release, _ in new)


def main() -> int:
    """Freeze both built scripts under this version of the package."""
    options = argparse.ArgumentParser(description="Keep the built scripts for pages that pin them.")
    options.add_argument("--date", type=date.fromisoformat, default=datetime.now(UTC).date())
    built = {name: static.path(f"{name}.js").read_bytes() for name in SCRIPTS}
    for release in freeze(FOLDER, built, version=__version__, day=options.parse_args().date):
        print(f"{release.path} {release.packed} bytes gzip -9, {release.integrity}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
