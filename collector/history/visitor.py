"""Whose a device is now (docs/definitions.md, "Visitor")."""

from __future__ import annotations

from collector.history.statements import rows
from collector.store import Reader
from collector.wire import Shop


def identified(reader: Reader, shop: Shop, did: str) -> str | None:
    """The visitor of a device that something identified, else None."""
    found = rows(reader, "visitor", shop=shop.shop_id, did=did)
    return found[0]["visitor_id"] if found else None


def visitor(reader: Reader, shop: Shop, did: str) -> str:
    """The visitor of a device. One that nothing identified is its own."""
    return identified(reader, shop, did) or did
