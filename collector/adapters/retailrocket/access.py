"""Who speaks: a server with partner id and secret key, or a page with the partner id alone."""

from __future__ import annotations

from collector import options
from collector.errors import Rejected
from collector.reading.credentials import digest, opens
from collector.reading.parameters import Parameters
from collector.reading.requests import active
from collector.wire import Shop, Shops

VENDOR = "retailrocket"


def server(query: Parameters, shops: Shops) -> tuple[Shop, tuple[str, ...]]:
    """The shop that `partnerId` and `apiKey` open, and what is to be noted; raises Rejected with 401 or 403.

    Any key in force will do, so that a shop can change its key without a gap. The key alone tells
    the shop too, unless the shop is strict.
    """
    partner, secret = query.get("partnerId"), query.get("apiKey")
    if secret is None:
        raise Rejected("auth_missing", status=401)
    if partner is None:
        return _of_key_alone(secret, shops), ("field_missing:partnerId",)
    keys = shops.keys(VENDOR, "partner_id", partner)
    if not keys:
        raise Rejected("shop_unknown", status=401)
    opened = [key for key in keys if opens(key, "api_key", secret)]
    if not opened:
        raise Rejected("auth_invalid", status=401, shop_id=keys[0].shop_id)
    return active(shops, opened[0].shop_id), ()


def _of_key_alone(secret: str, shops: Shops) -> Shop:
    owners = {key.shop_id for key in shops.keys(VENDOR, "api_key", digest(secret))}
    if len(owners) != 1:
        raise Rejected("auth_invalid", status=401)
    shop = active(shops, owners.pop())
    if options.is_strict(shop, VENDOR):
        raise Rejected("auth_missing", status=401, shop_id=shop.shop_id)
    return shop


def page(partner: str, shops: Shops) -> Shop:
    """The shop of a partner id in a path; raises Rejected with 404 or 403."""
    keys = shops.keys(VENDOR, "partner_id", partner)
    if not keys:
        raise Rejected("shop_unknown", status=404)
    return active(shops, keys[0].shop_id)
