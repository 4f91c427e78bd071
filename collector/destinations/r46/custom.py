"""Everything else: `POST /push/custom` with a name that the shop has registered (docs/wire/r46.md §3.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from collector.destinations.contract import Context, Deliverable
from collector.destinations.r46.envelope import NoWords, attribution, deliverable, number, who
from collector.event import Event

PATH: Final = "/push/custom"
TAKEN: Final = frozenset(
    [
        "view",
        "category",
        "search",
        "cart",
        "remove_from_cart",
        "wish",
        "remove_wish",
        "purchase",
        "banner_view",
        "banner_click",
        "recone_view",
        "recone_click",
    ]
)
"""Names of standard events, which no custom event may have."""

RESERVED: Final = frozenset(
    [
        "shop_id",
        "shop_secret",
        "did",
        "ssid",
        "seance",
        "sid",
        "segment",
        "stream",
        "event",
        "time",
        "source",
        "from",
        "code",
        "referer",
        "recommended_by",
        "recommended_code",
        "recommender_code",
        "recommended_source",
        "external_id",
        "user_id",
        "email",
        "user_email",
        "phone",
        "loyalty_id",
        "telegram_id",
        "email_hash",
        "payload",
        "items",
        "item_id",
        "gpc",
        "consent",
    ]
)
"""Keys with a meaning of their own; a property of such a name is sent as `prop_…`."""

TEXTS: Final = (
    "page_title",
    "referrer",
    "item_list_id",
    "item_list_name",
    "item_list_type",
    "category_id",
    "category_path",
    "search_term",
    "search_found",
    "transaction_id",
    "currency",
    "coupon",
    "payment_type",
    "order_status",
    "cart_id",
    "location_id",
)
AMOUNTS: Final = ("tax", "shipping")
_NAME = re.compile(r"[a-z0-9_]+", re.ASCII)
_OWN = {"promotion_id": "banner_id"}


def told(event: Event, context: Context) -> Deliverable:
    """The event under its name, its columns and properties as the vendor's free variables; raises NoWords."""
    body = {"event": _name(event, context), "time": int(event.ts.timestamp())}
    body.update(who(event, context))
    body.update(attribution(event))
    said = _variables(event, body)
    if _take_properties(event.props, body):
        said.add("props")
    return deliverable(event, PATH, [body], said, set(), timed=True)


def _name(event: Event, context: Context) -> str:
    own = event.custom_name if event.event == "custom" else event.event
    name = str(context.options["names"].get(own, own or ""))
    registered = context.options["registered"]
    if not _NAME.fullmatch(name) or name in TAKEN or (registered and name not in registered):
        raise NoWords("u_name_forbidden")
    return name


def _variables(event: Event, body: dict[str, Any]) -> set[str]:
    """Write the columns that are one text, switch or number each; returns their names."""
    said = set()
    for column in (*TEXTS, *_OWN):
        value = getattr(event, column)
        if value is not None and value != "":
            body[_OWN.get(column, column)] = value
            said.add(column)
    for column in AMOUNTS:
        amount = number(getattr(event, column))
        if amount is not None:
            body[column] = amount
            said.add(column)
    return said


def _take_properties(props: Mapping[str, Any], body: dict[str, Any]) -> bool:
    """Write the properties; returns whether all of them could be said. What is empty says nothing."""
    is_all = True
    for key, value in props.items():
        if value is None or value == "":
            continue
        name = f"prop_{key}" if key in RESERVED or key in body or _is_no_worth(key, value) else key
        if not isinstance(value, str | int | float) or not _NAME.fullmatch(name) or name in body:
            is_all = False
        else:
            body[name] = value
    return is_all


def _is_no_worth(key: str, value: object) -> bool:
    """Whether it stands under the vendor's name for an event's worth, which is a whole number, and is none."""
    return key == "value" and type(value) is not int
