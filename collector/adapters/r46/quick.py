"""The quick lane of /collect: the common, clean calls of the script, judged without detours.

Whatever is not exactly as expected is left to `convert`, and a test holds that both give
the same. What a batch says about all its events is taken from one event that `convert`
itself has made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import msgspec

from collector.adapters.r46.envelope import EID, OLDEST_MS
from collector.adapters.r46.items import DOCUMENTED_ID
from collector.adapters.r46.known import CODED, STOREFRONT
from collector.event import DecimalText, Event, Item
from collector.ids import NAMESPACE
from collector.reading.values import NOTHING, plain_number
from collector.wire import Judged

MOST_KNOWN = 20_000

_is_eid = EID.fullmatch
_like = msgspec.structs.replace
_ONE = DecimalText("1")
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class Lane(NamedTuple):
    """What all quick events of one batch share."""

    received_at: datetime
    sent: int
    currency: str
    keys: Any  # a SHA-1 that has seen everything of the event key but the eid
    sample: Event
    mark: str  # of what a call's meaning depends on beside the call


def lane_of(shop_id: str, vendor: str, currency: str, sent: Any, sample: Judged) -> Lane | None:
    """The lane of a batch whose sample page view was accepted at its own time; all else is carried over."""
    event = sample.event
    if sample.outcome != "accepted" or event is None or event.ts_source != "client" or type(sent) is not int:
        return None
    prefix = "\x1f".join((shop_id, vendor, "eid", "")).encode("utf-8", "surrogatepass")
    keys = hashlib.sha1(NAMESPACE + prefix, usedforsecurity=False)
    mark = "\x1f".join((currency, str(event.recommended_by is None), *event.notes))
    return Lane(event.ts, sent, currency, keys, event, mark)


Columns = dict[str, Any]
"""What a call means, beyond the sample; `notes` are those of the call alone."""


def judge(lane: Lane, index: int, entry: dict[str, Any]) -> Judged | None:
    """The verdict, or None where the quick lane is not for this event."""
    eid, t, call = entry.get("eid"), entry.get("t"), entry.get("call")
    if type(t) is not int or type(eid) is not str or type(call) is not list:
        return None
    age = lane.sent - t
    count = len(call)
    if not 0 <= age <= OLDEST_MS or not 2 <= count <= 3 or call[0] != "track" or not _is_eid(eid):
        return None
    name = call[1]
    columns = _meaning(lane, name, call[2] if count == 3 else None)
    if columns is None:
        return None
    if len(entry) != 3:
        columns = _found(lane, columns, name, entry)
        if columns is None:
            return None
    pointer = f"/events/{index}"
    event = _like(
        lane.sample,
        event_id=_event_id(lane, eid),
        ts=lane.received_at - timedelta(0, 0, 0, age),
        seq=index,
        pointer=pointer,
        vendor_event=name,
        **columns,
    )
    return Judged(event=event, codes=event.notes, pointer=pointer, eid=eid, name=name)


def _meaning(lane: Lane, name: Any, data: Any) -> Columns | None:
    """What the call says beyond the sample, or None. Not to be changed: it is remembered.

    A shop's pages say the same of the same products all day. Types belong to the key,
    because 1, True and "1" are equal or look so, and mean different things.
    """
    key: tuple[Any, ...]
    if type(data) is dict:
        values = tuple(data.values())
        key = (name, lane.mark, *data, values, *map(type, values))
    else:
        key = (name, lane.mark, data, type(data))
    try:
        known = _known.get(key)
    except TypeError:  # a list or object where a plain value should be
        return None
    return known if known is not None else _learn(lane, name, data, key)


def _learn(lane: Lane, name: Any, data: Any, key: tuple[Any, ...]) -> Columns | None:
    read = _READERS.get(name)
    columns = read(data) if read is not None else None
    if columns is None or _is_disputed(lane, columns):
        return None
    if "notes" in columns or "currency" in columns:
        _add_notes(lane, columns)
    if name in _REMEMBERED:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[key] = columns
    return columns


def _add_notes(lane: Lane, columns: Columns) -> None:
    """The sample's notes, the call's, and that of an amount without a currency."""
    notes: tuple[str, ...] = lane.sample.notes + columns.get("notes", ())
    if "currency" in columns:
        columns["currency"] = lane.currency
        notes = (*notes, "currency_defaulted")
    columns["notes"] = notes


def _found(lane: Lane, columns: Columns, name: str, entry: dict[str, Any]) -> Columns | None:
    """The columns with the pair that the script found in the page's URL, if the entry holds just that."""
    if len(entry) != 5 or "code" not in entry or "recommended_by" in columns or name not in _PAGED:
        return None
    found = dict(columns)
    return (
        found if _add_pair(found, entry.get("by"), entry["code"]) and not _is_disputed(lane, found) else None
    )


def _is_disputed(lane: Lane, columns: Columns) -> bool:
    """Whether a tool stands beside the visitor's message source."""
    return "recommended_by" in columns and lane.sample.recommended_by is not None


def _event_id(lane: Lane, eid: str) -> str:
    """`keyed_id` with the work that is the same for all events done once."""
    keys = lane.keys.copy()
    keys.update(eid.encode())
    digest = keys.hexdigest()
    return (
        f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{_VARIANTS[digest[16]]}{digest[17:20]}-{digest[20:32]}"
    )


def _add_pair(columns: Columns, by: Any, code: Any) -> bool:
    """Whether it is a known tool of the storefront with a plain code, or without where it needs none."""
    if type(by) is not str or by not in STOREFRONT:
        return False
    columns["recommended_by"] = by
    if code is None:
        return by not in CODED
    columns["recommended_code"] = code
    return _is_word(code)


def _is_word(value: Any) -> bool:
    """A text that no reader would change or refuse."""
    return type(value) is str and value.isalnum() and len(value) <= DOCUMENTED_ID and value not in NOTHING


def _id(value: Any) -> str | None:
    if type(value) is int:
        return str(value) if -(10**18) < value < 10**18 else None
    return value if _is_word(value) else None


def _object(event: str, data: dict[str, Any], quantity: DecimalText | None) -> Columns | None:
    """One product with a plain id and, at most, price, stock and the tool that showed it."""
    item_id = _id(data.get("id"))
    if item_id is None or not data.keys() <= _ITEM_NAMES:
        return None
    columns: Columns = {"event": event}
    price = stock = None
    if "price" in data:
        price = plain_number(data["price"])
        if price is None or price.startswith("-"):
            return None
        columns["currency"] = ""
    if "stock" in data:
        stock = data["stock"]
        if type(stock) is not bool:
            return None
    columns["items"] = (Item(item_id=item_id, price=price, quantity=quantity, in_stock=stock),)
    by, code = data.get("recommended_by"), data.get("recommended_code")
    if (by is not None or code is not None) and not _add_pair(columns, by, code):
        return None
    return columns


def _bare(event: str, data: Any, quantity: DecimalText | None = None) -> Columns | None:
    """One product that is only its id."""
    item_id = _id(data)
    return None if item_id is None else {"event": event, "items": (Item(item_id=item_id, quantity=quantity),)}


def _view(data: Any) -> Columns | None:
    return _object("view_item", data, None) if type(data) is dict else _bare("view_item", data)


def _cart(data: Any) -> Columns | None:
    if type(data) is not dict:
        columns = _bare("add_to_cart", data, _ONE)
        return columns and {**columns, "notes": ("quantity_defaulted",)}
    data = dict(data)
    amount = data.pop("amount", None)
    if type(amount) is not int or not 1 <= amount <= 1000:
        return None
    return _object("add_to_cart", data, DecimalText(str(amount)))


def _category(data: Any) -> Columns | None:
    category_id = _id(data)
    if category_id is None:
        return None
    return {"event": "view_item_list", "category_id": category_id, "item_list_type": "category"}


def _search(data: Any) -> Columns | None:
    if type(data) is str and data and not data.isspace():
        return {"event": "search", "search_term": data}
    return None


_ITEM_NAMES = frozenset({"id", "price", "stock", "recommended_by", "recommended_code"})
_PAGED = frozenset({"view", "cart", "wish"})
_REMEMBERED = frozenset({"view", "cart", "wish", "category"})  # what is bounded in size, unlike a search
_known: dict[tuple[Any, ...], Columns] = {}
_READERS: dict[str, Callable[[Any], Columns | None]] = {
    "view": _view,
    "cart": _cart,
    "wish": partial(_bare, "add_to_wishlist"),
    "category": _category,
    "search": _search,
    "page_view": lambda data: {} if data is None or data == {} else None,
}
