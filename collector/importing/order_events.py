"""What the lines of one order become: a purchase, and a refund where lines give money back.

Nothing is lost and nothing counted twice: the value of the purchase less the value of the
refund is the sum of quantity x price over the order's lines. See docs/import.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from collector.event import DecimalText, Event, Item, decimal_text
from collector.ids import keyed_id
from collector.importing.occurrences import digest_of
from collector.importing.order_columns import HIGHEST, OrderFile, number
from collector.store.files import Row

VENDOR: Final = "file"
ENDPOINT: Final = "file.orders"
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_CENTS_OF_CENTS: Final = Decimal("0.0001")  # what the store keeps of an amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an order. `said` has every value as it was written, without blanks around it.

    `price` is None where the file says none that can be used. `seq` is its row in the record.
    """

    seq: int
    digest: bytes
    said: Mapping[str, str]
    moment: datetime
    quantity: Decimal
    price: Decimal | None

    @property
    def amount(self) -> Decimal:
        return self.quantity * (self.price or 0)


def line_of(form: OrderFile, row: Row, seq: int, now: datetime) -> Line | str:
    """The line that a row tells, or the reason for which it can be none."""
    if len(row) != len(form.columns):
        return "wrong_shape"
    said = {meaning: cell.strip() for meaning, cell in zip(form.columns, row, strict=True)}
    if not said["order"]:
        return "field_missing:order"
    if not said["item"]:
        return "item_id_missing"
    quantity = number(said.get("quantity") or "1")
    if quantity is None:
        return "field_format:quantity"
    moment = form.moment(said["time"])
    if moment is None:
        return "ts_invalid" if said["time"] else "ts_missing"
    if not EARLIEST <= moment <= now + timedelta(hours=24):
        return "ts_out_of_range"
    price = number(said.get("price", ""))
    if price is not None and abs(price * quantity) >= HIGHEST:
        price = None
    return Line(seq=seq, digest=digest_of(row), said=said, moment=moment, quantity=quantity, price=price)


def events_of(form: OrderFile, shop_id: str, lines: Sequence[Line]) -> list[Event]:
    """The events of one order's lines, of which there is at least one.

    A line of a negative amount is money given back, and so is every line of a cancelling
    number. A line without money and without a positive quantity is no line of a purchase.
    """
    order = lines[0].said["order"]
    shared = _shared(form, order, lines)
    if form.cancels(order):
        return [_refund(shop_id, order, "cancellation", lines, shared)]
    sold = [line for line in lines if line.amount > 0 or (line.amount == 0 and line.quantity > 0)]
    back = [line for line in lines if line.amount < 0]
    found = [_purchase(form, shop_id, order, lines, sold, shared)]
    return [*found, _refund(shop_id, order, "order", back, shared)] if back else found


def _purchase(
    form: OrderFile,
    shop_id: str,
    order: str,
    lines: Sequence[Line],
    sold: Sequence[Line],
    shared: Mapping[str, Any],
) -> Event:
    return Event(
        event="purchase",
        event_id=keyed_id(shop_id, VENDOR, "purchase", order, _content(lines)),
        vendor_event="order",
        pointer=f"/{lines[0].seq}",
        order_key=order,
        items=tuple(_item(line) for line in sold),
        value=_total(sold) if "price" in form.columns else None,
        order_status=_first(lines, "status"),
        **shared,
    )


def _refund(shop_id: str, order: str, kind: str, back: Sequence[Line], shared: Mapping[str, Any]) -> Event:
    """Money given back, without its sign. It keeps its first content: its id is the number alone."""
    value = _total(back)
    return Event(
        event="refund",
        event_id=keyed_id(shop_id, VENDOR, "refund", order),
        vendor_event=kind,
        pointer=f"/{back[0].seq}",
        items=tuple(_item(line) for line in back),
        value=decimal_text(-Decimal(value)),
        **shared,
    )


def _shared(form: OrderFile, order: str, lines: Sequence[Line]) -> dict[str, Any]:
    """What both events say: when, who, and what was odd."""
    email = _first(lines, "email")
    country = _first(lines, "country")
    return {
        "ts": min(line.moment for line in lines),
        "ts_source": "client",
        "transaction_id": order,
        "user_id": _first(lines, "user"),
        "email": email.lower() if email and "@" in email else None,
        "phone": _first(lines, "phone"),
        "currency": form.currency,
        "props": {"country": country} if country else {},
        "notes": _notes(form, lines),
    }


def _notes(form: OrderFile, lines: Sequence[Line]) -> tuple[str, ...]:
    users = {user for line in lines if (user := line.said.get("user"))}
    unpriced = "price" in form.columns and any(line.price is None for line in lines)
    told = (
        ("identity_conflict", len(users) > 1),
        ("quantity_defaulted", any(not line.said.get("quantity") for line in lines)),
        ("price_invalid", unpriced),
        ("currency_defaulted", not form.currency_told),
    )
    return tuple(code for code, holds in told if holds)


def _item(line: Line) -> Item:
    """The product of a line; what was given back is told without a sign."""
    said = line.said
    category = said.get("category")
    return Item(
        item_id=said["item"],
        item_variant=said.get("variant") or None,
        item_name=said.get("name") or None,
        item_brand=said.get("brand") or None,
        item_category=(category,) if category else (),
        price=None if line.price is None else decimal_text(abs(line.price)),
        quantity=decimal_text(abs(line.quantity)),
    )


def _total(lines: Sequence[Line]) -> DecimalText:
    return decimal_text(sum((line.amount for line in lines), Decimal(0)).quantize(_CENTS_OF_CENTS))


def _first(lines: Sequence[Line], meaning: str) -> str | None:
    return next((said for line in lines if (said := line.said.get(meaning))), None)


def _content(lines: Sequence[Line]) -> str:
    """One text for equal lines, in whatever order they stand."""
    whole = hashlib.sha256()
    for digest in sorted(line.digest for line in lines):
        whole.update(digest)
    return whole.hexdigest()
