"""An event as those get it who take canonical records (docs/wire/canonical.md, "Record"), and its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from collector.destinations.contract import Context
from collector.event import Event
from collector.record import canonical, time_text

AMOUNT: Final = "decimal(18, 4)"
"""Exact: no canonical amount has more digits."""
_ITEM: Final[Mapping[str, str]] = {
    "item_id": "varchar",
    "item_group_id": "varchar",
    "item_variant": "varchar",
    "item_name": "varchar",
    "item_brand": "varchar",
    "item_category": "varchar[]",
    "price": AMOUNT,
    "list_price": AMOUNT,
    "discount": AMOUNT,
    "quantity": AMOUNT,
    "in_stock": "boolean",
    "location_id": "varchar",
    "index": "bigint",
    "props": "json",
}
_ITEMS: Final = "struct(" + ", ".join(f'"{name}" {kind}' for name, kind in _ITEM.items()) + ")[]"
COLUMNS: Final[Mapping[str, str]] = {
    "shop_id": "varchar",
    "vendor": "varchar",
    "endpoint": "varchar",
    "request_id": "varchar",
    "received_at": "timestamp",
    "event_id": "varchar",
    "seq": "bigint",
    "ts": "timestamp",
    "ts_source": "varchar",
    "event": "varchar",
    "name": "varchar",
    "custom_name": "varchar",
    "vendor_event": "varchar",
    "is_line": "boolean",
    "order_key": "varchar",
    "device_id": "varchar",
    "user_id": "varchar",
    "email": "varchar",
    "phone": "varchar",
    "session_id": "varchar",
    "page_view_id": "varchar",
    "account_id": "varchar",
    "alias": "map(varchar, varchar)[]",
    "ids": "map(varchar, varchar)",
    "items": _ITEMS,
    "item_list_id": "varchar",
    "item_list_name": "varchar",
    "item_list_type": "varchar",
    "category_id": "varchar",
    "category_path": "varchar",
    "search_term": "varchar",
    "search_found": "boolean",
    "promotion_id": "varchar",
    "transaction_id": "varchar",
    "value": AMOUNT,
    "currency": "varchar",
    "tax": AMOUNT,
    "shipping": AMOUNT,
    "coupon": "varchar",
    "payment_type": "varchar",
    "order_status": "varchar",
    "cart_id": "varchar",
    "is_full": "boolean",
    "location_id": "varchar",
    "recommended_by": "varchar",
    "recommended_code": "varchar",
    "ab_segment": "varchar",
    "stream": "varchar",
    "page_url": "varchar",
    "page_title": "varchar",
    "referrer": "varchar",
    "props": "json",
    "notes": "varchar[]",
}
"""Every field a record can have, and its type in a table. Times are UTC; a field that is left out is null there."""
_encoder: Final = msgspec.json.Encoder()


def record_text(event: Event, context: Context) -> str:
    """One line of JSON. `name` is there where the shop renames the event; amounts are decimal text."""
    request = {
        "shop_id": context.shop_id,
        "vendor": context.vendor,
        "endpoint": context.endpoint,
        "request_id": context.request_id,
        "received_at": time_text(context.received_at),
    }
    told = {"seq": event.seq, "ts_source": event.ts_source, **canonical(event)}
    told.pop("pointer", None)
    return _encoder.encode(
        {**{k: v for k, v in request.items() if v}, **told, **_renamed(event, context)}
    ).decode()


def _renamed(event: Event, context: Context) -> Mapping[str, Any]:
    own = event.custom_name or "" if event.event == "custom" else event.event
    name = context.options.get("names", {}).get(own)
    return {"name": name} if name else {}
