"""A request's body once it is known whose it is, and what may be kept of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from collector import options
from collector.adapters.exponea.access import VENDOR
from collector.adapters.r46 import redact
from collector.errors import Rejected
from collector.reading.draft import Draft, Setting
from collector.reading.fingerprint import fingerprint
from collector.reading.requests import kept, read_json, screened, setting
from collector.wire import Decoded, Judged, Raw, Shop, WireRequest


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """What the events of one request and one shop have in common.

    `repeats` counts equal contents, so that the second of two is another event.
    """

    request: WireRequest
    setting: Setting
    repeats: Counter[str] = msgspec.field(default_factory=Counter)

    def draft(self, name: str, pointer: str, seq: int) -> Draft:
        return Draft(setting=self.setting, name=name, pointer=pointer, seq=seq)

    def key(self, kind: str, timestamp: Any, content: Mapping[str, Any]) -> tuple[str, ...]:
        """What makes a repeat the same event: its content, where it has a time (canonical.md §7).

        `content` without what is absent or null.
        """
        shop = self.setting.shop
        if timestamp is None or timestamp == "" or not options.switch(shop, "exponea.dedupe"):
            return ()
        told = {name: value for name, value in content.items() if value is not None}
        hashed = fingerprint({**told, "timestamp": timestamp})
        occurrence = self.repeats[kind + hashed]
        self.repeats[kind + hashed] += 1
        return (kind, hashed, str(occurrence))

    def decoded(self, endpoint: str, judged: Sequence[Judged], **more: Any) -> Decoded:
        """The request with its verdicts, after robots and private visitors were looked for."""
        shop = self.setting.shop
        return Decoded(
            shop_id=shop.shop_id,
            vendor=VENDOR,
            endpoint=endpoint,
            judged=screened(judged, self.request, shop, browser=False),
            **{"raw": raw_of(self.request, anonymous=self.setting.anonymous), **more},
        )


def read_object(request: WireRequest, shop_id: str = "") -> tuple[dict[str, Any], list[str]]:
    """The body and its notes; raises Rejected (400) for what is no JSON object."""
    value, notes = read_json(request, shop_id)
    if not isinstance(value, dict):
        raise Rejected(
            "json_malformed", status=400, shop_id=shop_id, detail="the body is no object", keep_raw=True
        )
    return (redact.scrub(value) if _holds_secret(request) else value), notes


def incoming(request: WireRequest, shop: Shop, notes: Sequence[str]) -> Incoming:
    return Incoming(request=request, setting=setting(request, shop, VENDOR, notes))


def openly(coming: Incoming) -> Incoming:
    """The same request with its ids, for what is asked about a person and not by a visitor."""
    return Incoming(request=coming.request, setting=replace(coming.setting, anonymous=False, notes=()))


def raw_of(request: WireRequest, *, anonymous: bool = False, body: bytes | None = None) -> Raw:
    """What is kept of the request; a secret of the shop that strayed into it is not."""
    if not anonymous and _holds_secret(request):
        cleaned = redact.raw_of(request, secret=True)
        return cleaned if body is None else replace(cleaned, body=body)
    return kept(request, anonymous=anonymous, body=body)


def _holds_secret(request: WireRequest) -> bool:
    """Whether a shop's secret may stand in the request; right in a no."""
    body = request.body.lower()
    return redact.SECRET in request.query.lower() or redact.SECRET.encode() in body or b"\\u00" in body


def nothing_of(request: WireRequest) -> Raw:
    """The path alone."""
    return kept(request, anonymous=True)


def seconds(request: WireRequest) -> float:
    """The arrival as epoch seconds."""
    return request.received_at.timestamp()
