"""Released scripts, kept for ever: a page that pins one by its hash must survive every upgrade.

`index.toml` lists the files of this folder. `tools/freeze_script.py` adds to it; nothing is
ever changed or removed.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

FOLDER = Path(__file__).parent
INDEX = "index.toml"
SCRIPTS = ("v3", "views")
"""The files of a shop's page, by the name in their addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One released file. `integrity` is what a script element's attribute of that name takes."""

    script: str  # one of SCRIPTS
    version: str
    date: date
    file: str
    hash: str  # 12 hex digits of its SHA-256
    integrity: str
    bytes: int
    packed: int  # bytes after gzip -9

    @property
    def path(self) -> str:
        """The address that names these bytes and no others."""
        return f"/{self.script}.{self.hash}.js"


def describe(script: str, content: bytes, *, version: str, day: date) -> Release:
    """The entry of a file of these bytes."""
    short = short_hash(content)
    return Release(
        script=script,
        version=version,
        date=day,
        file=f"{script}.{version}.{short}.js",
        hash=short,
        integrity="sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode(),
        bytes=len(content),
        packed=len(gzip.compress(content, compresslevel=9, mtime=0)),
    )


def short_hash(content: bytes) -> str:
    """What names a file in its address."""
    return hashlib.sha256(content).hexdigest()[:12]


def releases(folder: Path = FOLDER) -> tuple[Release, ...]:
    """All releases, oldest first. Raises ValueError or TypeError for an index that is none."""
    index = folder / INDEX
    if not index.is_file():
        return ()
    entries = tomllib.loads(index.read_text(encoding="utf-8")).get("release", [])
    return tuple(Release(**entry) for entry in entries)
