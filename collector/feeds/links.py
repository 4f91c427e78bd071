"""Links to products that say which tool led there, and only to the shop's own pages.

Addresses come from events, which anybody may send: one that leads elsewhere is not handed on.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from collector.feeds import Tool

OURS = ("recommended_by", "recommended_code")


def linked(page: str | None, origins: Collection[str], tool: Tool) -> str | None:
    """The address with the tool in its query; None where it is no page of one of the origins.

    A path alone belongs to the first of them.
    """
    if page is None or not origins:
        return None
    try:
        parts = urlsplit(urljoin(f"{next(iter(origins))}/", page.strip()))
    except ValueError:
        return None
    if f"{parts.scheme}://{parts.netloc}" not in origins:
        return None
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in OURS]
    query = urlencode([*kept, *zip(OURS, tool, strict=True)], quote_via=quote)
    return parts._replace(path=parts.path or "/", query=query, fragment="").geturl()


def pictured(address: str | None) -> str | None:
    """The address of a picture; None where it is no web address (a shop's pictures may lie anywhere)."""
    if address is None:
        return None
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    return address.strip() if parts.scheme in ("http", "https") and parts.netloc else None
