"""The protocol of Retail Rocket: its server API, and what its browser code sends."""

from __future__ import annotations

from functools import partial

from collector.adapters.retailrocket import api, web
from collector.adapters.retailrocket.access import VENDOR
from collector.adapters.retailrocket.reply import answer, refuse
from collector.wire import Adapter, Endpoint

ANY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SENT = ("GET", "POST")

_web = web.Web()
_spoken = partial(Endpoint, refuse=refuse, vendor=VENDOR)
_server = partial(_spoken, methods=ANY, name=api.ENDPOINT, answer=answer, rate="retailrocket.rate")
_web_path = partial(_spoken, name=web.ENDPOINT, answer=web.answer, rate="retailrocket.web_rate")
_page = partial(_web_path, methods=SENT)
_anything = partial(_web_path, methods=ANY)

ADAPTER = Adapter(
    name=VENDOR,
    docs="docs/wire/retailrocket.md",
    endpoints=(
        _server(path=f"/1.0/{api.BATCH}", name=api.BATCH_ENDPOINT, decode=api.decode),
        _server(path="/1.0/:method", decode=api.decode),
        _server(path="/1.0/*", decode=api.nowhere),
        _page(path="/1.0/event/:name/:pid", decode=_web.event),
        _page(path="/1.0/event/:name/:pid/:item", decode=_web.event),
        _page(path="/1.0/partner/:pid/subscribe/:kind", decode=_web.subscription),
        _page(path="/api/1.0/partner/:pid/products/:item", decode=_web.product),
        _anything(path="/1.0/event/*", decode=api.nowhere),
        _anything(path="/1.0/partner/*", decode=api.nowhere),
        _anything(path="/api/1.0/partner/*", decode=api.nowhere),
        _anything(path="/1.0/timing", decode=web.telemetry),
        _anything(path="/1.0/timing/*", decode=web.telemetry),
        _anything(path="/api/2.1/visitor", decode=web.telemetry),
        _anything(path="/api/2.1/visitor/*", decode=web.telemetry),
    ),
)
