"""The events of the browser code: from a call to the columns that make it an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from collector.adapters.retailrocket.hidden import PUSH_KEYS, without
from collector.adapters.retailrocket.order import note_signs, order_line
from collector.adapters.retailrocket.visit import Visit
from collector.reading.draft import Unusable
from collector.reading.values import boolean, plain

Reader = Callable[[Visit], str]
"""Writes columns, and returns the canonical event's name; raises Unusable."""


def _page_view(visit: Visit) -> str:
    return "page_view"


def _view(visit: Visit) -> str:
    visit.keep(visit.line())
    return "view_item"


def _group_view(visit: Visit) -> str:
    """Products of the body, or of the query where a page sends them there."""
    value = visit.body
    if isinstance(value, dict):
        value = value.get("productIds")
    elif value is not None:
        raise Unusable("wrong_shape")
    if value is None:
        value = visit.take("productIds")
    items = () if value is None else visit.listed(value, "productIds")
    if not items:
        raise Unusable("field_missing:productIds")
    visit.draft.columns["items"] = items
    return "view_item"


def _basket(event: str) -> Reader:
    def read(visit: Visit) -> str:
        line = visit.line()
        line.quantity(None)
        visit.keep(line)
        return event

    return read


def _category_view(visit: Visit) -> str:
    """A category by the id in the path or by `categoryPath`, which stays a path also where it is digits."""
    columns = visit.draft.columns
    if visit.target:
        visit.draft.id("category_id", visit.target, "category")
    visit.draft.text("category_path", visit.take("categoryPath"), "categoryPath")
    if "category_id" not in columns and "category_path" not in columns:
        raise Unusable("field_missing:categoryPath")
    columns["item_list_type"] = "category"
    return "view_item_list"


def _search(visit: Visit) -> str:
    if visit.draft.text("search_term", visit.take("searchPhrase"), "searchPhrase") is None:
        raise Unusable("field_missing:searchPhrase")
    visit.draft.id("location_id", visit.take("stockId"), "stockId")
    return "search"


def _order(visit: Visit) -> str:
    draft, line = visit.draft, visit.line()
    transaction = draft.id("transaction_id", visit.take("transaction"), "transaction")
    if transaction is None:
        raise Unusable("field_missing:transaction")
    line.amount("price", visit.take("price"), "price")
    line.quantity(visit.take("qnt"), "qnt")
    note_signs(draft, line, "qnt", strict=False)
    draft.id("user_id", visit.take("contactExternalId"), "contactExternalId")
    order_line(draft, line, transaction, "web")
    draft.key = (*draft.key, "0")  # one line a request: nothing equal came before it
    return "purchase"


def _recommended(visit: Visit, code: str | None) -> None:
    columns = visit.draft.columns
    columns["item_list_type"] = "recommendation"
    columns["recommended_by"] = visit.take("suggester") or "recommendation"
    block = visit.take("rrmbid")
    if block is not None:
        columns["item_list_id"] = columns["recommended_code"] = block
    elif code is not None:
        columns["recommended_code"] = code


def _mouse_down(visit: Visit) -> str:
    method = visit.take("suggestMethod")
    _recommended(visit, method)
    if method is not None:
        visit.draft.props["suggest_method"] = method
    visit.keep(visit.line())
    return "select_item"


def _recommended_to_basket(visit: Visit) -> str:
    method = visit.take("suggestMethod")
    _recommended(visit, method)
    if method is not None and visit.draft.columns["recommended_code"] != method:
        visit.draft.props["suggest_method"] = method
    return _basket("add_to_cart")(visit)


def _track(visit: Visit) -> str:
    _recommended(visit, visit.take("suggestMethod"))
    shown = visit.take("recomms")
    if shown is not None:
        visit.draft.columns["items"] = visit.listed(shown, "recomms")
    return "view_item_list"


def _markup_viewed(visit: Visit) -> str:
    _recommended(visit, None)
    return "view_item_list"


def _set_email(visit: Visit) -> str:
    """The visitor's address and attributes: `d.<name>`, of which only the first dot is a mark."""
    if visit.query.get("email") is None:
        raise Unusable("field_missing:email")
    props = visit.draft.props
    attributes = {}
    for name, value in visit.query.pairs:
        if name[:2].lower() == "d." and len(name) > 2:
            visit.used.add(name)
            if value:
                attributes[name[2:]] = value
    if attributes:
        props["d"] = attributes
    agreed = visit.take("isAgreedToReceiveMarketingMail")
    if agreed is not None:
        known = boolean(agreed)
        props["marketing_consent"] = agreed if known is None else known
        if known is None:
            visit.draft.note("field_format:isAgreedToReceiveMarketingMail")
    return "identify"


def _email_click(visit: Visit) -> str:
    columns = visit.draft.columns
    if visit.draft.id("recommended_code", visit.target, "mailTrackingId") is None:
        raise Unusable("field_missing:mailTrackingId")
    columns["recommended_by"] = "email"
    columns["custom_name"] = "emailClick"
    return "custom"


def _push_subscription(visit: Visit) -> str:
    """The subscription without its keys, which are nobody's to read."""
    visit.draft.columns["custom_name"] = visit.draft.name
    if isinstance(visit.body, dict):
        visit.draft.props.update(plain(without(visit.body, PUSH_KEYS)))
    elif visit.body is not None:
        raise Unusable("wrong_shape")
    return "custom"


def other(visit: Visit) -> str:
    """Any other name is the shop's or the vendor's own; all it says is kept."""
    columns = visit.draft.columns
    columns["custom_name"] = visit.draft.name
    products = visit.take("productIds")
    if products is not None:
        columns["items"] = visit.listed(products, "productIds")
    elif visit.target:
        visit.keep(visit.line())
    return "custom"


class Kind(NamedTuple):
    """A call by its documented name, how it is read, whether it has a body, and whether it is a visitor's."""

    name: str
    read: Reader
    body: bool = False
    visitor: bool = True


KINDS: Mapping[str, Kind] = {
    kind.name.lower(): kind
    for kind in (
        Kind("pageView", _page_view),
        Kind("view", _view),
        Kind("groupView", _group_view, body=True),
        Kind("addToBasket", _basket("add_to_cart")),
        Kind("removeFromBasket", _basket("remove_from_cart")),
        Kind("categoryView", _category_view),
        Kind("search", _search),
        Kind("order", _order),
        Kind("recomMouseDown", _mouse_down),
        Kind("recomAddToBasket", _recommended_to_basket),
        Kind("recomTrack", _track),
        Kind("markupViewed", _markup_viewed),
        Kind("setEmail", _set_email),
        Kind("emailclick", _email_click),
        Kind("webpushsubscription", _push_subscription, body=True),
    )
}
"""By name in lower case."""


def kind_of(written: str) -> Kind:
    """The documented call of that name in any case; else a custom one with the name as written."""
    return KINDS.get(written.lower()) or Kind(written, other)


def snapshot(visit: Visit) -> str:
    """What the shop says of a product."""
    visit.keep(visit.line())
    visit.draft.columns["custom_name"] = "productSnapshot"
    if isinstance(visit.body, dict):
        visit.draft.props.update(plain(visit.body))
    elif visit.body is not None:
        raise Unusable("wrong_shape")
    return "custom"
