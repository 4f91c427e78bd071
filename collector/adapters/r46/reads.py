"""GET paths that ask: what is stored is answered, what nobody serves is empty (docs/wire/r46.md §5.6).

An empty answer is documented for recommendations, search and lists. It is not for numbers: where
the history cannot be asked there is an error, never a zero.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

import msgspec
from msgspec import structs

from collector.adapters.r46.access import read, request_notes
from collector.adapters.r46.convert import VENDOR, convert
from collector.adapters.r46.draft import Draft, Setting
from collector.adapters.r46.identity import email, phone
from collector.adapters.r46.redact import raw_of
from collector.adapters.r46.reply import refuse
from collector.errors import Rejected
from collector.reading.screen import privacy, settle, uncounted
from collector.reading.values import NOTHING, identifier
from collector.wire import (
    Ask,
    Decode,
    Decoded,
    Judged,
    Raw,
    Shop,
    Shops,
    Told,
    WireReply,
    WireRequest,
    inform,
)

OTHER = "rees46.other"
NO_PRODUCTS: Mapping[str, Any] = {"products": [], "products_total": 0, "categories": [], "html": ""}
_UNTOLD = Judged(outcome="ignored", codes=("history_unavailable",))
NO_TRIGGERS = {"back_in_stock": 0, "price_drop": 0}

Asked = Callable[[dict[str, Any], Setting], Ask | None]


class Asks(Protocol):
    """What a tool's request asks of the history, with facts for its answer; None for nothing."""

    def __call__(
        self, request: WireRequest, shop: Shop, values: Mapping[str, Any], *, hidden: bool
    ) -> tuple[Ask, Mapping[str, Any]] | None: ...


def stub(body: Any) -> Decode:
    """A path nobody serves: the same empty body for every known shop, and no trace."""
    written = msgspec.json.encode(body)

    def decode(request: WireRequest, shops: Shops) -> Decoded:
        _, shop = read(request, shops, columns=False)
        return _untraced(request, shop, facts={"body": written})

    return decode


def tool(name: str, body: Callable[[str], Any], asks: Asks | None = None) -> Decode:
    """A tool somebody asked: empty, and its request is kept, so that a site's blocks can be seen.

    Nothing is refused for what the request lacks, because nothing was asked of us. `asks` is what
    may be asked all the same.
    """

    def decode(request: WireRequest, shops: Shops) -> Decoded:
        merged, shop = read(request, shops, columns=False)
        private = privacy(request, shop, merged.values)
        hidden = private.anonymous or private.denied
        code = request.params.get("code", "")
        asked = asks(request, shop, merged.values, hidden=bool(private.code)) if asks else None
        setting = Setting(
            shop=replace(shop, strict=False),
            received_at=request.received_at,
            new_id=request.new_id,
            notes=request_notes(merged, shop, request) + (((private.code, 0),) if private.code else ()),
        )
        draft = Draft(
            setting=setting, surface="write", body=_call(merged.values, name, code), anonymous=hidden
        )
        return Decoded(
            shop_id=shop.shop_id,
            vendor=VENDOR,
            endpoint=OTHER,
            judged=(settle(convert(draft), uncounted(request, browser=False), private),),
            raw=raw_of(request, secret=merged.secret, anonymous=hidden),
            facts={"body": msgspec.json.encode(body(code)), **(asked[1] if asked else {})},
            ask=asked[0] if asked else None,
        )

    return decode


def _call(values: dict[str, Any], name: str, code: str) -> dict[str, Any]:
    """The request as the event `tool_request` of a page's call would be, with its parameters."""
    if code:
        values["code"] = code
        if values.get("recommender_code") == code:
            del values["recommender_code"]  # some clients say it twice
    return {**values, "event": "tool_request", "tool": name}


def asking(ask: Asked, *, personal: bool = True) -> Decode:
    """A path whose answer is stored. Visitors who want to stay unknown are not looked up."""

    def decode(request: WireRequest, shops: Shops) -> Decoded:
        merged, shop = read(request, shops, columns=False)
        private = privacy(request, shop, merged.values)
        setting = Setting(shop=shop, received_at=request.received_at, new_id=request.new_id)
        asked = None if personal and private.code else ask(merged.values, setting)
        return _untraced(request, shop, ask=asked, facts={})

    return decode


def _untraced(
    request: WireRequest, shop: Shop, *, facts: Mapping[str, Any], ask: Ask | None = None
) -> Decoded:
    raw = Raw(method=request.method, path=request.path)
    return Decoded(
        shop_id=shop.shop_id,
        vendor=VENDOR,
        endpoint=OTHER,
        judged=(),
        raw=raw,
        store=False,
        facts=facts,
        ask=ask,
    )


def ask_device(kind: Any) -> Asked:
    """A question about the device; V9 for a strict shop."""

    def ask(values: dict[str, Any], setting: Setting) -> Ask | None:
        did = _told(values, "did") or _told(values, "ssid")
        if did is None and setting.shop.strict:
            raise Rejected("identity_missing", status=401, shop_id=setting.shop.shop_id)
        return Ask(kind, {"did": did}) if did else None

    return ask


def ask_item(values: dict[str, Any], setting: Setting) -> Ask:
    """Of which product; without one there is nothing to count."""
    item = _told(values, "item")
    if item is None:
        raise Rejected("field_missing:item", status=422, shop_id=setting.shop.shop_id)
    return Ask("counters", {"item": item})


def ask_segments(values: dict[str, Any], setting: Setting) -> Ask | None:
    """Segments of a device or of a contact, in the form contacts are stored in."""
    draft = Draft(setting=setting, surface="segments", body=values)
    who: dict[str, str] = {}
    if did := draft.take_id("did"):
        who["did"] = did
    email(draft, "email", who)
    phone(draft, who)
    return Ask("segments", who) if who else None


def _told(values: Mapping[str, Any], name: str) -> str | None:
    found = identifier(values.get(name))
    return None if found in NOTHING else found


def answer_body(decoded: Decoded) -> WireReply:
    """The body that was decided with the request."""
    return WireReply(body=decoded.facts["body"])


def answer_profile(decoded: Decoded) -> WireReply:
    """What is known and identifies nobody."""
    told = decoded.facts.get("history") or {}
    return _json(
        {
            "id": None,
            "has_email": bool(told.get("has_email")),
            "gender": told.get("gender"),
            "computed_gender": None,
            "bought_something": bool(told.get("bought_something")),
            "custom_properties": told.get("custom_properties") or {},
        }
    )


def informed(decoded: Decoded, told: Told | None) -> Decoded:
    """An answer that must be told and cannot be is an error, and the verdict says so."""
    if told is None:
        return structs.replace(decoded, judged=(_UNTOLD,))
    return inform(decoded, told)


def answer_cart(decoded: Decoded) -> WireReply:
    """The cart as it is now; an unknown visitor has none."""
    if decoded.judged:
        return refuse("history_unavailable", 404, "")
    told = decoded.facts.get("history")
    return _json({"status": "success", "data": {"items": told["items"] if told else []}})


def answer_counters(decoded: Decoded) -> WireReply:
    """Counts of the product, or an error."""
    told = decoded.facts.get("history")
    if told is None:
        return refuse("history_unavailable", 404, "")
    return _json({"daily": told["daily"], "now": told["now"], "triggers": NO_TRIGGERS})


def answer_segments(decoded: Decoded) -> WireReply:
    """A list in any case; empty where it cannot be told."""
    told = decoded.facts.get("history")
    return _json(told["segments"] if told else [])


def decode_ssid(request: WireRequest, shops: Shops) -> Decoded:
    """A new id of the old kind."""
    _, shop = read(request, shops, columns=False)
    return _untraced(request, shop, facts={"ssid": made_ssid(request.new_id())})


def answer_ssid(decoded: Decoded) -> WireReply:
    """The id alone, as plain text."""
    ssid: str = decoded.facts["ssid"]
    return WireReply(body=ssid.encode(), content_type="text/plain; charset=utf-8")


def made_ssid(entropy: str) -> str:
    """A UUID of a fresh request id's randomness, which tells nothing of its time."""
    return str(uuid.UUID(bytes=hashlib.sha256(entropy.encode()).digest()[:16], version=4))


def _json(body: Any) -> WireReply:
    return WireReply(body=msgspec.json.encode(body))
