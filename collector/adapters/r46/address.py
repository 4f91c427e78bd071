"""What the address of a page says of its events (docs/wire/r46.md §7.2).

The script leaves these parameters to the server, which knows them by how their names end:
they begin with the script's global name. Only an envelope's page is read, never `referer`.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from urllib.parse import unquote_plus

MOST_PARAMETERS = 200
LONGEST_ADDRESS = 255  # characters of an e-mail address
_PROPS = ("search_query", "input_query")
_CAMPAIGN = ("rees46_source", "rees46_campaign")
_MERGER = "_merger"
_ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+")
_STANDARD = str.maketrans("-_ ", "+/+")


def props_of(page: str) -> dict[str, str]:
    """The search that led to the page, and an older mail's campaign; the first of each name."""
    if "_query=" not in page and "rees46_" not in page:
        return {}
    found: dict[str, str] = {}
    for name, value in _parameters(page):
        known = _known(name)
        if known and value:
            found.setdefault(known, value)
    return found


def address_in(page: str) -> str | None:
    """The e-mail address that `<g>_merger` says the visitor has, from its base64; None without one."""
    if _MERGER not in page:
        return None
    for name, value in _parameters(page):
        if name.endswith(_MERGER) and (found := _decoded(value)) is not None:
            return found
    return None


def _known(name: str) -> str:
    if name in _CAMPAIGN:
        return name
    return next((known for known in _PROPS if name.endswith(f"_{known}")), "")


def _parameters(page: str) -> Iterator[tuple[str, str]]:
    query = page.partition("#")[0].partition("?")[2]
    for pair in query.split("&", MOST_PARAMETERS)[:MOST_PARAMETERS]:
        name, _, value = pair.partition("=")
        yield unquote_plus(name), unquote_plus(value).replace("\x00", "\ufffd")


def _decoded(written: str) -> str | None:
    base64 = written.translate(_STANDARD).rstrip("=")
    try:
        address = b64decode(base64 + "=" * (-len(base64) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return address if len(address) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(address) else None
