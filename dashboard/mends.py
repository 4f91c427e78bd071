"""How each reason code is put right in what was sent.

A mend changes the draft and says whether it could; LookupError where what was sent has no place
for it. What only the page knows becomes a blank to fill in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

from dashboard.correcting import Draft
from dashboard.literal import ASK, Path

EVENTS: Final = ("view", "category", "search", "cart", "remove_from_cart", "wish", "remove_wish", "purchase")
TOOLS: Final = (
    *("dynamic", "instant_search", "full_search", "listing", "stories"),
    *("chain", "bulk", "transactional", "web_push_digest"),
)
LONGEST: Final = 255
_AMOUNT: Final = re.compile(r"[^\d.,-]")
Mend = Callable[[Draft, str], bool]
_ALONE: Final = ("search_query", "category_id")


def put(draft: Draft, name: str, value: Any) -> bool:
    """The field with this value, whether it was there or not; not in a call, which has no such field."""
    if draft.call or not isinstance(draft.value, dict):
        return False
    draft.put((name,), value)
    return True


def _ask(draft: Draft, name: str) -> bool:
    """The field as a blank, where it was or where it belongs; the only argument of a call is the field itself."""
    places = [(1,)] if name == "event" and draft.call else draft.found(name)
    if not places and draft.call and name in _ALONE and not isinstance(draft.at(draft.data), dict):
        places = [draft.data]
    for path in places or [(*draft.opened(), draft.named(name))]:
        draft.put(path, ASK)
    return True


def _asked(name: str) -> Mend:
    return lambda draft, _: _ask(draft, name)


def _without(*names: str) -> Mend:
    def without(draft: Draft, name: str) -> bool:
        places = [path for one in names or (name,) for path in draft.found(one)]
        for path in places:
            draft.drop(path)
        return bool(places)

    return without


def _changed(name: str, change: Callable[[Any], Any]) -> Mend:
    """Each value of the field that `change` gives another for; None leaves it."""

    def changed(draft: Draft, given: str) -> bool:
        places = [(path, change(draft.at(path))) for path in draft.found(name or given)]
        for path, value in places:
            if value is not None:
                draft.put(path, value)
        return any(value is not None for _, value in places)

    return changed


def _tool(value: Any) -> Any:
    close = get_close_matches(str(value).lower(), TOOLS, n=1, cutoff=0.6)
    return close[0] if close else None


def _price(value: Any) -> Any:
    """What a text of digits, signs and words means as a price; a blank where nothing says."""
    if isinstance(value, (int, Decimal)) and 0 <= value < 10**12:
        return None
    text = _AMOUNT.sub("", str(value)).replace(",", ".")
    whole, _, coins = text.rpartition(".")
    text = f"{whole.replace('.', '')}.{coins}" if whole else coins
    return Decimal(text) if re.fullmatch(r"\d{1,12}(\.\d{1,4})?", text) else ASK


def _comma(value: Any) -> Any:
    return _price(value) if isinstance(value, str) and "," in value else None


def _clamped(value: Any) -> Any:
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return 1
    return 1 if number < 1 else 1000 if number > 1000 else None


def _suspect(value: Any) -> Any:
    text = str(value)
    return ASK if len(text) > LONGEST or "\\" in text else None


def _shortened(value: Any) -> Any:
    return value[:LONGEST] if isinstance(value, str) and len(value) > LONGEST else None


def _ids(draft: Draft, _: str) -> bool:
    """Every product that has no id gets a blank for one; where there is none, there is one with a blank."""
    places = draft.items()
    if not places and not draft.many and draft.at(draft.data) is None:
        draft.put(draft.data, {"id": ASK})
    elif not places:
        if draft.call and not isinstance(draft.at(draft.data), dict):
            draft.put(draft.data, {})
        draft.put((*draft.data, draft.named("items")), [{"id": ASK}])
    for path in places:
        item = draft.at(path)
        if not _has_id(item):
            draft.put((*path, "id") if isinstance(item, dict) else path, ASK)
    return True


def _has_id(item: Any) -> bool:
    value = item.get("id") if isinstance(item, dict) else item
    if isinstance(value, str):
        return value.strip().lower() not in ("", "null", "undefined", "nan")
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _once(draft: Draft, _: str) -> bool:
    """Each product once, as an object with its whole quantity; an id alone gives way to an object of that id."""
    paths = draft.items()
    if not paths or paths == [draft.data]:
        return False
    merged: dict[str, dict[str, Any]] = {}
    for item in sorted((draft.at(path) for path in paths), key=lambda one: not isinstance(one, dict)):
        one = dict(item) if isinstance(item, dict) else {"id": item, "amount": 1}
        held = merged.setdefault(str(one.get("id")), one)
        if held is not one and isinstance(item, dict):
            held |= {**one, **_summed(held, one)}
    draft.put(paths[0][:-1], list(merged.values()))
    return True


def _summed(held: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    name = "quantity" if "quantity" in held or "quantity" in more else "amount"
    try:
        return {name: Decimal(str(held.get(name, 1))) + Decimal(str(more.get(name, 1)))}
    except ArithmeticError:
        return {}


def _event(draft: Draft, _: str) -> bool:
    """The standard event whose name is nearly this one."""
    path: Path = (1,) if draft.call else ("event",)
    close = get_close_matches(str(draft.at(path)).lower(), EVENTS, n=1, cutoff=0.7)
    if close:
        draft.put(path, close[0])
    return bool(close)


def _code(draft: Draft, _: str) -> bool:
    """A code beside the tool that has none."""
    tools = draft.found("recommended_by")
    for path in tools:
        draft.put((*path[:-1], "recommended_code"), ASK)
    return bool(tools)


def _both(draft: Draft, _: str) -> bool:
    """A message with where it came from and its code."""
    places = draft.found("source")
    for path in places:
        held = draft.at(path)
        given = held if isinstance(held, dict) else {}
        draft.put(path, {"from": given.get("from") or ASK, "code": given.get("code") or ASK})
    return bool(places)


MENDS: Final[Mapping[str, Mend]] = {
    "recommended_code_missing": _code,
    "recommended_by_missing": _asked("recommended_by"),
    "recommended_by_unknown": _changed("recommended_by", _tool),
    "attr_on_purchase": _without("recommended_by", "recommended_code", "recommender_code"),
    "source_incomplete": _both,
    "item_id_missing": _ids,
    "items_empty": _ids,
    "item_id_suspect": _changed("id", _suspect),
    "items_mixed": _once,
    "item_duplicate": _once,
    "field_missing": lambda draft, name: bool(name) and name != "call" and _ask(draft, name),
    "field_empty": _without(),
    "literal_null": _without(),
    "field_too_long": _changed("", _shortened),
    "decimal_comma": _changed("", _comma),
    "price_invalid": _changed("price", _price),
    "quantity_clamped": _changed("quantity", _clamped),
    "quantity_conflict": _without("amount"),
    "order_id_generated": _asked("order_id"),
    "phone_implausible": _asked("phone"),
    "identity_missing": lambda draft, _: put(draft, "did", ASK),
    "secret_on_public_path": _without("shop_secret"),
    "secret_exposed": _without("shop_secret"),
    "auth_ignored": _without("shop_secret"),
    "event_unknown": _event,
    "time_ignored": _without("time"),
}
"""How a code is put right in what was sent; whether it could be."""
BY_NAME: Final = ("field_empty", "literal_null", "field_too_long", "decimal_comma")
"""Those that need to know nothing of the protocol but the field that the code names."""
