"""Whose request it is (docs/wire/r46.md V3–V6, V8)."""

from __future__ import annotations

import hashlib
import hmac
import re

from collector.adapters.r46.forms import Merged
from collector.adapters.r46.merge import merge
from collector.adapters.r46.redact import holds_secret, scrub
from collector.errors import Rejected
from collector.reading.values import identifier
from collector.wire import Shop, Shops, WireRequest

_HEX30 = re.compile(r"[0-9a-fA-F]{30}", re.ASCII)

Note = tuple[str, int]
"""A code and the status strict mode answers, 0 for none."""


def read(request: WireRequest, shops: Shops, *, columns: bool = True) -> tuple[Merged, Shop]:
    """What was sent, without the secret, and by which shop; raises Rejected (V2–V6).

    `columns`: whether `item_id` and its like may be items in the old form (E3).
    """
    try:
        merged = merge(request, columns=columns)
    except Rejected as refusal:
        raise _as_strict(refusal, shops) from None
    shop = authorise(merged, shops)
    if merged.secrets or holds_secret(request):
        merged.secret = True
        if holds_secret(request, more_than=len(merged.secrets)):
            merged.values = scrub(merged.values)
    return merged, shop


def _as_strict(refusal: Rejected, shops: Shops) -> Rejected:
    """A body that is no JSON is 406 for a strict shop, if the query tells the shop."""
    shop = shops.find(refusal.shop_id) if refusal.shop_id else None
    if shop is None:
        refusal.shop_id = ""
    elif shop.strict:
        refusal.status = 406
    return refusal


def authorise(merged: Merged, shops: Shops) -> Shop:
    """The shop named by `shop_id`, which is taken out; raises Rejected without one."""
    shop_id = identifier(merged.values.pop("shop_id", None))
    if shop_id is None:
        raise Rejected("auth_missing", status=401)
    return known(shop_id, shops)


def known(shop_id: str, shops: Shops) -> Shop:
    """The active shop of that id; raises Rejected where there is none."""
    shop = shops.find(shop_id)
    if shop is None:
        raise Rejected("shop_unknown", status=404, shop_id=shop_id[:255])
    if not shop.active:
        raise Rejected("shop_disabled", status=403, shop_id=shop_id)
    return shop


def request_notes(merged: Merged, shop: Shop, request: WireRequest) -> tuple[Note, ...]:
    """What is to be said about the request as such, on each of its events."""
    notes = list(shop_notes(merged, shop))
    for secret in merged.secrets:
        notes.append(("secret_on_public_path", 0))
        if may_use(secret, shop):
            exposed = "origin" in request.headers
            notes.append(("secret_exposed" if exposed else "server_side", 0))
    return tuple(notes)


def shop_notes(merged: Merged, shop: Shop) -> tuple[Note, ...]:
    """What the encoding and the shop's id give reason to say."""
    notes = [(code, _strict(code)) for code in merged.notes]
    if not _HEX30.fullmatch(shop.shop_id):
        notes.append(("field_format:shop_id", 422))
    return tuple(notes)


def may_use(secret: str, shop: Shop) -> bool:
    """Whether it is the shop's own secret; false for a shop that has none."""
    digest = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
    return bool(shop.secret_sha256) and hmac.compare_digest(digest, shop.secret_sha256)


def _strict(code: str) -> int:
    return 422 if code == "field_type:items" else 0
