"""The one path of an event: decode, append, answer.

Nothing is answered before the log says that it is durable.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from collector import ask, loops, options, record
from collector.counts import Taken
from collector.errors import Rejected, Unavailable
from collector.ids import is_keyed
from collector.log import EventLog
from collector.ratelimit import RateLimit
from collector.verdict import verdict_header
from collector.wire import Decoded, Endpoint, History, Judged, Raw, Shops, WireReply, WireRequest

RECENT_IDS = 200_000
REJECTS_A_SECOND = 20
RAW_SAMPLE = 4096
_log = logging.getLogger(__name__)
_SECRET = re.compile(
    rb"""((?:secret|password|api_?key|token)[^\s:=]{0,8}[:=]\s*["']?)[^"'&\s,}]+""", re.IGNORECASE
)


class Answered(NamedTuple):
    """What goes out, its verdict header, and whose request it was ("" where that is unknown)."""

    reply: WireReply
    verdict: str
    shop_id: str = ""


class Ingest:
    """Shops and log in, replies out. One per process; used by one event loop.

    `installation` is the mark of this installation; a request that has passed it before is refused.
    `taken` counts what was taken.
    """

    def __init__(
        self,
        shops: Shops,
        log: EventLog,
        history: History | None = None,
        installation: str = "",
        taken: Taken | None = None,
    ) -> None:
        self._shops = shops
        self._log = log
        self._history = history
        self._installation = installation
        self._recent = RecentIds(RECENT_IDS)
        self._rejects = RejectBudget(REJECTS_A_SECOND)
        self._rate = RateLimit()
        self._taken = taken or Taken()

    async def __call__(self, endpoint: Endpoint, request: WireRequest) -> Answered:
        """The reply and its verdict; what it acknowledges is durable.

        Raises Unavailable if it could not be stored; then nothing of it was.
        """
        header = request.headers.get(loops.HEADER)
        via = loops.marks(header) if header else ()
        try:
            decoded = endpoint.decode(request, self._shops)
            if via and self._installation in via:
                raise Rejected("loop_detected", status=508, shop_id=decoded.shop_id)
            self._within_rate(endpoint, decoded, request)
            if decoded.ask is not None:
                decoded = await ask.informed(endpoint, decoded, self._shops, self._history)
        except Rejected as refusal:
            return await self.refuse(endpoint, request, refusal)
        except Exception:  # the boundary of a request: our fault may not become the shop's loss
            return await self._set_aside(endpoint, request)
        if not decoded.store:
            return Answered(endpoint.answer(decoded), verdict_header(decoded.judged), decoded.shop_id)
        told = self._recent.mark(decoded)
        verdict = verdict_header(_all_judged(told, self._recent) if decoded.others else told.judged)
        taken = self._taken
        began = taken.tick()
        await self._log.append(_lines(decoded, request, via))
        taken.appended(taken.tick() - began)
        for one in (told, *decoded.others):
            taken.judged(endpoint.vendor, one.judged)
        for one in (decoded, *decoded.others):
            self._recent.add(one.judged)
        return Answered(endpoint.answer(told), verdict, decoded.shop_id)

    async def refuse(self, endpoint: Endpoint, request: WireRequest, refusal: Rejected) -> Answered:
        """Answer a whole refused request, and keep its reason (a sample under a flood)."""
        reply = endpoint.refuse(refusal.code, refusal.status, refusal.detail)
        if refusal.allow:
            reply = replace(reply, headers={**reply.headers, "Allow": refusal.allow})
        self._taken.whole(endpoint.vendor, "rejected")
        if refusal.retry_after:
            reply = replace(reply, headers={**reply.headers, "Retry-After": str(refusal.retry_after)})
        if self._rejects.allows(request.received_at.timestamp()):
            # The sender is told of its fault in any case; only our note of it may be missing.
            with contextlib.suppress(Unavailable):
                await self._log.append(_line(_rejection(endpoint, request, refusal), request))
        return Answered(reply, f"rejected; codes={refusal.code}", refusal.shop_id)

    def _within_rate(self, endpoint: Endpoint, decoded: Decoded, request: WireRequest) -> None:
        """Count the request against its shop's limit (T13); raises Rejected with 429 beyond it."""
        shop = self._shops.find(decoded.shop_id)
        if shop is None:
            return
        rate = options.number(shop, endpoint.rate) if endpoint.rate else shop.rate_limit
        if not rate:
            return
        meter = endpoint.rate or endpoint.vendor
        seconds = self._rate.wait(shop.shop_id, meter, rate, request.received_at.timestamp())
        if seconds:
            raise Rejected("rate_limited", status=429, shop_id=shop.shop_id, retry_after=seconds)

    async def _set_aside(self, endpoint: Endpoint, request: WireRequest) -> Answered:
        """Keep a request that our own code could not read, whole, and ask for no repeat."""
        _log.exception("%s could not read a request; it is kept as it came", endpoint.name)
        await self._log.append(_line(_unread(endpoint, request), request))
        self._taken.whole(endpoint.vendor, "quarantined")
        reply = endpoint.refuse("adapter_failed", 200, "kept as it came")
        return Answered(reply, "quarantined; codes=adapter_failed")


class RecentIds:
    """The latest event ids of this process, to call a repeat `duplicate` at once.

    Only what is told to the sender depends on it: repeats are appended all the same,
    and the loader, which remembers everything, decides. Between half of `size` and all
    of it is remembered.
    """

    def __init__(self, size: int) -> None:
        self._half = size // 2
        self._young: set[str] = set()
        self._old: set[str] = set()

    def mark(self, decoded: Decoded) -> Decoded:
        """The request as its sender should hear it: known ids are duplicates."""
        ids = {judged.event.event_id for judged in decoded.judged if judged.event is not None}
        if ids.isdisjoint(self._young) and ids.isdisjoint(self._old):
            return decoded
        return replace(decoded, judged=[self._told(judged) for judged in decoded.judged])

    def _told(self, judged: Judged) -> Judged:
        if judged.outcome != "accepted" or judged.event is None:
            return judged
        known = judged.event.event_id in self._young or judged.event.event_id in self._old
        return replace(judged, outcome="duplicate", codes=()) if known else judged

    def add(self, judged: Sequence[Judged]) -> None:
        self._young.update(
            [
                one.event.event_id
                for one in judged
                if one.event is not None and one.outcome == "accepted" and is_keyed(one.event.event_id)
            ]
        )
        if len(self._young) >= self._half:
            self._old, self._young = self._young, set()


class RejectBudget:
    """At most so many rejects a second reach the log: a flood of junk may not fill the disk."""

    def __init__(self, a_second: int) -> None:
        self._a_second = a_second
        self._second = 0
        self._used = 0

    def allows(self, now: float) -> bool:
        if int(now) != self._second:
            self._second, self._used = int(now), 0
        self._used += 1
        return self._used <= self._a_second


def _all_judged(told: Decoded, recent: RecentIds) -> Sequence[Judged]:
    """The verdicts of all shops of a request, the first shop's as told."""
    others = [judged for one in told.others for judged in recent.mark(one).judged]
    return [*told.judged, *others]


def _lines(decoded: Decoded, request: WireRequest, via: tuple[str, ...]) -> bytes:
    """A line a shop. They are appended at once, so that they share a frame and are stored together."""
    line = _line(decoded, request, via)
    return b"".join((line, *(_line(one, request, via) for one in decoded.others))) if decoded.others else line


def _line(decoded: Decoded, request: WireRequest, via: tuple[str, ...] = ()) -> bytes:
    return record.encode(
        record.of(
            decoded,
            request_id=request.request_id,
            received_at=request.received_at,
            user_agent=request.headers.get("user-agent", ""),
            via=via,
        )
    )


def _rejection(endpoint: Endpoint, request: WireRequest, refusal: Rejected) -> Decoded:
    judged = Judged(outcome="rejected", codes=(refusal.code,), name=refusal.detail)
    named = request.headers.get("sec-gpc") != "1"  # else nobody may be known from what is kept
    body = request.body[:RAW_SAMPLE] if refusal.keep_raw and named else b""
    return _kept(endpoint, request, judged, shop_id=refusal.shop_id, body=body)


def _unread(endpoint: Endpoint, request: WireRequest) -> Decoded:
    judged = Judged(outcome="quarantined", codes=("adapter_failed",))
    return _kept(endpoint, request, judged, body=request.body, query=request.query)


def _kept(
    endpoint: Endpoint,
    request: WireRequest,
    judged: Judged,
    *,
    shop_id: str = "",
    body: bytes,
    query: str = "",
) -> Decoded:
    """A request without events; what looks like a secret in it is not kept."""
    return Decoded(
        shop_id=shop_id,
        vendor=endpoint.vendor,
        endpoint=endpoint.name,
        judged=[judged],
        raw=Raw(
            method=request.method,
            path=request.path,
            query=_SECRET.sub(rb"\1[redacted]", query.encode("latin-1", "replace")).decode("latin-1"),
            content_type=request.headers.get("content-type", ""),
            body=_SECRET.sub(rb"\1[redacted]", body),
        ),
    )
