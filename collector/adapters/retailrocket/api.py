"""The server API: one method a call, or `visitorEvents` with many."""

from __future__ import annotations

from typing import Any

from collector import options
from collector.adapters.retailrocket import access, hidden, reply
from collector.adapters.retailrocket.methods import method_named
from collector.adapters.retailrocket.packet import Packet
from collector.errors import Rejected
from collector.reading.draft import all_or_nothing
from collector.reading.parameters import parameters
from collector.reading.requests import kept, read_json, screened, setting
from collector.wire import Decoded, Judged, Shops, WireRequest

ENDPOINT = "rr.api"
BATCH_ENDPOINT = "rr.batch"
BATCH = "visitorEvents"


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """The request's events; raises Rejected for an unknown method, a wrong key or an unreadable body."""
    written = request.path.rpartition("/")[2]
    if request.method != "POST" or _method(written, exactly=False) is None:
        raise Rejected("path_unknown", status=404)
    query = parameters(request.query)
    shop, notes = access.server(query, shops)
    method = _method(written, exactly=options.is_strict(shop, access.VENDOR))
    if method is None:
        raise Rejected("path_unknown", status=404, shop_id=shop.shop_id)
    value, said = read_json(request, shop.shop_id)
    if query.replaced and "utf8_replaced" not in said:
        said.append("utf8_replaced")
    shared = setting(request, shop, access.VENDOR, (*notes, *said))
    if hidden.may_tell(request.body, hidden.SECRETS):
        value = hidden.without(value, hidden.SECRETS)
    judged = _judged(Packet(setting=shared, link=query.get("link")), method, value)
    body = hidden.cleaned(request.body, hidden.SECRETS)
    return Decoded(
        shop_id=shop.shop_id,
        vendor=access.VENDOR,
        endpoint=BATCH_ENDPOINT if method == BATCH else ENDPOINT,
        judged=screened(all_or_nothing(judged), request, shop, browser=False),
        raw=kept(request, secret=tuple(hidden.SECRETS), anonymous=shared.anonymous, body=body),
        store=bool(judged),
        facts=reply.offence(judged, indexed=method == BATCH and isinstance(value, list)),
    )


def _method(written: str, *, exactly: bool) -> str | None:
    """The documented name of a method, the packet's among them."""
    if written.lower() == BATCH.lower():
        return BATCH if not exactly or written == BATCH else None
    return method_named(written, exactly=exactly)


def _judged(packet: Packet, method: str, value: Any) -> list[Judged]:
    """The verdicts on all events of the body; raises Rejected where it has no usable shape."""
    if method == BATCH:
        packet.read(value)
    elif isinstance(value, dict):
        packet.event(method, value)
    else:
        shop_id = packet.setting.shop.shop_id
        raise Rejected("wrong_shape", status=400, shop_id=shop_id, detail="no object", keep_raw=True)
    return packet.judged


def nowhere(request: WireRequest, shops: Shops) -> Decoded:
    """Raises Rejected: nothing of the vendor's is at this path."""
    raise Rejected("path_unknown", status=404)
