"""The one cookie of ours: a device's id, for a collector under the shop's own domain (§4).

A name for each shop, because shops of one domain would share a common one.
"""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, unquote

from collector.wire import Shop, WireRequest

LIFE_S = 34_560_000  # 400 days
_UNFIT = re.compile(r"[^A-Za-z0-9_-]", re.ASCII)


def name_of(shop: Shop) -> str:
    """`r46did_` and the beginning of the shop's id, as far as a cookie's name can hold it."""
    return "r46did_" + _UNFIT.sub("", shop.shop_id[:8])


def sent_did(request: WireRequest, shop: Shop) -> str | None:
    """The device's id in the request's cookie, as it was set; None without one."""
    try:
        sent = SimpleCookie(request.headers.get("cookie", "")).get(name_of(shop))
    except CookieError:
        return None
    return unquote(sent.value, errors="replace") if sent else None


def setting(request: WireRequest, shop: Shop, did: str) -> str:
    """The Set-Cookie that keeps the id, renewed with each start of a session."""
    secure = "; Secure" if _is_encrypted(request) else ""
    value = quote(did, safe="")
    return f"{name_of(shop)}={value}; Path=/; Max-Age={LIFE_S}; HttpOnly; SameSite=Lax{secure}"


def _is_encrypted(request: WireRequest) -> bool:
    """As the proxy in front says, or as the page shows: an https page calls nothing by http."""
    headers = request.headers
    pages = (headers.get("origin", ""), headers.get("referer", ""))
    return headers.get("x-forwarded-proto") == "https" or any(one.startswith("https://") for one in pages)
