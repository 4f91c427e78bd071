"""Tools and messages that attribution knows by name (docs/wire/r46.md §7.1)."""

from __future__ import annotations

STOREFRONT = frozenset(
    [
        "dynamic",
        "instant_search",
        "full_search",
        "listing",
        "stories",
        "interesting",
        "also_bought",
        "popular",
        "similar",
        "recently_viewed",
        "see_also",
        "buying_now",
        "supply",
        "search",
    ]
)
MESSAGES = frozenset(
    [
        "chain",
        "bulk",
        "transactional",
        "web_push_digest",
        "trigger_mail",
        "digest_mail",
        "r46_returner",
        "web_push_trigger",
    ]
)
CODED = MESSAGES | {"dynamic", "stories"}


def is_message(by: str) -> bool:
    """Whether the value is a kind of message, with or without a push channel before it."""
    return by in MESSAGES or by.rpartition("push_")[2] in MESSAGES
