"""The dry run: what a tracking request would become, said and not stored."""

from __future__ import annotations

from typing import Any

import msgspec

from collector import ask, reasons, record
from collector.errors import Rejected
from collector.verdict import verdict_header
from collector.wire import Decoded, Endpoint, History, Judged, Shops, WireReply, WireRequest


async def of(endpoint: Endpoint, request: WireRequest, shops: Shops, history: History | None) -> bytes:
    """JSON: verdict, canonical events, what was refused, each code explained, the answer.

    Raises Rejected as the real path would.
    """
    decoded = await ask.informed(endpoint, endpoint.decode(request, shops), shops, history)
    shares = [(one, _record(one, request)) for one in (decoded, *decoded.others)]
    judged = [one for share, _ in shares for one in share.judged]
    return msgspec.json.encode(
        {
            "verdict": verdict_header(judged),
            "stored": False,
            "events": [_event(kept, one, seq) for one, kept in shares for seq in range(len(kept.events))],
            "refused": msgspec.to_builtins([refused for _, kept in shares for refused in kept.refused]),
            "codes": _explained(judged, endpoint.vendor),
            "answer": _answer(endpoint.answer(decoded)),
        }
    )


def _record(decoded: Decoded, request: WireRequest) -> record.Record:
    return record.of(
        decoded,
        request_id=request.request_id,
        received_at=request.received_at,
        user_agent=request.headers.get("user-agent", ""),
    )


def refused(endpoint: Endpoint, refusal: Rejected) -> bytes:
    """The same shape for a request that is refused as a whole."""
    judged = [Judged(outcome="rejected", codes=(refusal.code,))]
    return msgspec.json.encode(
        {
            "verdict": verdict_header(judged),
            "stored": False,
            "events": [],
            "refused": [{"seq": 0, "outcome": "rejected", "codes": [refusal.code]}],
            "codes": _explained(judged, endpoint.vendor),
            "answer": _answer(endpoint.refuse(refusal.code, refusal.status, refusal.detail)),
        }
    )


def _event(kept: record.Record, decoded: Decoded, index: int) -> dict[str, Any]:
    event = kept.events[index]
    return {
        "shop_id": kept.shop_id,
        "vendor": kept.vendor,
        "endpoint": kept.endpoint,
        "request_id": kept.request_id,
        "received_at": record.time_text(kept.received_at),
        **record.canonical(event),
        "raw": {
            "method": decoded.raw.method,
            "path": decoded.raw.path,
            "query": decoded.raw.query,
            "pointer": event.pointer,
            "body": decoded.raw.body.decode("utf-8", "replace"),
        },
    }


def _explained(judged: Any, vendor: str) -> list[dict[str, str]]:
    codes = sorted({code for one in judged for code in (*one.codes, *(one.event.notes if one.event else ()))})
    return [
        {"code": code, "explanation": said.explanation, "mend": said.mend, "rule": said.rule}
        for code in codes
        for said in (reasons.explain(code, vendor),)
    ]


def _answer(reply: WireReply) -> dict[str, Any]:
    return {"status": reply.status, "body": reply.body.decode("utf-8", "replace")}
