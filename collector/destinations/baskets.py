"""What changed between two states of a cart, for vendors that know only what was added and removed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from collector.event import Item, decimal_text


def pieces(items: Sequence[Item]) -> dict[str, Decimal]:
    """How many of each product there are, by `item_id`; one where no quantity is known."""
    found: dict[str, Decimal] = {}
    for item in items:
        found[item.item_id] = found.get(item.item_id, Decimal()) + Decimal(item.quantity or 1)
    return found


def difference(before: Sequence[Item], after: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """What was added and what was removed, each product once with its pieces, as it was told last."""
    had, has = pieces(before), pieces(after)
    added: list[Item] = []
    removed: list[Item] = []
    for item_id, item in {item.item_id: item for item in (*before, *after)}.items():
        change = has.get(item_id, Decimal()) - had.get(item_id, Decimal())
        if change:
            (added if change > 0 else removed).append(replace(item, quantity=decimal_text(abs(change))))
    return added, removed
