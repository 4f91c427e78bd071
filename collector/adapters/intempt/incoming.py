"""A request of a known sender: its body, what of it may be kept, and the verdicts on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from collector.adapters.intempt.access import VENDOR, sender
from collector.adapters.intempt.reply import offences
from collector.adapters.r46 import redact
from collector.errors import Rejected
from collector.reading.draft import Setting, all_or_nothing, once
from collector.reading.requests import kept, read_json, screened, setting
from collector.wire import Decoded, Judged, Raw, Shops, WireRequest

HIDDEN = frozenset({"apikey", "api_key", "authorization"})


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """The body without secrets, and what all of its events have in common."""

    request: WireRequest
    setting: Setting
    body: dict[str, Any]

    @property
    def project(self) -> str:
        """`org/project` as in the path."""
        return f"{self.request.params['org']}/{self.request.params['project']}"

    def decoded(self, endpoint: str, judged: Sequence[Judged]) -> Decoded:
        """The request with its verdicts; where strict mode refused one, all are refused."""
        shop = self.setting.shop
        told = once(all_or_nothing(judged))
        return Decoded(
            shop_id=shop.shop_id,
            vendor=VENDOR,
            endpoint=endpoint,
            judged=screened(told, self.request, shop, browser=False),
            raw=_raw_of(self.request, anonymous=self.setting.anonymous),
            store=bool(judged),
            facts={"offences": offences(judged)},
        )


def incoming(request: WireRequest, shops: Shops) -> Incoming:
    """Who sends what; raises Rejected (see `sender`), with 400 for a body that is no JSON object.

    The vendor does not decompress, and strict mode says so.
    """
    shop, notes = sender(request, shops)
    shared = setting(request, shop, VENDOR, notes)
    coding = request.headers.get("content-encoding", "").strip().lower()
    if shared.strict and coding not in ("", "identity"):
        raise Rejected("encoding_unsupported", status=400, shop_id=shop.shop_id)
    value, said = read_json(request, shop.shop_id)
    if not isinstance(value, dict):
        raise Rejected(
            "json_malformed", status=400, shop_id=shop.shop_id, detail="the body is no object", keep_raw=True
        )
    clean = redact.conceal(redact.scrub(value), HIDDEN) if _may_tell(request) else value
    notes = (*said, *shared.notes)
    return Incoming(request=request, setting=replace(shared, notes=notes), body=clean)


def _may_tell(request: WireRequest) -> bool:
    """Whether a secret may stand in the request beside its credentials. Cheap, and right in a no."""
    body = request.body.lower()
    return redact.holds_secret(request) or any(name.encode() in body for name in HIDDEN)


def _raw_of(request: WireRequest, *, anonymous: bool) -> Raw:
    if anonymous or not _may_tell(request):
        return kept(request, anonymous=anonymous)
    cleaned = redact.raw_of(request, secret=True, hidden=HIDDEN)
    return kept(replace(request, query=cleaned.query, body=cleaned.body))
