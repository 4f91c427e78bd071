"""Whose request it is (docs/wire/yespo.md §2).

The API key is the password of Basic, or a Bearer token, and says by itself which shop it is.
The web tracker needs none: its bodies name the shop.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from collector.errors import Rejected
from collector.reading.credentials import authorization, basic, digest, opens
from collector.reading.requests import active
from collector.reading.values import identifier
from collector.wire import Key, Shop, Shops, WireRequest

VENDOR = "yespo"


class Site(NamedTuple):
    """A tracker's shop, and what is to be said of the credentials that came with the request."""

    shop: Shop
    notes: tuple[str, ...]


def sender(request: WireRequest, shops: Shops) -> Shop:
    """The shop whose API key was sent; raises Rejected with 401, or 403 for a shop switched off."""
    secret = _secret(request)
    if not secret:
        raise Rejected("auth_missing" if secret is None else "auth_invalid", status=401)
    key = _key(shops, secret)
    if key is None or shops.find(key.shop_id) is None:
        raise Rejected("auth_invalid", status=401)
    return active(shops, key.shop_id)


def site(request: WireRequest, shops: Shops, *, site_id: Any = None, org_id: Any = None) -> Site:
    """The shop of a site or organisation, else of an API key; raises Rejected with 404 or 403."""
    secret = _secret(request)
    own = _key(shops, secret) if secret else None
    key = _named(shops, "site_id", site_id) or _named(shops, "org_id", org_id) or own
    if key is None:
        raise Rejected("shop_unknown", status=404)
    ignored = secret is not None and own is None
    return Site(active(shops, key.shop_id), ("auth_ignored",) if ignored else ())


def organisation(shops: Shops, org_id: Any) -> Shop | None:
    """The active shop of an organisation, where there is one."""
    key = _named(shops, "org_id", org_id)
    shop = shops.find(key.shop_id) if key else None
    return shop if shop and shop.active else None


def _secret(request: WireRequest) -> str | None:
    """The key that was sent; "" for a header nobody can read, None where there is none."""
    sent = authorization(request.headers.get("authorization"))
    if sent is None:
        return None
    if sent.scheme == "bearer":
        return sent.rest or None
    if sent.scheme != "basic":
        return ""
    pair = basic(sent.rest)
    if pair is None:
        return ""
    return pair.password or None


def _key(shops: Shops, secret: str) -> Key | None:
    found = shops.keys(VENDOR, "api_key", digest(secret))
    return next((key for key in found if opens(key, "api_key", secret)), None)


def _named(shops: Shops, name: str, value: Any) -> Key | None:
    public = identifier(value)
    found = shops.keys(VENDOR, name, public) if public else ()
    return next((key for key in found if key.public.get(name) == public), None)
