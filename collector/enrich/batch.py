"""Enrichment of many rows at once, for a loader that joins the answers by position."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from collector.enrich.bots import is_bot
from collector.enrich.campaign import campaign_of
from collector.enrich.channel import channel_of
from collector.enrich.device import device_of
from collector.enrich.referrer import referrer_of

DeviceRow = tuple[str | None, str | None, str, bool]
"""Browser, operating system, kind of device, bot."""

ArrivalRow = tuple[str | None, str | None, str | None, str | None, str | None, str | None, str | None]
"""utm_source, utm_medium, utm_campaign, utm_content, utm_term, referrer_host, channel."""

_NOTHING: ArrivalRow = (None, None, None, None, None, None, None)
_SOURCES = ("search", "social", "email", "external")


class BatchEnricher:
    """Pass distinct values where you can; repeated ones cost a dictionary look-up."""

    def devices(self, user_agents: Sequence[str]) -> list[DeviceRow]:
        """One row a user agent, in the same order."""
        return [_device(user_agent) for user_agent in user_agents]

    def arrivals(self, pairs: Sequence[tuple[str | None, str | None]]) -> list[ArrivalRow]:
        """One row a (page_url, referrer) pair, in the same order.

        `referrer_host` is given only for a host that brought the visitor: not for pages
        of the same site, nor for payment providers. Where neither address is known
        nothing is, and the channel is None.
        """
        return [_arrival(page_url, referrer) for page_url, referrer in pairs]


@lru_cache(maxsize=16_384)
def _device(user_agent: str) -> DeviceRow:
    device = device_of(user_agent)
    return device.browser, device.os, device.device_type, is_bot(user_agent)


@lru_cache(maxsize=65_536)
def _arrival(page_url: str | None, referrer: str | None) -> ArrivalRow:
    if not page_url and not referrer:
        return _NOTHING
    campaign = campaign_of(page_url)
    came_from = referrer_of(referrer, page_url)
    return (
        campaign.source,
        campaign.medium,
        campaign.campaign,
        campaign.content,
        campaign.term,
        came_from.host if came_from.kind in _SOURCES else None,
        channel_of(campaign, came_from),
    )
