"""A recorded request on its way through an adapter, with everything that varies held still."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collector import record
from collector.adapters import load_adapters
from collector.errors import Rejected
from collector.reading.credentials import digest
from collector.routing import Routes
from collector.verdict import verdict_header
from collector.wire import Decoded, Endpoint, Judged, Key, Shop, WireReply, WireRequest

CASES = Path(__file__).parent / "cases"
RECEIVED_AT = datetime(2026, 11, 21, 9, 2, 27, 500_000, tzinfo=UTC)
SHOP_ID = "0123456789abcdef0123456789abcd"
ROUTES = Routes(endpoint for adapter in load_adapters().values() for endpoint in adapter.endpoints)


class Paths:
    """Endpoints by the path of a request, as the application finds them."""

    def __getitem__(self, path: str) -> Endpoint:
        found = ROUTES.find(path)
        if found is None:
            raise KeyError(path)
        return found.endpoint


ENDPOINTS = Paths()


class OneShop:
    """A shop list of one shop and one that is switched off; `keys` as in the case's file."""

    def __init__(self, settings: Mapping[str, Any], keys: Sequence[Mapping[str, Any]] = ()) -> None:
        listed: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()
        }
        self._shop = Shop(**{"shop_id": SHOP_ID, **listed})
        self._off = Shop(shop_id="f" * 30, active=False)
        self._keys = [_key(number, one) for number, one in enumerate(keys)]

    def find(self, shop_id: str) -> Shop | None:
        return {self._shop.shop_id: self._shop, self._off.shop_id: self._off}.get(shop_id)

    def keys(self, vendor: str, name: str, value: str) -> Sequence[Key]:
        """Those of the case with that public value or hash."""
        return [
            key
            for key in self._keys
            if key.vendor == vendor and value in (key.public.get(name), key.hashes.get(name))
        ]


def _key(number: int, given: Mapping[str, Any]) -> Key:
    """A key in force: `public` values, `secrets` in clear text, `shop` where it is not the first."""
    return Key(
        key_id=f"k{number}",
        shop_id=given.get("shop", SHOP_ID),
        vendor=given["vendor"],
        public=given.get("public", {}),
        hashes={name: digest(secret) for name, secret in given.get("secrets", {}).items()},
        kept=given.get("kept", {}),
        created_at=0.0,
    )


def wire_request(recorded: Mapping[str, Any]) -> WireRequest:
    """`body` is JSON, `text` and `base64` are bytes as they are; ids count from zero."""
    found = ROUTES.find(recorded["path"])
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
        params=found.params if found else {},
        body=body,
        received_at=RECEIVED_AT,
        request_id="01a1fd57-baac-7000-8000-ffffffffffff",
        new_id=lambda: f"01a1fd57-baac-7000-8000-{next(count):012d}",
    )


def play(case: Mapping[str, Any]) -> dict[str, Any]:
    """What became of a case, in the words of its file.

    A case with `history` says what is told of what was stored before; its outcome says what was asked.
    """
    request = wire_request(case["request"])
    endpoint = ENDPOINTS[request.path]
    shops = OneShop(case.get("shop", {}), case.get("keys", ()))
    try:
        decoded = endpoint.decode(request, shops)
    except Rejected as refusal:
        reply = endpoint.refuse(refusal.code, refusal.status, refusal.detail)
        return {"rejected": refusal.code, "keeps_raw": refusal.keep_raw, **_reply(reply)}
    asked: dict[str, Any] = {}
    if decoded.ask is not None:
        if "history" in case:
            asked = {"asks": {"kind": decoded.ask.kind, **decoded.ask.params}}
        decoded = endpoint.informed(decoded, case.get("history"))
    told: dict[str, Any] = {
        **asked,
        "verdict": verdict_header(decoded.judged),
        **_reply(endpoint.answer(decoded)),
    }
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
    if reply.content_type.startswith("text/plain"):
        return {"status": reply.status, "text": reply.body.decode()}
    body = json.loads(reply.body) if reply.body else None
    headers = {"headers": dict(reply.headers)} if reply.headers else {}
    return {"status": reply.status, **headers, "reply": body}


def _judged(judged: Judged) -> dict[str, Any]:
    told: dict[str, Any] = {"outcome": judged.outcome}
    if judged.status:
        told["status"] = judged.status
    if judged.event is None:
        return {**told, "codes": list(judged.codes), "name": judged.name, "pointer": judged.pointer}
    event = json.loads(json.dumps(record.canonical(judged.event)))
    codes = list(judged.codes)
    return {**told, **({} if codes == event.get("notes", []) else {"codes": codes}), "event": event}
