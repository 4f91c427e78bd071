"""Products of an answer as a page is told of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from collector.feeds import Tool
from collector.feeds.links import linked, pictured
from collector.wire import Told


def products(told: Told | None, origins: Collection[str], tool: Tool) -> list[dict[str, Any]]:
    """Ids in the feed's order with what is known of them; nothing told gives none."""
    return [_product(one, origins, tool) for one in told["items"]] if told else []


def _product(one: Mapping[str, Any], origins: Collection[str], tool: Tool) -> dict[str, Any]:
    return {
        "id": one["id"],
        "name": one["name"],
        "url": linked(one["page"], origins, tool),
        "image_url": pictured(one["picture"]),
        "price": one["price"],
        "currency": one["currency"],
        "score": one["score"],
        "recommended_by": tool.by,
        "recommended_code": tool.code,
        **{name: one[name] for name in ("at", "lift") if name in one},
    }
