"""Products of an event (docs/wire/r46.md §3.1 "Item fields", V23–V38)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from collector.adapters.r46.draft import Draft, Unusable
from collector.event import DecimalText, Item, decimal_text
from collector.reading import document
from collector.reading.values import (
    NOTHING,
    boolean,
    decimal,
    fits,
    identifier,
    plain,
    plain_number,
    rounded,
    text,
    with_point,
)

LONGEST_ID = 1024
DOCUMENTED_ID = 255
_ONE = DecimalText("1")
_MOST = DecimalText("1000")


Bare = Literal["odd", "known", "usual"]
"""Plain ids instead of objects: converted, converted and documented, or our own form."""


def take_items(draft: Draft, *, quantity: bool = False, bare: Bare = "odd") -> tuple[Item, ...]:
    """The items of the body, out of it; those without an id are left out and noted.

    `quantity`: a missing one is 1.
    """
    given = _entries(draft, draft.body.pop("items", None), bare=bare)
    items = []
    for one in given:
        item = _item(draft, one, quantity=quantity)
        if item is not None:
            items.append(item)
    if len(items) > 1 and len({item.item_id for item in items}) < len(items):
        draft.note("item_duplicate")
    return tuple(items)


def need_items(draft: Draft, *, quantity: bool = False, bare: Bare = "odd") -> tuple[Item, ...]:
    """As `take_items`, but an event without a usable item raises Unusable (V23, V27, V30)."""
    items = take_items(draft, quantity=quantity, bare=bare)
    if not items:
        missing = draft.called and "item_id_missing" in draft.notes
        raise Unusable("item_id_missing" if missing else "items_empty")
    return items


def _entries(draft: Draft, given: Any, *, bare: Bare) -> list[dict[str, Any]]:
    """The list of item objects in whatever form it came (V25, V26)."""
    if type(given) is list:
        if all(type(one) is dict for one in given):
            return given
    elif given is None or given == "":
        return []
    if type(given) is str and given.lstrip()[:1] in ("[", "{"):
        draft.note("field_type:items", strict=422)
        try:
            given = document.parse_text(given)
        except document.Malformed:
            draft.note("json_invalid:items")
            draft.props["items"] = given
            return []
    if isinstance(given, dict):
        draft.note("field_type:items", strict=422)
        given = list(given.values()) if _is_numbered(given) else [given]
    elif not isinstance(given, list):
        given = [given]
    return _objects(draft, given, bare=bare)


def _is_numbered(given: dict[str, Any]) -> bool:
    return bool(given) and all(key.isascii() and key.isdigit() for key in given)


def _objects(draft: Draft, given: list[Any], *, bare: Bare) -> list[dict[str, Any]]:
    """Objects, and for plain ids objects with that id; an id that an object has is not repeated."""
    named = {identifier(one.get("id")) for one in given if isinstance(one, dict)}
    if all(isinstance(one, dict) for one in given):
        return given
    if named and bare != "usual":
        draft.note("items_mixed", strict=422)
    elif not (draft.called or bare == "usual"):
        draft.note("field_type:items", strict=0 if bare == "known" else 422)
    return [
        one if isinstance(one, dict) else {"id": one}
        for one in given
        if isinstance(one, dict) or identifier(one) not in named
    ]


def _item(draft: Draft, given: Mapping[str, Any], *, quantity: bool) -> Item | None:
    item_id = _item_id(draft, given.get("id"))
    if item_id is None:
        return None
    fields: dict[str, Any] = {"item_id": item_id}
    rest: dict[str, Any] = {}
    if quantity or "quantity" in given or "amount" in given:
        fields["quantity"] = _quantity(draft, given, rest, needed=quantity)
    for name, value in given.items():
        if value is None:
            continue
        reader = _READERS.get(name)
        if reader is not None:
            reader(draft, name, value, fields, rest)
        elif name not in _HANDLED and value not in ("", [], {}):
            rest[name] = plain(value)
    if rest:
        fields["props"] = rest
    return Item(**fields)


def _item_id(draft: Draft, value: Any) -> str | None:
    item_id = identifier(value)
    if item_id is None or item_id in NOTHING:
        draft.note("item_id_missing")
        return None
    if len(item_id) > DOCUMENTED_ID or "\\" in item_id:
        draft.note("item_id_suspect")
        if draft.setting.shop.strict or len(item_id) > LONGEST_ID:
            return None
    return item_id


def _quantity(draft: Draft, given: Mapping[str, Any], rest: dict[str, Any], *, needed: bool) -> Any:
    """1 … 1000 (V32–V35); what was sent is kept where it was changed."""
    value, amount = given.get("quantity"), given.get("amount")
    if value is None or value == "":
        value = amount
    elif amount is not None and decimal(amount) != decimal(value):
        draft.note("quantity_conflict")
    if value is None or value == "":
        if needed:
            draft.note("quantity_defaulted")
        return _ONE if needed else None
    if type(value) is int and 1 <= value <= 1000:
        return DecimalText(str(value))
    pointed = with_point(value)
    if pointed is not None:
        draft.note("decimal_comma:quantity")
    number = decimal(pointed or value)
    if number is None:
        draft.note("quantity_defaulted")
        draft.note("field_format:quantity")
        rest["quantity_raw"] = plain(value)
        return _ONE
    if not 1 <= number <= 1000:
        draft.note("quantity_clamped")
        rest["quantity_raw"] = plain(value)
        return _ONE if number < 1 else _MOST
    if number != number.to_integral_value():
        draft.note("quantity_fractional")
    return amount_text(draft, number, "quantity")


def amount_text(draft: Draft, number: Any, name: str) -> DecimalText:
    """The canonical text of an amount with at most four decimals."""
    exact = rounded(number)
    if exact != number:
        draft.note(f"number_rounded:{name}")
    return decimal_text(exact)


def _price(draft: Draft, name: str, value: Any, fields: dict[str, Any], rest: dict[str, Any]) -> None:
    known = plain_number(value)
    if known is not None and not known.startswith("-"):
        fields["price"] = known
        return
    if value == "":
        return
    pointed = with_point(value)
    if pointed is not None:
        draft.note("decimal_comma:price")
    number = decimal(pointed or value)
    if number is None or number < 0 or not fits(number):
        draft.note("price_invalid")
        rest["price"] = plain(value)
    else:
        fields["price"] = amount_text(draft, number, "price")


def _scalar(column: str) -> Any:
    def read(draft: Draft, name: str, value: Any, fields: dict[str, Any], rest: dict[str, Any]) -> None:
        found = text(value)
        if found is None:
            rest[name] = plain(value)
        elif found.strip():
            fields[column] = found

    return read


def _categories(draft: Draft, name: str, value: Any, fields: dict[str, Any], rest: dict[str, Any]) -> None:
    """A list, one scalar, or `"1,2"`; `categories` wins over `category`."""
    given = value if isinstance(value, list) else str(text(value) or "").split(",")
    found = tuple(one for one in map(identifier, given) if one)
    if not found and value not in ("", []):
        rest[name] = plain(value)
    elif found and (name == "categories" or "item_category" not in fields):
        fields["item_category"] = found


def _stock(draft: Draft, name: str, value: Any, fields: dict[str, Any], rest: dict[str, Any]) -> None:
    known = boolean(value)
    if known is not None:
        fields.setdefault("in_stock", known)
    elif value != "":
        rest[name] = plain(value)
        draft.note(f"field_format:{name}")


def _custom(draft: Draft, name: str, value: Any, fields: dict[str, Any], rest: dict[str, Any]) -> None:
    """`custom.fashion_size` is the item's variant; the rest of it is a property."""
    if isinstance(value, dict) and (size := text(value.get("fashion_size"))):
        fields.setdefault("item_variant", size)
        value = {key: inner for key, inner in value.items() if key != "fashion_size"}
    if value and not draft.anonymous:
        rest[name] = plain(value)


def _position(draft: Draft, name: str, value: Any, fields: dict[str, Any], rest: dict[str, Any]) -> None:
    number = decimal(value)
    if number is not None and 0 <= number < 2**31 and number == int(number):
        fields["index"] = int(number)
    else:
        rest[name] = plain(value)


_HANDLED = frozenset({"id", "quantity", "amount", "shop_secret"})
_READERS = {
    "price": _price,
    "name": _scalar("item_name"),
    "brand": _scalar("item_brand"),
    "fashion_size": _scalar("item_variant"),
    "categories": _categories,
    "category": _categories,
    "stock": _stock,
    "is_available": _stock,
    "custom": _custom,
    "position": _position,
}
