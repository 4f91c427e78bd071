"""A destination's requests, fed to our own adapter of that vendor as if they had come from outside."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from collector import reasons
from collector.destinations import kinds
from collector.destinations.contract import Context, Deliverable, Mapped, Request, Undeliverable
from collector.event import Event, Item
from collector.transport import canonical_path
from collector.wire import Judged, WireRequest
from tests.adapters.wired import ENDPOINTS, RECEIVED_AT, ROUTES, OneShop
from tests.destinations.cases_runner import options_of, packed

FIELDS: dict[str, tuple[str, ...]] = {
    "loss_ts": ("ts", "ts_source"),
    "loss_identity": ("device_id", "user_id", "email", "phone", "account_id", "alias", "ids"),
    "loss_session": ("session_id", "page_view_id"),
    "loss_page": ("page_url", "page_title", "referrer"),
    "loss_attr": ("recommended_by", "recommended_code", "ab_segment", "stream"),
    "loss_value": ("value",),
    "loss_currency": ("currency",),
    "loss_tax_shipping": ("tax", "shipping"),
    "loss_coupon": ("coupon", "payment_type"),
    "loss_location": ("location_id",),
    "loss_items": ("items",),
}
"""What a code says of an event."""

ITEM_FIELDS: dict[str, tuple[str, ...]] = {
    "loss_price": ("price", "list_price", "discount"),
    "loss_quantity": ("quantity",),
    "loss_location": ("location_id",),
    "loss_items": (
        "item_group_id",
        "item_variant",
        "item_name",
        "item_brand",
        "item_category",
        "in_stock",
        "index",
        "props",
    ),
}
"""What a code says of a product."""

EVENT_COLUMNS = tuple(
    name
    for name in Event.__struct_fields__
    if name not in ("event_id", "seq", "pointer", "vendor_event", "notes", "order_key")
)


def context(destination: str, options: Mapping[str, Any] | None = None, **given: Any) -> Context:
    """What a mapping may know, for a shop that counts in euros."""
    filled = options_of(kinds()[destination], options)
    return Context(options=filled, received_at=RECEIVED_AT, currency="EUR", **given)


def returned(
    kind: str,
    made: Deliverable,
    context: Context,
    *,
    secrets: Mapping[str, str],
    keys: Sequence[Mapping[str, Any]],
) -> list[Judged]:
    """What our adapter makes of it, in strict mode: it refuses whatever the vendor documents as an error."""
    shops = OneShop({"options": {f"{kind}.strict": "on"}}, keys)
    judged: list[Judged] = []
    for _, request in packed(kinds()[kind], made.commands, context.options, secrets):
        assert isinstance(request, Request)
        judged += _fed(request, shops)
    assert [(one.outcome, one.codes) for one in judged if one.event is None] == []
    return judged


def _fed(request: Request, shops: OneShop) -> Sequence[Judged]:
    parts = urlsplit(request.url)
    path = canonical_path(parts.path)
    found = ROUTES.find(path)
    count = itertools.count()
    headers = {**request.headers, **request.secret_headers}
    wire = WireRequest(
        method=request.method,
        path=path,
        query=parts.query,
        headers={name.lower(): value for name, value in headers.items()},
        params=found.params if found else {},
        body=request.body,
        received_at=RECEIVED_AT,
        request_id="01a1fd57-baac-7000-8000-ffffffffffff",
        new_id=lambda: f"01a1fd57-baac-7000-8000-{next(count):012d}",
    )
    return ENDPOINTS[wire.path].decode(wire, shops).judged


def check_known(mapped: Mapped) -> None:
    """Either of the two, and every code of it in the closed list."""
    codes = [mapped.code] if isinstance(mapped, Undeliverable) else list(mapped.losses)
    groups = {reasons.explain(code).group for code in codes}
    assert groups <= {"undeliverable" if isinstance(mapped, Undeliverable) else "loss"}
    if isinstance(mapped, Deliverable):
        assert mapped.commands
        assert len(set(codes)) == len(codes)


def columns(event: Event) -> dict[str, Any]:
    """The event's columns that mean something to everybody, absent ones left out."""
    return _present({name: getattr(event, name) for name in EVENT_COLUMNS})


def is_equal(sent: Mapping[str, Any], came: Mapping[str, Any], losses: Sequence[str]) -> None:
    """Every column is equal, or absent with its loss told. Nothing is changed, and nothing is new."""
    allowed = {name for code in losses for name in FIELDS.get(code, ())}
    sent, came = _present(sent), _present(came)
    for name in sorted({*sent, *came}):
        if name == "items" and came.get(name):
            _lines_equal(sent.get(name, ()), came[name], losses)
        elif name in allowed and (name not in came or name in ("ts", "ts_source")):
            continue
        elif name in allowed and name in ("ids", "alias"):
            assert _is_part(came[name], sent.get(name, {})), (name, came[name])
        else:
            assert came.get(name) == sent.get(name), (name, came.get(name), sent.get(name))


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in values.items() if value not in (None, (), {}) and value is not False
    }


def _is_part(came: Any, sent: Any) -> bool:
    """Whether nothing came that was not sent."""
    if isinstance(came, Mapping):
        return all(sent.get(name) == value for name, value in came.items())
    return all(one in sent for one in came)


def _lines_equal(sent: Sequence[Item], came: Sequence[Item], losses: Sequence[str]) -> None:
    assert [one.item_id for one in came] == [one.item_id for one in sent]
    allowed = {name for code in losses for name in ITEM_FIELDS.get(code, ())}
    for left, right in zip(sent, came, strict=True):
        old, new = _held(left, Item.__struct_fields__), _held(right, Item.__struct_fields__)
        for name in sorted({*old, *new}):
            if name in allowed and (name not in new or name == "props"):
                continue
            assert new.get(name) == old.get(name), (name, new.get(name), old.get(name))


def needless(event: Event, came: Sequence[Event], losses: Sequence[str]) -> list[str]:
    """Losses that were told of an event which had nothing of the sort, or has it still; time is lost always."""
    return [code for code in losses if code != "loss_ts" and not _is_lost(event, came, code)]


def _is_lost(event: Event, came: Sequence[Event], code: str) -> bool:
    for name in FIELDS.get(code, ()):
        held = getattr(event, name)
        if held not in (None, (), {}, "") and any(getattr(one, name) != held for one in came):
            return True
    lines = [one for event in came for one in event.items]
    for name in ITEM_FIELDS.get(code, ()):
        held_by = [getattr(item, name) for item in event.items]
        if any(held not in (None, (), {}, "") for held in held_by) and held_by != [
            getattr(one, name) for one in lines
        ]:
            return True
    return False


def _held(holder: Any, names: Sequence[str]) -> dict[str, Any]:
    found = {name: getattr(holder, name) for name in names}
    return {name: value for name, value in found.items() if value not in (None, (), {})}
