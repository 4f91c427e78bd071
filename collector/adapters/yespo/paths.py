"""The vendor's paths (docs/wire/yespo.md §1)."""

from __future__ import annotations

from collector.adapters.yespo import contacts, events, orders, replies, tracker
from collector.adapters.yespo.access import VENDOR, sender
from collector.adapters.yespo.window import Window
from collector.errors import Rejected
from collector.wire import Decode, Decoded, Endpoint, Raw, Refuse, Shops, WireRequest

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_VERSIONS = ("v1", "v2", "v3")


def endpoints() -> tuple[Endpoint, ...]:
    """Every path, with a memory of bodies of their own."""
    event = events.decoder(Window())
    return (
        *(_path(f"/api/{version}/event", events.ENDPOINT, event) for version in _VERSIONS),
        *(_path(f"/api/{version}/orders", orders.ENDPOINT, orders.decode) for version in _VERSIONS),
        *(_path(f"/api/v1/{name}", contacts.ENDPOINT, contacts.decode) for name in ("contact", "contacts")),
        *(_path(f"/api/v1/{name}", events.ENDPOINT, ping, ("GET",)) for name in ("version", "account/info")),
        _path("/api/v2", tracker.ENDPOINT, tracker.decode, refuse=replies.refuse_web),
        *(_path(f"/api/{version}/*", events.ENDPOINT, unknown, METHODS) for version in _VERSIONS),
    )


def ping(request: WireRequest, shops: Shops) -> Decoded:
    """A client's question whether its key is good; leaves no trace."""
    shop = sender(request, shops)
    raw = Raw(method=request.method, path=request.path)
    return Decoded(
        shop_id=shop.shop_id, vendor=VENDOR, endpoint=events.ENDPOINT, judged=(), raw=raw, store=False
    )


def unknown(request: WireRequest, shops: Shops) -> Decoded:
    """No path of the vendor's that is served; raises Rejected with 404."""
    raise Rejected("path_unknown", status=404)


def _path(
    path: str,
    name: str,
    decode: Decode,
    methods: tuple[str, ...] = ("POST",),
    *,
    refuse: Refuse = replies.refuse,
) -> Endpoint:
    return Endpoint(
        methods=methods,
        path=path,
        name=name,
        decode=decode,
        answer=replies.answer,
        refuse=refuse,
        vendor=VENDOR,
        rate="yespo.rate",
    )
