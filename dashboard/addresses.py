"""Where a thing has its page: every key has one address, and every address names one key.

`/orders/<key>` is the page, `/orders/<key>.json`, `.csv` and `.parquet` are its data. A key
that itself ends like one of them, or that a browser would take for a step up, is linked as
`/orders/<key>.html`: exactly one ending is taken off, so that nothing else can be meant.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

ENDINGS: Final = (".html", ".json", ".csv", ".parquet")
_STEPS: Final = (".", "..")


def of(slug: str, thing: str, ending: str = "") -> str:
    """The path of a thing's page, or of its data with an ending."""
    if not ending and (thing.endswith(ENDINGS) or thing in _STEPS):
        ending = ".html"
    return f"/{slug}/{quote(thing, safe='')}{ending}"


def read(rest: str) -> tuple[str, str]:
    """What stands behind `/<slug>/`, percent signs undone, as the key and the ending taken off it."""
    for ending in ENDINGS:
        if rest.endswith(ending):
            return rest.removesuffix(ending), ending
    return rest, ""
