"""POST /api/v2: the web tracker, which carries events, contacts and logs alike (docs/wire/yespo.md §4).

It refuses nothing that can be read, so strict mode changes nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from collector.adapters.yespo.access import VENDOR, Site, organisation, site
from collector.adapters.yespo.identity import GENERAL, LOCATORS, device, identify
from collector.adapters.yespo.pages import Page, read_page
from collector.event import EventName
from collector.reading.draft import Draft, Setting, Unusable
from collector.reading.moments import epoch
from collector.reading.requests import kept, read_json, screened, setting
from collector.reading.values import identifier, plain
from collector.wire import Decoded, Judged, Raw, Shops, WireRequest

ENDPOINT = "yespo.web"
_LOG = ("log_level", "typeCMS", "errorMessage")
_IGNORED = Judged(outcome="ignored", codes=("ignored_log",))
_UNKNOWN = Judged(outcome="ignored", codes=("wrong_shape",))


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """What the body is decides: an event, a contact, a log of the vendor's plugin, or nothing we know."""
    body, notes = read_json(request)
    if not isinstance(body, dict):
        return _passed_over(request, shops, {}, _UNKNOWN)
    if "GeneralInfo" in body:
        general = body["GeneralInfo"] if isinstance(body["GeneralInfo"], dict) else {}
        found = site(request, shops, site_id=general.get("siteId"), org_id=body.get("orgId"))
        same = _setting(request, found, notes)
        return _decoded(request, found, same, _event(same, body, general))
    if identifier(body.get("webId")) and identifier(body.get("orgId")):
        found = site(request, shops, org_id=body["orgId"])
        same = _setting(request, found, notes)
        return _decoded(request, found, same, _contact(same, body))
    is_log = any(name in body for name in _LOG)
    return _passed_over(request, shops, body, _IGNORED if is_log else _UNKNOWN)


def _setting(request: WireRequest, found: Site, notes: Sequence[str]) -> Setting:
    same = setting(request, found.shop, VENDOR, (*found.notes, *notes))
    return replace(same, strict=False)


def _decoded(request: WireRequest, found: Site, same: Setting, judged: Judged) -> Decoded:
    return Decoded(
        shop_id=found.shop.shop_id,
        vendor=VENDOR,
        endpoint=ENDPOINT,
        judged=screened([judged], request, found.shop, browser=False),
        raw=kept(request, anonymous=same.anonymous),
    )


def _passed_over(request: WireRequest, shops: Shops, body: dict[str, Any], judged: Judged) -> Decoded:
    """Counted for its shop, where it names one, and nothing of what it says is kept."""
    shop = organisation(shops, body.get("orgId"))
    return Decoded(
        shop_id=shop.shop_id if shop else "",
        vendor=VENDOR,
        endpoint=ENDPOINT,
        judged=(judged,),
        raw=Raw(method=request.method, path=request.path),
        store=shop is not None,
    )


def _contact(same: Setting, body: dict[str, Any]) -> Judged:
    draft = Draft(setting=same, name="webcontact")
    device(draft, body.pop("webId"), "webId")
    del body["orgId"]
    identify(draft, body, LOCATORS)
    _rest(draft, body)
    return draft.finish("identify")


def _event(same: Setting, body: dict[str, Any], general: dict[str, Any]) -> Judged:
    draft = Draft(setting=same)
    page = Page(body=body, general=general)
    try:
        kind = _read(draft, page)
    except Unusable as missing:
        return draft.set_aside(missing)
    return draft.finish(kind)


def _read(draft: Draft, page: Page) -> EventName:
    """The event's name; what no rule has taken of the three levels is a property."""
    name = identifier(page.general.get("eventName"))
    if name is None:
        raise Unusable("field_missing:eventName")
    draft.name = name
    draft.key = page.key(name)
    draft.time(epoch(page.general.get("datetime"), draft.setting.received_at, a_second=1000))
    general = {
        name: value
        for name, value in page.general.items()
        if name not in ("eventName", "siteId", "datetime", "cookies")
    }
    _cookies(draft, page.general.get("cookies"))
    identify(draft, general, GENERAL)
    if not draft.is_somebody():
        draft.note("identity_missing")
    kind = read_page(draft, page)
    for values in (general, page.rest(), page.inner):
        _rest(draft, values)
    return kind


def _cookies(draft: Draft, cookies: Any) -> None:
    """`sc` is the browser's id; other cookies are properties."""
    if not isinstance(cookies, dict):
        _rest(draft, {"cookies": cookies})
        return
    device(draft, cookies.get("sc"), "cookies.sc")
    _rest(draft, {"cookies": {name: value for name, value in cookies.items() if name != "sc"}})


def _rest(draft: Draft, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if value is not None and value != "" and value != {} and name not in draft.props:
            draft.props[name] = plain(value)
