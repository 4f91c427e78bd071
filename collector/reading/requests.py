"""The request around a vendor's events: its JSON, what of it may be kept, who is not counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from collector import options
from collector.errors import Rejected
from collector.reading import document
from collector.reading.draft import Setting
from collector.reading.parameters import dropping
from collector.reading.screen import Privacy, privacy, uncounted
from collector.wire import Judged, Raw, Shop, Shops, WireRequest


def read_json(request: WireRequest, shop_id: str = "") -> tuple[Any, list[str]]:
    """The body as JSON whatever its type (T4) and its notes; raises Rejected with 400."""
    body = request.body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise Rejected("body_empty", status=400, shop_id=shop_id)
    try:
        return document.parse(body)
    except document.Malformed as error:
        raise Rejected(
            "json_malformed", status=400, shop_id=shop_id, detail=str(error), keep_raw=True
        ) from None


def active(shops: Shops, shop_id: str) -> Shop:
    """The shop a key belongs to; raises Rejected with 404 or 403."""
    shop = shops.find(shop_id)
    if shop is None:
        raise Rejected("shop_unknown", status=404)
    if not shop.active:
        raise Rejected("shop_disabled", status=403, shop_id=shop_id)
    return shop


def setting(request: WireRequest, shop: Shop, vendor: str, notes: Sequence[str] = ()) -> Setting:
    """What is the same for all events of the request; `notes` are about the request as such."""
    private = privacy(request, shop, {})
    return Setting(
        shop=shop,
        vendor=vendor,
        strict=options.is_strict(shop, vendor),
        received_at=request.received_at,
        new_id=request.new_id,
        anonymous=private.anonymous or private.denied,
        notes=(*notes, private.code) if private.code else tuple(notes),
    )


def screened(judged: Sequence[Judged], request: WireRequest, shop: Shop, *, browser: bool) -> list[Judged]:
    """The verdicts after screening: robots are kept and not counted, denied visitors not even kept."""
    private = privacy(request, shop, {})
    codes = uncounted(request, browser=browser)
    return [_settled(one, codes, private) for one in judged]


def _settled(judged: Judged, codes: tuple[str, ...], private: Privacy) -> Judged:
    identifies = judged.event is not None and judged.event.event == "identify"
    if private.denied or (private.anonymous and identifies):
        return replace(judged, outcome="ignored", event=None, codes=(private.code,))
    if codes and judged.outcome in ("accepted", "quarantined"):
        return replace(judged, outcome="ignored", codes=codes + judged.codes)
    return judged


def kept(
    request: WireRequest,
    *,
    secret: Sequence[str] = ("apikey",),
    anonymous: bool = False,
    body: bytes | None = None,
) -> Raw:
    """The request as it is stored: without its credentials, and of an anonymous visitor only the path.

    `body` replaces the body that was sent, where a secret had to be taken out of it.
    """
    return Raw(
        method=request.method,
        path=request.path,
        query="" if anonymous else dropping(request.query, secret),
        content_type=request.headers.get("content-type", ""),
        body=b"" if anonymous else request.body if body is None else body,
    )
