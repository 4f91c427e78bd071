"""One line of an order, which is what this vendor sends for each product of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from collector.reading.draft import Draft
from collector.reading.lines import Line
from collector.reasons import coded

Surface = Literal["api", "web"]


def order_line(draft: Draft, line: Line, transaction: str, surface: Surface) -> None:
    """The columns of a line, and by what a repeat of it is recognised (docs/wire/canonical.md §7)."""
    item = line.item()
    assert item is not None, "a line without a product was set aside before"
    draft.columns.update(items=(item,), is_line=True, order_key=transaction, transaction_id=transaction)
    draft.key = (
        "order",
        surface,
        transaction,
        item.item_id,
        item.location_id or "",
        item.price or "",
        item.quantity or "",
    )


def note_signs(draft: Draft, line: Line, quantity: str, *, strict: bool) -> None:
    """A negative price, and a quantity that is not positive, are kept as sent and noted.

    `quantity` is the name of that field on the wire.
    """
    if Decimal(line.fields.get("price", 0)) < 0:
        draft.note("field_format:price", strict=strict)
    if Decimal(line.fields.get("quantity", 1)) <= 0:
        draft.note(coded("field_format", quantity), strict=strict)
