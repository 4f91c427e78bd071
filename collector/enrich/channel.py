"""The default channel of an arrival, in the manner of GA4's default channel group.

The first rule that fits decides: what the link says (utm_medium and utm_source), then
its click id, then the referrer. Words are in sources.toml.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, get_args

from collector.enrich.campaign import Campaign
from collector.enrich.hosts import host_of, kind_of
from collector.enrich.lists import words
from collector.enrich.referrer import Referrer, ReferrerKind

Channel = Literal[
    "direct",
    "organic_search",
    "paid_search",
    "organic_social",
    "paid_social",
    "email",
    "affiliates",
    "display",
    "referral",
    "sms",
    "push",
    "other",
]

_BY_REFERRER: dict[ReferrerKind, Channel] = {
    "none": "direct",
    "internal": "direct",
    "payment": "direct",
    "search": "organic_search",
    "social": "organic_social",
    "email": "email",
    "external": "referral",
}
_BY_SOURCE: dict[str, Channel] = {
    "search": "organic_search",
    "social": "organic_social",
    "email": "email",
    "sms": "sms",
    "push": "push",
    "affiliates": "affiliates",
}
_PAID: dict[str | None, Channel] = {"search": "paid_search", "social": "paid_social"}
_FIRST_WORD = re.compile(r"[a-z0-9]+")


def channel_of(campaign: Campaign, referrer: Referrer) -> Channel:
    """The channel of one arrival."""
    click = words("sources")["clicks"].get(campaign.click_kind)
    if campaign.source or campaign.medium:
        return _by_link(campaign, click)
    if click:
        return _channel(click)
    if campaign.campaign and referrer.kind in ("none", "internal", "payment"):
        return "other"
    return _BY_REFERRER[referrer.kind]


def _by_link(campaign: Campaign, click: str | None) -> Channel:
    medium = (campaign.medium or "").lower()
    source = _source_kind((campaign.source or "").lower())
    meaning = _mediums().get(medium)
    if meaning == "paid":
        return _PAID.get(source) or _channel(click or "other")
    if meaning == "direct":
        return (
            "direct"
            if source is None and not click
            else _channel(click or _BY_SOURCE.get(source or "", "other"))
        )
    if meaning:
        return _channel(meaning)
    if click and not medium:
        return _channel(click)
    return _BY_SOURCE.get(source or "", "other")


def _source_kind(source: str) -> str | None:
    if not source:
        return None
    known = _sources()
    first = _FIRST_WORD.match(source)
    kind = known.get(source) or (kind_of(source) if "." in source else None)
    return kind or (known.get(first[0]) if first else None) or _address_kind(source)


def _address_kind(source: str) -> str | None:
    host = host_of(source)
    return kind_of(host) if host else None


def _channel(name: str) -> Channel:
    return _names()[name]


@cache
def _names() -> dict[str, Channel]:
    return {name: name for name in get_args(Channel)}


@cache
def _mediums() -> dict[str, str]:
    return {word: name for name, found in words("sources")["mediums"].items() for word in found}


@cache
def _sources() -> dict[str, str]:
    return {word: name for name, found in words("sources")["sources"].items() for word in found}
