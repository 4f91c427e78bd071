"""POST /push, /push/custom and /profile/set: one event a request."""

from __future__ import annotations

from collector.adapters.r46.access import read, request_notes
from collector.adapters.r46.convert import VENDOR, convert
from collector.adapters.r46.draft import Draft, Setting, Surface
from collector.adapters.r46.redact import raw_of
from collector.adapters.r46.screen import privacy, settle, uncounted
from collector.wire import Decode, Decoded, Shops, WireRequest


def decoder(surface: Surface, endpoint: str) -> Decode:
    """The decode function of one path."""

    def decode(request: WireRequest, shops: Shops) -> Decoded:
        merged, shop = read(request, shops)
        private = privacy(request, shop, {})
        hidden = private.anonymous or private.denied
        setting = Setting(
            shop=shop,
            received_at=request.received_at,
            new_id=request.new_id,
            notes=request_notes(merged, shop, request) + (((private.code, 0),) if private.code else ()),
        )
        judged = convert(Draft(setting=setting, surface=surface, body=merged.values, anonymous=hidden))
        return Decoded(
            shop_id=shop.shop_id,
            vendor=VENDOR,
            endpoint=endpoint,
            judged=(settle(judged, uncounted(request, browser=False), private),),
            raw=raw_of(request, secret=merged.secret, anonymous=hidden),
        )

    return decode
