"""The documented limits of the Measurement Protocol, written down once more and apart from what is tested.

Sources: the protocol's reference ("JSON post body", "Reserved names", "Limitations"), the help pages on
collection limits and on personal data, and the reference of e-commerce events.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

TOP = {"client_id", "user_id", "user_properties", "consent", "events"}
RESERVED = {
    "ad_activeview",
    "ad_click",
    "ad_exposure",
    "ad_query",
    "ad_reward",
    "adunit_exposure",
    "app_clear_data",
    "app_exception",
    "app_install",
    "app_remove",
    "app_store_refund",
    "app_update",
    "app_upgrade",
    "dynamic_link_app_open",
    "dynamic_link_app_update",
    "dynamic_link_first_open",
    "error",
    "firebase_campaign",
    "firebase_in_app_message_action",
    "firebase_in_app_message_dismiss",
    "firebase_in_app_message_impression",
    "first_open",
    "first_visit",
    "notification_dismiss",
    "notification_foreground",
    "notification_open",
    "notification_receive",
    "notification_send",
    "os_update",
    "session_start",
    "user_engagement",
    "ad_impression",
    "in_app_purchase",
    "screen_view",
}
RESERVED_USER = {
    "first_open_time",
    "first_visit_time",
    "last_deep_link_referrer",
    "user_id",
    "first_open_after_install",
}
ITEM = {
    "item_id",
    "item_name",
    "affiliation",
    "coupon",
    "discount",
    "index",
    "item_brand",
    "item_category",
    "item_category2",
    "item_category3",
    "item_category4",
    "item_category5",
    "item_list_id",
    "item_list_name",
    "item_variant",
    "location_id",
    "price",
    "quantity",
    "creative_name",
    "creative_slot",
    "promotion_id",
    "promotion_name",
}
NUMBERS = {"value", "tax", "shipping", "price", "discount", "quantity", "index"}
PRODUCTS = {
    "view_item",
    "view_item_list",
    "select_item",
    "add_to_cart",
    "remove_from_cart",
    "view_cart",
    "begin_checkout",
    "add_shipping_info",
    "add_payment_info",
    "add_to_wishlist",
    "purchase",
    "view_promotion",
}
LONGER = {"page_location": 1000, "page_referrer": 420, "page_title": 300}
EMAIL = re.compile(r"[\w.+-](@|%40)[\w-]+(\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)


def complaints(body: bytes, now: datetime, *, gtag_ids: bool = False) -> list[str]:
    """Everything in a request that the protocol documents as too much, reserved, missing or forbidden."""
    told = json.loads(body)
    return [
        *(["body is not smaller than 130 kB"] if len(body) >= 130_000 else []),
        *(f"unknown key {name}" for name in told.keys() - TOP),
        *_who(told, gtag_ids=gtag_ids),
        *_users(told.get("user_properties", {})),
        *(
            f"consent {name}"
            for name, value in told.get("consent", {}).items()
            if name not in ("ad_user_data", "ad_personalization") or value not in ("GRANTED", "DENIED")
        ),
        *([] if 0 < len(told["events"]) <= 25 else ["number of events"]),
        *(complaint for event in told["events"] for complaint in _event(event, now)),
        *(f"personal data {text}" for text in _texts(told) if EMAIL.search(text)),
    ]


def _who(told: dict[str, Any], *, gtag_ids: bool) -> Iterator[str]:
    client = told.get("client_id")
    if not isinstance(client, str) or not client:
        yield "client_id is missing"
    elif gtag_ids and not re.fullmatch(r"\d+\.\d+", client, re.ASCII):
        yield "client_id is not two numbers"
    if "user_id" in told and not 0 < len(told["user_id"]) <= 256:
        yield "user_id is too long"


def _users(properties: dict[str, Any]) -> Iterator[str]:
    if len(properties) > 25:
        yield "too many user properties"
    for name, held in properties.items():
        if not re.fullmatch(r"[a-zA-Z]\w{0,23}", name, re.ASCII) or name in RESERVED_USER:
            yield f"user property {name}"
        if _is_prefixed(name):
            yield f"user property {name} has a reserved prefix"
        if set(held) != {"value"} or len(str(held["value"])) > 36:
            yield f"value of user property {name}"


def _event(event: dict[str, Any], now: datetime) -> Iterator[str]:
    name, params = event["name"], event["params"]
    if set(event) != {"name", "params"}:
        yield "keys of the event"
    if not re.fullmatch(r"[a-zA-Z]\w{0,39}", name, re.ASCII) or name in RESERVED or _is_prefixed(name):
        yield f"event name {name}"
    if len(params) > 25:
        yield "too many parameters"
    for key, value in params.items():
        if key == "items":
            yield from _items(value)
        elif key != "timestamp_micros":
            yield from _value(key, value)
    yield from _needs(name, params)
    yield from _time(params, now)


def _needs(name: str, params: dict[str, Any]) -> Iterator[str]:
    if name in PRODUCTS and not params.get("items"):
        yield f"{name} without items"
    if name in ("purchase", "refund") and not params.get("transaction_id"):
        yield f"{name} without transaction_id"
    if name == "search" and not params.get("search_term"):
        yield "search without search_term"
    if name == "purchase" and "value" not in params:
        yield "purchase without value"
    if ("value" in params or any("price" in one for one in params.get("items", []))) and not re.fullmatch(
        "[A-Z]{3}", params.get("currency", "")
    ):
        yield "an amount without currency"


def _time(params: dict[str, Any], now: datetime) -> Iterator[str]:
    if "timestamp_micros" in params:
        told = params["timestamp_micros"]
        age = now.astimezone(UTC).timestamp() - told / 1_000_000
        if type(told) is not int or not -0.001 <= age <= 72 * 3600:
            yield "timestamp_micros is not in the last 72 hours"
    if "session_id" in params and not re.fullmatch(r"[1-9]\d*", str(params["session_id"]), re.ASCII):
        yield "session_id is no positive number"
    engaged = params.get("engagement_time_msec", 0)
    if type(engaged) is not int or engaged < 0:
        yield "engagement_time_msec"


def _items(items: list[dict[str, Any]]) -> Iterator[str]:
    if len(items) > 200:
        yield "too many items"
    for item in items:
        if not item.get("item_id") and not item.get("item_name"):
            yield "an item without id and name"
        if len(item.keys() - ITEM) > 10:
            yield "too many own parameters of an item"
        for key, value in item.items():
            yield from _value(key, value)


def _value(name: str, value: Any) -> Iterator[str]:
    if not re.fullmatch(r"[a-zA-Z]\w{0,39}", name, re.ASCII) or name == "firebase_conversion":
        yield f"parameter {name}"
    if _is_prefixed(name):
        yield f"parameter {name} has a reserved prefix"
    if isinstance(value, str):
        if len(value) > LONGER.get(name, 100) or not value:
            yield f"length of {name}"
        if name in NUMBERS:
            yield f"{name} is no number"
    elif isinstance(value, bool) or not isinstance(value, int | float):
        yield f"type of {name}"


def _is_prefixed(name: str) -> bool:
    return name.startswith(("_", "firebase_", "ga_", "google_", "gtag."))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
