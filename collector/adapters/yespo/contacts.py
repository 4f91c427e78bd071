"""POST /api/v1/contact and /contacts: who a customer is (docs/wire/yespo.md §5)."""

from __future__ import annotations

from typing import Any

from collector.adapters.yespo.access import VENDOR, sender
from collector.adapters.yespo.identity import LOCATORS, Write, email, identify, phone
from collector.adapters.yespo.replies import first_refused
from collector.errors import Rejected
from collector.reading.draft import Draft, Setting, Unusable, all_or_nothing
from collector.reading.requests import kept, read_json, screened, setting
from collector.reading.values import plain, text
from collector.wire import Decoded, Judged, Shop, Shops, WireRequest

ENDPOINT = "yespo.contact"
_CHANNELS: dict[str, tuple[str, Write]] = {
    "email": ("email", email),
    "sms": ("phone", phone),
    "phone": ("phone", phone),
}
_EMPTY = Judged(outcome="ignored", codes=("envelope_empty",))


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """An identification for every contact of the body."""
    shop = sender(request, shops)
    contacts, base, notes = _contacts(request, shop)
    same = setting(request, shop, VENDOR, notes)
    judged = [
        _judge(same, seq, "" if base is None else f"{base}/{seq}", one) for seq, one in enumerate(contacts)
    ]
    judged = screened(judged or [_EMPTY], request, shop, browser=False)
    refused = first_refused(judged)
    return Decoded(
        shop_id=shop.shop_id,
        vendor=VENDOR,
        endpoint=ENDPOINT,
        judged=all_or_nothing(judged),
        raw=kept(request, anonymous=same.anonymous),
        facts={"refused": refused.codes[0]} if refused else {},
    )


def _contacts(request: WireRequest, shop: Shop) -> tuple[list[Any], str | None, list[str]]:
    """The contacts, the pointer to their list (None for a single one), and notes; raises Rejected."""
    body, notes = read_json(request, shop.shop_id)
    if isinstance(body, list):
        return body, "", notes
    if not isinstance(body, dict):
        raise Rejected("wrong_shape", status=400, shop_id=shop.shop_id, keep_raw=True)
    listed = body.get("contacts")
    return (listed, "/contacts", notes) if isinstance(listed, list) else ([body], None, notes)


def _judge(same: Setting, seq: int, pointer: str, contact: Any) -> Judged:
    draft = Draft(setting=same, name="contact", seq=seq, pointer=pointer)
    if not isinstance(contact, dict):
        return draft.set_aside(Unusable("wrong_shape"))
    values = dict(contact)
    identify(draft, values, LOCATORS)
    _channels(draft, values.pop("channels", None))
    if not draft.is_somebody():
        draft.note("identity_missing", strict=True)
    for name, value in values.items():
        if value is not None and value != "":
            draft.props[name] = plain(value)
    return draft.finish("identify")


def _channels(draft: Draft, given: Any) -> None:
    """The first address and the first number are the contact's; other ways to reach it are properties."""
    others = []
    for channel in given if isinstance(given, list) else [given] if given else []:
        kind = text(channel.get("type")) if isinstance(channel, dict) else None
        column, write = _CHANNELS.get((kind or "").lower(), ("", None))
        if write is None or column in draft.columns:
            others.append(plain(channel))
        else:
            write(draft, channel.get("value"), column)
    if others:
        draft.props["channels"] = others
