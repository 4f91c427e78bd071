"""GET /init: ids for a browser or app, and the start of its session (docs/wire/r46.md §5.3)."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from collector.adapters.r46.access import read, request_notes
from collector.adapters.r46.convert import VENDOR, convert
from collector.adapters.r46.draft import NOTHING, Draft, Setting
from collector.adapters.r46.fields import boolean, identifier, text
from collector.adapters.r46.identity import LONGEST_DID
from collector.adapters.r46.redact import raw_of
from collector.adapters.r46.reply import refuse
from collector.adapters.r46.screen import Privacy, privacy, settle, uncounted
from collector.wire import Decoded, Judged, Shop, Shops, WireReply, WireRequest

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
ID_LENGTH = 10
_IDS = ("did", "ssid", "sid", "seance", "segment", "stream")


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """One session_start for each did and sid, however often a client asks; none with `c=1`."""
    merged, shop = read(request, shops)
    values = merged.values
    did = _sent(values, "did") or made_id(request.new_id())
    sid = _sent(values, "sid") or _sent(values, "seance") or made_id(request.new_id())
    private = privacy(request, shop, values)
    judged: tuple[Judged, ...] = ()
    if not boolean(values.get("c")):
        body = {**{name: values[name] for name in _IDS if name in values}, "did": did, "sid": sid}
        setting = Setting(
            shop=shop,
            received_at=request.received_at,
            new_id=request.new_id,
            notes=request_notes(merged, shop, request) + (((private.code, 0),) if private.code else ()),
        )
        judged = (_start(request, values, setting, body, private),)
    return Decoded(
        shop_id=shop.shop_id,
        vendor=VENDOR,
        endpoint="rees46.init",
        judged=judged,
        raw=raw_of(request, secret=merged.secret, anonymous=private.anonymous or private.denied),
        store=bool(judged),
        facts={"did": did, "sid": sid, "segment": _arm(values, did), "shop": shop},
    )


def _start(
    request: WireRequest, values: dict[str, Any], setting: Setting, body: dict[str, Any], private: Privacy
) -> Judged:
    hidden = private.anonymous or private.denied
    draft = Draft(setting=setting, surface="init", body=body, anonymous=hidden)
    page = request.headers.get("referer")
    if page:
        draft.columns["page_url"] = page.partition("?")[0] if hidden else page
    if referrer := text(values.get("referrer")):
        draft.columns["referrer"] = referrer
    if time_zone := text(values.get("tz")):
        draft.props["tz"] = time_zone
    did, sid = body["did"], body["sid"]
    draft.key = () if hidden else ("init", did, sid)
    return settle(convert(draft), uncounted(request, browser=True), private)


def answer(decoded: Decoded) -> WireReply:
    """What clients of either kind need before they send events."""
    if decoded.judged and decoded.judged[0].outcome == "rejected":
        return refuse(decoded.judged[0].codes[0], decoded.judged[0].status, "")
    facts = decoded.facts
    shop: Shop = facts["shop"]
    body = {
        "did": facts["did"],
        "sid": facts["sid"],
        "seance": facts["sid"],
        "segment": facts["segment"],
        "currency": shop.currency,
        **_UNSERVED,
        "collect": {"gpc": shop.gpc, "consent_off": shop.consent_off},
    }
    return WireReply(body=msgspec.json.encode(body))


_UNSERVED: dict[str, Any] = {
    "has_email": False,
    "email_collector": False,
    "recommendations": False,
    "lazy_load": False,
    "auto_css_recommender": False,
    "cms": None,
    "snippets": [],
    "search": {"enabled": False, "landing": None, "type": None, "settings": {"redirects": {}}},
    "popup": None,
    "web_push_settings": None,
    "recone": False,
}


def made_id(entropy: str) -> str:
    """Ten letters and digits from a fresh request id's randomness."""
    number = int.from_bytes(hashlib.sha256(entropy.encode()).digest())
    letters = []
    for _ in range(ID_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(letters)


def segment_of(did: str) -> str:
    """The arm of a device: bit 16 of its FNV-1a-32."""
    state = 0x811C9DC5
    for byte in did.encode("utf-8", "surrogatepass"):
        state = (state ^ byte) * 0x01000193 & 0xFFFFFFFF
    return "B" if state >> 16 & 1 else "A"


def _arm(values: dict[str, Any], did: str) -> str:
    sent = values.get("segment")
    return sent if sent in ("A", "B") else segment_of(did)


def _sent(values: dict[str, Any], name: str) -> str | None:
    found = identifier(values.get(name))
    return None if found is None or found in NOTHING or len(found) > LONGEST_DID else found
