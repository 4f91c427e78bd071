"""Whose request it is and whether it may speak (docs/wire/exponea.md, "Auth").

A project or a stream is public and says whose the request is; the Authorization header opens it. The
legacy paths carry no credential: there the project alone counts, as long as the shop lets it.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from collector import options
from collector.adapters.exponea.tokens import is_signed
from collector.errors import Rejected
from collector.reading.credentials import authorization, basic, opens
from collector.reading.parameters import parameters
from collector.reading.requests import active
from collector.wire import Key, Shop, Shops, WireRequest

VENDOR = "exponea"
PRIVATE = frozenset({"basic"})
PUBLIC = frozenset({"basic", "token", "bearer"})


def shop_of(request: WireRequest, shops: Shops, schemes: frozenset[str] = PUBLIC) -> Shop:
    """The shop of a project or stream that one of the schemes opens.

    Raises Rejected: 404 for an unknown project, 403 for a shop that is off, 401 without a right key.
    """
    keys = _keys(request, shops)
    if not keys:
        raise Rejected("shop_unknown", status=404)
    opened = _opened(keys, request, schemes)
    shop = active(shops, (opened or keys)[0].shop_id)
    if not opened:
        code = "auth_invalid" if request.headers.get("authorization") else "auth_missing"
        raise Rejected(code, status=401, shop_id=shop.shop_id)
    return shop


def legacy_shop(project: str | None, shops: Shops) -> Shop:
    """The shop of a project that is named without a credential. Raises Rejected as `shop_of` does."""
    keys = shops.keys(VENDOR, "project_token", project) if project else ()
    if not keys:
        raise Rejected("shop_unknown", status=404)
    shop = active(shops, keys[0].shop_id)
    if not options.switch(shop, "exponea.legacy"):
        raise Rejected("auth_missing", status=401, shop_id=shop.shop_id)
    return shop


def _keys(request: WireRequest, shops: Shops) -> Sequence[Key]:
    if "token" in request.params:
        return shops.keys(VENDOR, "project_token", request.params["token"])
    stream = parameters(request.query).get("stream_id")
    return shops.keys(VENDOR, "stream_id", stream) if stream else ()


def _opened(keys: Sequence[Key], request: WireRequest, schemes: frozenset[str]) -> list[Key]:
    """The keys that the header opens; every key is tried, so that the time tells nothing."""
    given = authorization(request.headers.get("authorization"))
    if given is None or given.scheme not in schemes:
        return []
    if given.scheme == "token":
        return [key for key in keys if _is_public(key, given.rest)]
    if given.scheme == "bearer":
        return [
            key
            for key in keys
            if is_signed(given.rest, filter(None, [key.kept.get("jwt_secret")]), request.received_at)
        ]
    pair = basic(given.rest)
    written = f"{pair.user}:{pair.password}" if pair else ""
    return [key for key in keys if opens(key, "private_key", written)]


def _is_public(key: Key, token: str) -> bool:
    known = key.public.get("public_token", "")
    return hmac.compare_digest(known.encode(), token.encode("utf-8", "replace")) and bool(known)
