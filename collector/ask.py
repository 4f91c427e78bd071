"""The step between decoding and storing, for requests that depend on what is stored already."""

from __future__ import annotations

from collector.wire import Decoded, Endpoint, History, Shops


async def informed(endpoint: Endpoint, decoded: Decoded, shops: Shops, history: History | None) -> Decoded:
    """The request as it is in the light of its question's answer; itself if it has no question."""
    if decoded.ask is None:
        return decoded
    shop = shops.find(decoded.shop_id) if history is not None else None
    told = await history.answer(shop, decoded.ask) if history is not None and shop is not None else None
    return endpoint.informed(decoded, told)
