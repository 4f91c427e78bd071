"""A recorded request on its way through an adapter, with everything that varies held still."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collector import record
from collector.adapters import load_adapters
from collector.errors import Rejected
from collector.verdict import verdict_header
from collector.wire import Decoded, Endpoint, Judged, Shop, WireReply, WireRequest

CASES = Path(__file__).parent / "cases"
RECEIVED_AT = datetime(2026, 11, 21, 9, 2, 27, 500_000, tzinfo=UTC)
SHOP_ID = "0123456789abcdef0123456789abcd"
ENDPOINTS: dict[str, Endpoint] = {
    endpoint.path: endpoint for adapter in load_adapters().values() for endpoint in adapter.endpoints
}


class OneShop:
    """A shop list of one shop and one that is switched off."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        listed: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()
        }
        self._shop = Shop(**{"shop_id": SHOP_ID, **listed})
        self._off = Shop(shop_id="f" * 30, active=False)

    def find(self, shop_id: str) -> Shop | None:
        return {self._shop.shop_id: self._shop, self._off.shop_id: self._off}.get(shop_id)


def wire_request(recorded: Mapping[str, Any]) -> WireRequest:
    """`body` is JSON, `text` and `base64` are bytes as they are; ids count from zero."""
    count = itertools.count()
    body = b""
    if "body" in recorded:
        body = json.dumps(recorded["body"], ensure_ascii=False).encode("utf-8", "surrogatepass")
    elif "text" in recorded:
        body = recorded["text"].encode()
    elif "base64" in recorded:
        body = base64.b64decode(recorded["base64"])
    return WireRequest(
        method=recorded["method"],
        path=recorded["path"],
        query=recorded.get("query", ""),
        headers=recorded.get("headers", {}),
        body=body,
        received_at=RECEIVED_AT,
        request_id="01a1fd57-baac-7000-8000-ffffffffffff",
        new_id=lambda: f"01a1fd57-baac-7000-8000-{next(count):012d}",
    )


def play(case: Mapping[str, Any]) -> dict[str, Any]:
    """What became of a case, in the words of its file."""
    request = wire_request(case["request"])
    endpoint = ENDPOINTS[request.path]
    shops = OneShop(case.get("shop", {}))
    try:
        decoded = endpoint.decode(request, shops)
    except Rejected as refusal:
        reply = endpoint.refuse(refusal.code, refusal.status, refusal.detail)
        return {"rejected": refusal.code, "keeps_raw": refusal.keep_raw, **_reply(reply)}
    told: dict[str, Any] = {"verdict": verdict_header(decoded.judged), **_reply(endpoint.answer(decoded))}
    if not decoded.store:
        told["stored"] = False
    told["events"] = [_judged(one) for one in decoded.judged]
    if decoded.raw.body != request.body or decoded.raw.query != request.query:
        told["raw"] = {"query": decoded.raw.query, "body": decoded.raw.body.decode()}
    record.encode(stored(decoded, request))
    return told


def stored(decoded: Decoded, request: WireRequest) -> record.Record:
    """The record the log would get."""
    return record.of(decoded, request_id=request.request_id, received_at=RECEIVED_AT, user_agent="")


def _reply(reply: WireReply) -> dict[str, Any]:
    if reply.content_type == "image/gif":
        return {"status": reply.status, "gif": reply.body.hex()}
    return {"status": reply.status, "reply": json.loads(reply.body) if reply.body else None}


def _judged(judged: Judged) -> dict[str, Any]:
    told: dict[str, Any] = {"outcome": judged.outcome}
    if judged.status:
        told["status"] = judged.status
    if judged.event is None:
        return {**told, "codes": list(judged.codes), "name": judged.name, "pointer": judged.pointer}
    event = json.loads(json.dumps(record.canonical(judged.event)))
    codes = list(judged.codes)
    return {**told, **({} if codes == event.get("notes", []) else {"codes": codes}), "event": event}
