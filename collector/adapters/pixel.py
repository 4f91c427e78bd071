"""GET /pixel.gif: events from mails, noscript and simple servers (docs/wire/r46.md §5.4).

The visitor always gets the picture; what became of the event is in the verdict header.
"""

from __future__ import annotations

from typing import Any

from collector.adapters.r46.access import read, request_notes
from collector.adapters.r46.convert import VENDOR, convert
from collector.adapters.r46.draft import Draft, Setting, Surface
from collector.adapters.r46.envelope import write_eid
from collector.adapters.r46.events import BLOCKS, OWN, STANDARD
from collector.adapters.r46.push import asked, informed
from collector.adapters.r46.redact import raw_of
from collector.reading.screen import privacy, settle, uncounted
from collector.reading.values import identifier, text
from collector.wire import Adapter, Decoded, Endpoint, Judged, Shops, WireReply, WireRequest

ENDPOINT = "rees46.pixel"
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
PICTURE = WireReply(
    body=GIF, content_type="image/gif", headers={"Cross-Origin-Resource-Policy": "cross-origin"}
)
MESSAGES = frozenset({"delivered", "opened", "received", "clicked", "closed"})
WITH_ITEMS = frozenset({"view", "cart", "remove_from_cart", "wish", "remove_wish", "purchase"})
_ADDRESSES = frozenset({"email", "user_email", "phone"})
_NOT_PROPS = ("cb", "_", "gpc", "consent", "eid")
_COLUMNS = (("referrer", "referrer"), ("title", "page_title"), ("pv", "page_view_id"))


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """The event in the query; HEAD is judged alike and leaves no trace."""
    merged, shop = read(request, shops)
    values = merged.values
    private = privacy(request, shop, values)
    hidden = private.anonymous or private.denied
    notes = request_notes(merged, shop, request)
    if not hidden and values.keys() & _ADDRESSES:
        notes += (("pii_in_url", 0),)
    if private.code:
        notes += ((private.code, 0),)
    setting = Setting(
        shop=shop, received_at=request.received_at, new_id=request.new_id, own=True, notes=notes
    )
    name = identifier(values.get("event")) or ""
    codes = uncounted(request, browser=True, opens_mail=name in MESSAGES)
    judged = settle(_judge(request, setting, values, name, hidden), codes, private)
    return Decoded(
        shop_id=shop.shop_id,
        vendor=VENDOR,
        endpoint=ENDPOINT,
        judged=(judged,),
        raw=raw_of(request, secret=merged.secret, anonymous=hidden),
        store=request.method != "HEAD",
        ask=asked(shop, judged, private),
    )


def _judge(request: WireRequest, setting: Setting, values: dict[str, Any], name: str, hidden: bool) -> Judged:
    eid = values.get("eid")
    for unwanted in _NOT_PROPS:
        values.pop(unwanted, None)
    surface: Surface = "push" if name in STANDARD else "custom"
    if name in MESSAGES:
        surface = "track"
        del values["event"]
    elif name in WITH_ITEMS or name in BLOCKS:
        _short_items(values)
    draft = Draft(
        setting=setting,
        surface=surface,
        body=values,
        verb=name if surface == "track" else "",
        anonymous=hidden,
    )
    if eid is not None:
        write_eid(draft, eid)
    if name in OWN or name in BLOCKS or not values.get("referer"):
        _page(draft, request)
    return convert(draft)


def _page(draft: Draft, request: WireRequest) -> None:
    """The page is `referer`, else the Referer header; a page view may tell more."""
    page = request.headers.get("referer")
    if page and not draft.body.get("referer"):
        draft.columns["page_url"] = page.partition("?")[0] if draft.anonymous else page
    for name, column in _COLUMNS:
        if name in draft.body and (found := text(draft.body.pop(name))):
            draft.columns[column] = found


def _short_items(values: dict[str, Any]) -> None:
    """`id`, `amount`, `price` for one item; `item=ID;QTY;PRICE` for each of several."""
    if "items" in values:
        return
    short = values.pop("item", None)
    if short is not None:
        values["items"] = [_short_item(one) for one in (short if isinstance(short, list) else [short])]
    elif "id" in values:
        names = ("id", "amount", "quantity", "price", "name", "brand", "categories", "category", "stock")
        values["items"] = [{name: values.pop(name) for name in names if name in values}]


def _short_item(written: Any) -> dict[str, str]:
    parts = [*str(written).split(";"), "", ""][:3]
    return {name: part for name, part in zip(("id", "amount", "price"), parts, strict=True) if part}


def answer(decoded: Decoded) -> WireReply:
    """The picture, whatever became of the event."""
    return PICTURE


def refuse(code: str, status: int, message: str) -> WireReply:
    """The picture too: but a wrong method is the developer's, who should see it."""
    return WireReply(status=405) if status == 405 else PICTURE


ADAPTER = Adapter(
    name="pixel",
    docs="docs/wire/r46.md",
    endpoints=(
        Endpoint(
            methods=("GET", "HEAD"),
            path="/pixel.gif",
            name=ENDPOINT,
            decode=decode,
            answer=answer,
            refuse=refuse,
            informed=informed,
        ),
    ),
)
