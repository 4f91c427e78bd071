"""GET /init: ids for a browser or app, and the start of its session (docs/wire/r46.md §5.3).

A visitor who asks for privacy gets ids all the same, because vendors' clients fail without them;
nothing of ours keeps them: no cookie is read or set, and every row of theirs is anonymous (V60).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from collector.adapters.r46 import cookie
from collector.adapters.r46.access import read, request_notes
from collector.adapters.r46.convert import VENDOR, convert
from collector.adapters.r46.draft import Draft, Setting
from collector.adapters.r46.forms import Merged
from collector.adapters.r46.identity import LONGEST_DID
from collector.adapters.r46.reads import made_ssid
from collector.adapters.r46.redact import raw_of
from collector.adapters.r46.reply import refuse
from collector.ids import keyed_id
from collector.reading.screen import Privacy, privacy, settle, uncounted
from collector.reading.values import NOTHING, boolean, identifier, text
from collector.wire import Ask, Decoded, Judged, Raw, Shop, Shops, Told, WireReply, WireRequest

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
ID_LENGTH = 10
_IDS = ("did", "ssid", "sid", "seance", "segment", "stream")


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """One session_start for each did and sid, however often a client asks; none with `c=1`."""
    merged, shop = read(request, shops)
    values = merged.values
    private = privacy(request, shop, values)
    ids = _ids(request, shop, values, private)
    judged = () if boolean(values.get("c")) else (_start(request, merged, shop, ids, private),)
    facts = {**ids, "segment": _arm(values, ids["did"]), "shop": shop, "received_at": request.received_at}
    if shop.first_party_cookie and not private.code:
        facts["cookie"] = cookie.setting(request, shop, ids["did"])
    asked = None
    if _sid(values) and _sent(values, "did") and not private.code:
        asked = Ask("device", ids)
        facts["spare"] = made_id(request.new_id())
    return Decoded(
        shop_id=shop.shop_id,
        vendor=VENDOR,
        endpoint="rees46.init",
        judged=judged,
        raw=raw_of(request, secret=merged.secret, anonymous=private.anonymous or private.denied),
        store=bool(judged),
        facts=facts,
        ask=asked,
    )


def _ids(request: WireRequest, shop: Shop, values: Mapping[str, Any], private: Privacy) -> dict[str, str]:
    """Sent ids are echoed; a did may also stand in our cookie; what is missing is made."""
    did = _sent(values, "did")
    if did is None and shop.first_party_cookie and not private.code:
        did = _sent({"did": cookie.sent_did(request, shop)}, "did")
    return {
        "did": did or made_id(request.new_id()),
        "sid": _sid(values) or made_id(request.new_id()),
    }


def informed(decoded: Decoded, told: Told | None) -> Decoded:
    """A sent sid whose last event is older than a session's gap is replaced; untold, it is kept."""
    last_at = told.get("sid_last_at") if told else None
    facts = decoded.facts
    shop: Shop = facts["shop"]
    if last_at is None:
        return decoded
    gap = facts["received_at"] - datetime.fromisoformat(last_at)
    if gap.total_seconds() < shop.session_gap_s:
        return decoded
    sid = facts["spare"]
    judged = [_in_session(one, shop, facts["did"], sid) for one in decoded.judged]
    return replace(decoded, judged=judged, facts={**facts, "sid": sid})


def _in_session(judged: Judged, shop: Shop, did: str, sid: str) -> Judged:
    if judged.event is None:
        return judged
    event_id = keyed_id(shop.shop_id, VENDOR, "init", did, sid)
    return replace(judged, event=replace(judged.event, session_id=sid, event_id=event_id))


def _start(
    request: WireRequest, merged: Merged, shop: Shop, ids: Mapping[str, str], private: Privacy
) -> Judged:
    hidden = private.anonymous or private.denied
    values = merged.values
    setting = Setting(
        shop=shop,
        received_at=request.received_at,
        new_id=request.new_id,
        notes=request_notes(merged, shop, request) + (((private.code, 0),) if private.code else ()),
    )
    body = {**{name: values[name] for name in _IDS if name in values}, **ids}
    draft = Draft(setting=setting, surface="init", body=body, anonymous=hidden)
    page = request.headers.get("referer")
    if page:
        draft.columns["page_url"] = page.partition("?")[0] if hidden else page
    if referrer := text(values.get("referrer")):
        draft.columns["referrer"] = referrer
    if time_zone := text(values.get("tz")):
        draft.props["tz"] = time_zone
    draft.key = () if hidden else ("init", ids["did"], ids["sid"])
    return settle(convert(draft), uncounted(request, browser=True), private)


def answer(decoded: Decoded) -> WireReply:
    """What clients of either kind need before they send events."""
    if decoded.judged and decoded.judged[0].outcome == "rejected":
        return refuse(decoded.judged[0].codes[0], decoded.judged[0].status, "")
    facts = decoded.facts
    headers = {"Set-Cookie": facts["cookie"]} if "cookie" in facts else {}
    return WireReply(body=msgspec.json.encode(_body(facts)), headers=headers)


def _body(facts: Mapping[str, Any]) -> dict[str, Any]:
    shop: Shop = facts["shop"]
    return {
        "did": facts["did"],
        "sid": facts["sid"],
        "seance": facts["sid"],
        "segment": facts["segment"],
        "currency": shop.currency,
        **_UNSERVED,
        "collect": {"gpc": shop.gpc, "consent_off": shop.consent_off},
    }


def decode_script(request: WireRequest, shops: Shops) -> Decoded:
    """GET /init_script, the start of clients before 2020: ids, and no session of its own."""
    merged, shop = read(request, shops)
    values = merged.values
    ids = _ids(request, shop, values, privacy(request, shop, values))
    ssid = _sent(values, "ssid") or made_ssid(request.new_id())
    return Decoded(
        shop_id=shop.shop_id,
        vendor=VENDOR,
        endpoint="rees46.init",
        judged=(),
        raw=Raw(method=request.method, path=request.path),
        store=False,
        facts={**ids, "segment": _arm(values, ids["did"]), "shop": shop, "ssid": ssid},
    )


def answer_script(decoded: Decoded) -> WireReply:
    """As for /init, and what the old clients read beside it."""
    old = {"ssid": decoded.facts["ssid"], "profile": {}, "experiments": [], "sync": []}
    return WireReply(body=msgspec.json.encode({**_body(decoded.facts), **old}))


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


def _arm(values: Mapping[str, Any], did: str) -> str:
    sent = values.get("segment")
    return sent if sent in ("A", "B") else segment_of(did)


def _sid(values: Mapping[str, Any]) -> str | None:
    return _sent(values, "sid") or _sent(values, "seance")


def _sent(values: Mapping[str, Any], name: str) -> str | None:
    found = identifier(values.get(name))
    return None if found is None or found in NOTHING or len(found) > LONGEST_DID else found
