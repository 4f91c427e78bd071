"""Uploads of shadow mode: the form, what was uploaded, and what the forms do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from collector.control.vendor_exports import VendorExports
from collector.errors import OperatorError
from collector.wire import Shop
from dashboard import format, reconcile_table
from dashboard.desk import Desk
from dashboard.destinations.told import label_of
from dashboard.forms import Form
from dashboard.page import Tables
from dashboard.scope import Scope
from dashboard.shadow.reading import Told, read
from dashboard.shadow.subjects import vendors
from dashboard.shadow.view import subject_of
from dashboard.shadow.words import MEANINGS

TAB: Final = "shadow"
EXPORTS: Final = "forwarding/shadow_exports"
LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a file on this machine; a browser sends 20 MiB at most."""


def exports(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The form of the upload, and what was uploaded of the chosen vendor."""
    subject = subject_of(tables, scope)
    return {
        "rows": [
            {
                **row,
                "days": format.days(row["first_day"], row["last_day"]) if row["first_day"] else "",
                "by": (row["who"] or scope.words("shadow.operator")) if scope.may("analyst") else "–",
            }
            for row in tables[EXPORTS].rows
        ],
        "may": scope.may("analyst") and not scope.access.shared,
        "telling": subject is None or subject["vendor"] in vendors(),
        "action": scope.here(),
        "vendors": [
            (one, label_of("destination_kinds", one, scope), bool(subject and one == subject["vendor"]))
            for one in vendors()
        ],
        "meanings": tuple(MEANINGS),
        "encodings": reconcile_table.ENCODINGS,
        "zone": scope.zone.key,
    }


def upload(desk: Desk, scope: Scope, form: Form) -> str:
    """Keep an export that a browser sent; raises OperatorError where it cannot be read."""
    file = form.files.get("file")
    if file is None or not file.data:
        raise OperatorError("no file was chosen")
    columns = {name: form.get(f"column_{name}") for name in MEANINGS if form.get(f"column_{name}")}
    vendor = form.get("vendor")
    keep(
        desk.control.vendor_exports,
        scope.shop,
        vendor,
        file.data,
        name=file.name,
        told=told_of(columns, form.get("encoding"), form.get("clock")),
        who=scope.access.who,
        now=scope.now,
    )
    mine = desk.control.destinations.of(scope.shop.shop_id)
    code = next(
        (
            one.destination_id
            for one in mine
            if one.kind == vendor and scope.filters.code == one.destination_id
        ),
        next((one.destination_id for one in mine if one.kind == vendor), vendor),
    )
    return scope.here(tab=TAB, code=code, state="")


def undo(desk: Desk, scope: Scope, form: Form) -> str:
    """Take an export back: older ones count again on its days. Raises OperatorError."""
    desk.control.vendor_exports.remove(scope.shop.shop_id, form.get("id"))
    return scope.here(tab=TAB)


def told_of(columns: Mapping[str, str], encoding: str, clock: str) -> Told:
    """What was said of a file; raises OperatorError for an encoding or a clock that is none."""
    if encoding and encoding not in reconcile_table.ENCODINGS:
        raise OperatorError(f"{encoding[:40]!r} is none of {', '.join(reconcile_table.ENCODINGS)}")
    try:
        return Told(columns=columns, encoding=encoding, clock=clock_of(clock))
    except KeyError as error:
        raise OperatorError(f"{clock[:40]!r} is no time zone; one is Europe/Berlin") from error


def keep(
    exports: VendorExports,
    shop: Shop,
    vendor: str,
    data: bytes,
    *,
    name: str,
    told: Told,
    who: str,
    now: datetime,
) -> str:
    """Read a file and keep it; its id. Raises OperatorError."""
    if vendor not in vendors():
        raise OperatorError(f"{vendor[:40]!r} is no vendor; one of {', '.join(vendors())}")
    found = read(data, name, ZoneInfo(shop.timezone), shop.currency, told)
    return exports.add(shop.shop_id, vendor, found.summary, found.rows, who=who, now=now.timestamp())


def clock_of(text: str) -> ZoneInfo | None:
    """The clock of an export; None for the shop's. Raises KeyError for what is no zone."""
    if not text:
        return None
    if text not in available_timezones():
        raise KeyError(text)
    return ZoneInfo(text)
