"""Adding a shop from a page: name, domain, currency and time zone; then on to waiting for its first event.

Only who owns the whole installation may: a shop of one's own is no right to make others.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import available_timezones

from collector import shop_settings
from collector.control import sha256
from collector.errors import OperatorError
from collector.snippet import snippet
from collector.wire import Shop
from dashboard import translated
from dashboard.access import Access, Asker, Forbidden
from dashboard.currencies import CODES
from dashboard.desk import ControlView
from dashboard.forms import Form
from dashboard.render import Renderer
from dashboard.reply import Reply

PATH: Final = "/add"
FIELDS: Final = ("name", "domain", "currency", "timezone")


def may(access: Access) -> bool:
    """Whether whoever asks may add shops."""
    return access.everywhere == "owner" and not access.shared


def form(
    renderer: Renderer, asker: Asker, given: Form | None = None, refused: str = "", *, first: bool = False
) -> Reply:
    """The page with the form, as it was filled in; raises Forbidden. `first`: there is no shop yet, said to anybody."""
    if not may(asker.access) and not first:
        raise Forbidden("errors.no_adding")
    facts: dict[str, Any] = {
        "may": may(asker.access),
        "given": {name: given.get(name) if given else "" for name in FIELDS},
        "refused": refused,
        "first": first,
        "currencies": CODES,
        "zones": sorted(available_timezones()),
        "longest": shop_settings.LONGEST_NAME,
    }
    return Reply(body=renderer.page("no_shop.html", **facts), status=400 if refused else 200)


def add(
    renderer: Renderer, control: ControlView, asker: Asker, given: Form, *, there: str, now: datetime
) -> Reply:
    """Make the shop and go on to the page `there`; with a secret, which is told once, by way of a page that tells it.

    What was typed wrongly is told beside the form; raises Forbidden.
    """
    if not may(asker.access):
        raise Forbidden("errors.no_adding")
    secret = secrets.token_urlsafe(24) if given.get("secret") else ""
    try:
        shop = _shop(given, secret)
    except OperatorError as refused:
        return form(renderer, asker, given, translated.why(refused, renderer.texts))
    control.add(shop)
    control.audit.note(now.timestamp(), asker.access.who, shop.shop_id, "shop_added", shop.name)
    onward = f"/{there}?{urlencode({'shop': shop.shop_id})}"
    if not secret:
        return Reply(status=303, location=onward)
    tag = snippet(shop.shop_id, asker.origin)
    return Reply(body=renderer.page("added.html", shop=shop, secret=secret, snippet=tag, onward=onward))


def _shop(given: Form, secret: str) -> Shop:
    """The shop that was typed; raises OperatorError. Without a domain pages of any origin may read our answers."""
    domain = given.get("domain")
    settings = shop_settings.checked({name: given.get(name) for name in ("name", "currency", "timezone")})
    return Shop(
        shop_id=secrets.token_hex(15),
        origins=_origins(domain) if domain else (),
        secret_sha256=sha256(secret) if secret else "",
        **settings,
    )


def _origins(domain: str) -> tuple[str, ...]:
    """The domain with and without www, because a shop answers to both more often than not."""
    origin = shop_settings.origin_of(domain)
    scheme, _, host = origin.partition("://")
    plain = host.removeprefix("www.")
    if "." not in plain or ":" in plain or plain.replace(".", "").isdigit():
        return (origin,)
    return f"{scheme}://{plain}", f"{scheme}://www.{plain}"
