"""Whom the events are compared with: the shop's destinations, and vendors whose tag it uses without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from collector.control.destinations import Stored
from collector.destinations import kinds
from dashboard.desk import ControlView
from dashboard.scope import Scope

UNTOLD: Final = ("webhook", "file")
"""Kinds that make no report of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`code` is what the address calls it: a destination's id, else the vendor. `vendor` is a kind of destination."""

    code: str
    name: str
    vendor: str
    destination: Stored | None = None


def vendors() -> tuple[str, ...]:
    """Kinds of destinations whose vendors make reports."""
    return tuple(kind for kind in kinds() if kind not in UNTOLD)


def subjects(control: ControlView, scope: Scope) -> Sequence[Subject]:
    """Destinations by name, then vendors that have none: with a key in force, or with an export."""
    shop_id = scope.shop.shop_id
    stored = control.destinations.of(shop_id)
    taken = {one.kind for one in stored}
    speaks = {key.vendor for key in control.keys_of(shop_id) if key.revoked_at is None}
    told = {one.vendor for one in control.vendor_exports.of(shop_id)}
    known = kinds()
    alone = [
        kind
        for kind in vendors()
        if kind not in taken and (kind in told or (known[kind].vendor and known[kind].vendor in speaks))
    ]
    return [
        *(
            Subject(code=one.destination_id, name=one.name, vendor=one.kind, destination=one)
            for one in stored
        ),
        *(Subject(code=kind, name="", vendor=kind) for kind in alone),
    ]


def chosen(control: ControlView, scope: Scope) -> Subject | None:
    """The one that the address names as `code`, else the first whose vendor makes reports, else the first.

    None where there is none. A vendor that is named is one, also where nothing of it is known yet.
    """
    every = subjects(control, scope)
    code = scope.filters.code
    named = next((one for one in every if one.code == code), None)
    if named is None and code in vendors():
        named = Subject(code=code, name="", vendor=code)
    telling = (one for one in every if one.vendor not in UNTOLD)
    return named or next(telling, next(iter(every), None))
