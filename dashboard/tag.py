"""The tag's own page: what to paste, and the releases a shop may pin. It names no shop's data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.snippet import element, snippet
from static.versions import Release

SHOP_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
SAMPLE = "SHOP_ID"
"""Stands where a shop's id belongs, unless the address names one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A release and the line that pins it."""

    release: Release
    element: str


def facts(origin: str, shop: str, releases: Sequence[Release]) -> Mapping[str, Any]:
    """What the page shows, newest release first."""
    shop_id = shop if SHOP_ID.match(shop) else SAMPLE
    newest = [
        Pinned(release=one, element=element(origin + one.path, integrity=one.integrity))
        for one in reversed(releases)
    ]
    return {
        "snippet": snippet(shop_id, origin),
        "views": element(f"{origin}/views.js"),
        "types": f"{origin}/r46.d.ts",
        "sample": shop_id == SAMPLE,
        "pinned": newest,
    }
