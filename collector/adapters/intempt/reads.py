"""Recommendations and experiments, which nobody serves here: counted, and nothing of them kept."""

from __future__ import annotations

from collector.adapters.intempt import track
from collector.adapters.intempt.access import VENDOR, sender
from collector.wire import Decoded, Judged, Raw, Shops, WireRequest


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """A read of any content; raises Rejected for a sender that may not ask."""
    return Decoded(
        shop_id=sender(request, shops).shop.shop_id,
        vendor=VENDOR,
        endpoint=track.ENDPOINT,
        judged=(Judged(outcome="ignored", codes=("ignored_telemetry",)),),
        raw=Raw(method=request.method, path=request.path),
    )
