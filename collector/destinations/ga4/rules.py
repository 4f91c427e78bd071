"""What the Measurement Protocol documents of names and values, and nothing of what is told with them.

What goes beyond a limit is ignored by the vendor without a word, so that it must not be sent.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

EVENTS: Final = 25
BYTES: Final = 130_000
PARAMS: Final = 25
ITEMS: Final = 200
ITEM_EXTRAS: Final = 10
CATEGORIES: Final = 5
USER_PROPERTIES: Final = 25
USER_ID: Final = 256
USER_VALUE: Final = 36
TEXT: Final = 100
LONG_TEXT: Final = 500
OLDEST_S: Final = 72 * 3600.0
_PAGES: Final = {"page_location": 1000, "page_referrer": 420, "page_title": 300}

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
_USER_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,23}", re.ASCII)
_PREFIXES: Final = ("firebase_", "ga_", "google_", "gtag.")
_PARAMS: Final = frozenset({"firebase_conversion"})
_USER_NAMES: Final = frozenset(
    {
        "first_open_time",
        "first_visit_time",
        "last_deep_link_referrer",
        "user_id",
        "first_open_after_install",
    }
)
_EVENTS: Final = frozenset(
    {
        "ad_activeview",
        "ad_click",
        "ad_exposure",
        "ad_impression",
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
        "in_app_purchase",
        "notification_dismiss",
        "notification_foreground",
        "notification_open",
        "notification_receive",
        "notification_send",
        "os_update",
        "screen_view",
        "session_start",
        "user_engagement",
    }
)
"""Reserved names, with those that only an app may use."""

STANDARD: Final = frozenset(
    {
        "page_view",
        "view_item",
        "view_item_list",
        "select_item",
        "search",
        "add_to_cart",
        "remove_from_cart",
        "view_cart",
        "begin_checkout",
        "add_shipping_info",
        "add_payment_info",
        "purchase",
        "refund",
        "add_to_wishlist",
        "view_promotion",
        "select_promotion",
    }
)
"""Canonical events that the vendor knows under the same name."""

WITH_ITEMS: Final = STANDARD - {"page_view", "search", "refund", "select_promotion"}
"""Events whose list of products the vendor calls required."""

_CLIENT: Final = re.compile(r"[0-9]{1,20}\.[0-9]{1,20}", re.ASCII)
_SESSION: Final = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_ADDRESS: Final = re.compile(r"[^\s@=&/?<>,;:](?:@|%40)[^\s@=&/?<>,;:]+\.[^\W\d_]{2,}", re.IGNORECASE)


def is_event_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and name not in _EVENTS and not name.startswith(_PREFIXES)


def is_param_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and name not in _PARAMS and not name.startswith(_PREFIXES)


def is_user_property(name: str) -> bool:
    allowed = _USER_NAME.fullmatch(name) is not None and name not in _USER_NAMES
    return allowed and not name.startswith(_PREFIXES)


def is_client_id(text: str) -> bool:
    """Two numbers joined by a point, as the vendor's own tag makes them."""
    return _CLIENT.fullmatch(text) is not None


def is_session_id(text: str) -> bool:
    """A positive number, as the vendor's own tag makes it of the time."""
    return _SESSION.fullmatch(text) is not None


def names_somebody(text: str) -> bool:
    """Whether an e-mail address stands in the text: the vendor's terms forbid to send one, anywhere."""
    return ("@" in text or "%40" in text) and _ADDRESS.search(text) is not None


def fits(name: str, text: str, most: int) -> bool:
    """Whether a text is short enough for the parameter; an address is counted as it is encoded."""
    limit = _PAGES.get(name, most)
    if limit == most:
        return len(text) <= most
    return len(text if name == "page_title" else quote(text, safe="%/:?#[]@!$&'()*+,;=~")) <= limit
