"""The web surface: what the vendor's browser code sends. The partner id in the path says whose it is."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from collector import options
from collector.adapters.retailrocket import access, hidden, reply, subscribe
from collector.adapters.retailrocket.pages import Kind, kind_of, snapshot
from collector.adapters.retailrocket.replays import WATCHED, Click, Replays
from collector.adapters.retailrocket.visit import Visit
from collector.errors import Rejected
from collector.reading.draft import Draft, Setting, Unusable
from collector.reading.parameters import Parameters, parameters
from collector.reading.requests import kept, read_json, screened, setting
from collector.wire import Decoded, Judged, Raw, Shop, Shops, WireReply, WireRequest

ENDPOINT = "rr.web"
LONGEST_NAME = 255
SESSION = re.compile(r"[0-9a-f]{24}", re.ASCII)
NOT_KEPT = hidden.SECRETS | hidden.PUSH_KEYS


class Web:
    """Reads calls of the web surface, and remembers the latest clicks to mark what may be sent again."""

    def __init__(self) -> None:
        self._replays = Replays()

    def event(self, request: WireRequest, shops: Shops) -> Decoded:
        """`event/{name}/{pid}` and `event/{name}/{pid}/{target}`; raises Rejected."""
        shop = access.page(request.params["pid"], shops)
        name = _segment(request, "name")
        if name.lower() == "initialize":
            return _initialised(request, shop)
        if len(name) > LONGEST_NAME:
            raise Rejected("path_unknown", status=404, shop_id=shop.shop_id)
        return self._decoded(request, shop, kind_of(name), _segment(request, "item"))

    def subscription(self, request: WireRequest, shops: Shops) -> Decoded:
        """`partner/{pid}/subscribe/{kind}`; raises Rejected."""
        shop = access.page(request.params["pid"], shops)
        target = request.params["kind"]
        if target.lower() not in subscribe.NAMES:
            raise Rejected("path_unknown", status=404, shop_id=shop.shop_id)
        return self._decoded(request, shop, Kind(f"subscribe/{target}", subscribe.subscribe), target)

    def product(self, request: WireRequest, shops: Shops) -> Decoded:
        """`partner/{pid}/products/{id}`; raises Rejected."""
        shop = access.page(request.params["pid"], shops)
        kind = Kind("products", snapshot, body=True, visitor=False)
        return self._decoded(request, shop, kind, _segment(request, "item"))

    def _decoded(self, request: WireRequest, shop: Shop, kind: Kind, target: str) -> Decoded:
        query = parameters(request.query)
        body, notes = _body(request, shop) if kind.body else (None, [])
        if query.replaced and "utf8_replaced" not in notes:
            notes.append("utf8_replaced")
        shared = setting(request, shop, access.VENDOR, notes)
        draft = Draft(setting=shared, name=kind.name)
        judged = self._judge(Visit(draft=draft, query=query, target=target, body=body), kind)
        return Decoded(
            shop_id=shop.shop_id,
            vendor=access.VENDOR,
            endpoint=ENDPOINT,
            judged=screened([judged], request, shop, browser=True),
            raw=_raw(request, shared),
            facts=reply.offence([judged]),
        )

    def _judge(self, visit: Visit, kind: Kind) -> Judged:
        draft = visit.draft
        try:
            visit.common()
            event = kind.read(visit)
        except Unusable as missing:
            return draft.set_aside(missing)
        visit.rest()
        if kind.visitor and not draft.is_somebody():
            draft.note("identity_missing")
        if kind.name in WATCHED and self._is_repeat(draft):
            draft.note("possible_replay")
        return draft.finish(event)

    def _is_repeat(self, draft: Draft) -> bool:
        """Never for a visitor who asks for privacy: nothing of such a one is remembered."""
        shared, columns = draft.setting, draft.columns
        seconds = options.number(shared.shop, "retailrocket.replay_s")
        session, page_view = columns.get("device_id"), columns.get("page_view_id")
        if not seconds or shared.anonymous or not session or not page_view:
            return False
        click = Click(shared.shop.shop_id, session, draft.name, columns["items"][0].item_id)
        return self._replays.is_repeat(click, page_view, shared.received_at, seconds)


def answer(decoded: Decoded) -> WireReply:
    """The session for the browser code, else as everywhere: without it that code sends nothing more."""
    session = decoded.facts.get("session")
    if session is None:
        return reply.answer(decoded)
    return WireReply(body=b'{"sessionId":"%s"}' % session.encode())


def _initialised(request: WireRequest, shop: Shop) -> Decoded:
    """The visitor's session, or a new one. Nothing is stored."""
    known = parameters(request.query).get("session") or ""
    made = hashlib.sha256(request.new_id().encode()).hexdigest()[:24]
    return Decoded(
        shop_id=shop.shop_id,
        vendor=access.VENDOR,
        endpoint=ENDPOINT,
        judged=(),
        raw=Raw(method=request.method, path=request.path),
        store=False,
        facts={"session": known if SESSION.fullmatch(known) else made},
    )


def telemetry(request: WireRequest, shops: Shops) -> Decoded:
    """What the browser code measures of itself: counted where it names a shop, and never kept."""
    query = parameters(request.query)
    shop_id = _named_shop(request.path, query, shops)
    return Decoded(
        shop_id=shop_id,
        vendor=access.VENDOR,
        endpoint=ENDPOINT,
        judged=(Judged(outcome="ignored", codes=("ignored_telemetry",)),),
        raw=Raw(method=request.method, path=request.path),
        store=bool(shop_id),
    )


def _named_shop(path: str, query: Parameters, shops: Shops) -> str:
    for partner in (query.get("partnerId"), *path.split("/")):
        for key in shops.keys(access.VENDOR, "partner_id", partner) if partner else ():
            shop = shops.find(key.shop_id)
            if shop is not None and shop.active:
                return shop.shop_id
    return ""


def _segment(request: WireRequest, name: str) -> str:
    """A part of the path; a slash in it came as %2F and was no separator, NUL is no character."""
    return request.params.get(name, "").replace("%2F", "/").replace("\x00", "\ufffd")


def _body(request: WireRequest, shop: Shop) -> tuple[Any, list[str]]:
    """The body of a call that may have one; a sample of what cannot be read is not kept: it may hold keys."""
    if not request.body.strip():
        return None, []
    try:
        value, notes = read_json(request, shop.shop_id)
    except Rejected as refusal:
        refusal.keep_raw = False
        raise
    return hidden.without(value, hidden.SECRETS), notes


def _raw(request: WireRequest, shared: Setting) -> Raw:
    body = hidden.cleaned(request.body, NOT_KEPT if _may_hold_keys(request) else hidden.SECRETS)
    return kept(request, secret=tuple(NOT_KEPT), anonymous=shared.anonymous, body=body)


def _may_hold_keys(request: WireRequest) -> bool:
    return "webpush" in request.params.get("name", "").lower()
