"""Who may speak for a project (docs/wire/intempt.md, "Who may send")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from collector import options
from collector.errors import Rejected
from collector.reading.credentials import authorization, basic, opens
from collector.reading.parameters import parameters
from collector.reading.requests import active
from collector.wire import Key, Shop, Shops, WireRequest

VENDOR = "intempt"
PARAMETER = "apiKey"


class Sender(NamedTuple):
    """The shop that sends, and what is to be noted of how it named itself."""

    shop: Shop
    notes: tuple[str, ...] = ()


def sender(request: WireRequest, shops: Shops) -> Sender:
    """The shop of organisation, project and source in the path, opened by its key.

    A key without a source is for all sources of its project. Raises Rejected: 404 for a project that
    nobody has and, in strict mode, for an unknown source of a known one; 401 without a right key; 403
    for a shop that is off.
    """
    project = _of_project(request, shops)
    source = request.params.get("source")
    named = [key for key in project if source is None or key.public.get("source") in (None, "", source)]
    shop = active(shops, _opened(named or project, request).shop_id)
    if named:
        return Sender(shop)
    if options.is_strict(shop, VENDOR):
        raise Rejected("shop_unknown", status=404, shop_id=shop.shop_id)
    return Sender(shop, ("shop_unknown",))


def _of_project(request: WireRequest, shops: Shops) -> Sequence[Key]:
    org, project = request.params.get("org", ""), request.params.get("project", "")
    found = [key for key in shops.keys(VENDOR, "org", org) if key.public.get("project") == project]
    if not found:
        raise Rejected("shop_unknown", status=404)
    return found


def _opened(keys: Sequence[Key], request: WireRequest) -> Key:
    """The key that was sent; every one is tried, so that the time tells nothing."""
    sent = _sent(request)
    if sent is None:
        raise Rejected("auth_missing", status=401, shop_id=keys[0].shop_id)
    opened = [key for key in keys if opens(key, "api_key", sent)]
    if not opened:
        raise Rejected("auth_invalid", status=401, shop_id=keys[0].shop_id)
    return opened[0]


def _sent(request: WireRequest) -> str | None:
    """The key as `prefix.secret`, from the header, else from the query; None where there is none."""
    given = authorization(request.headers.get("authorization"))
    if given is not None and given.scheme == "basic":
        pair = basic(given.rest)
        return f"{pair.user}.{pair.password}" if pair else ""
    if given is not None and given.scheme == "apikey":
        return given.rest
    in_query = parameters(request.query).get(PARAMETER)
    return in_query if in_query is not None or given is None else ""
