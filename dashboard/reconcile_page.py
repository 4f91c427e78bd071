"""The tab "Reconciliation" of Data quality: upload an export, the last comparisons, one of them opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from collector.control.reconciliations import Day, Reconciliation
from collector.errors import OperatorError
from collector.wire import Shop
from dashboard import format, reconcile, reconcile_table
from dashboard.desk import ControlView, Desk
from dashboard.filters import Filters
from dashboard.forms import Form
from dashboard.page import Card, Column, Grid, Row, Tables
from dashboard.reconcile_ours import zone_of
from dashboard.reconcile_words import MEANINGS
from dashboard.scope import Scope

TAB: Final = "reconcile"
LIST: Final = "quality/reconciliations"
ROWS: Final = "quality/reconciled"
LONGEST_NAME: Final = 120
MOST_TOLERANCE: Final = Decimal(1_000_000)
COLUMNS: Final = (
    Column(name="number", title="reconcile.number", href="href"),
    Column(name="outcome", title="reconcile.outcome", words="reconcile"),
    Column(name="why", title="reconcile.why"),
    Column(name="day", kind="day", title="reconcile.day", absent="reconcile.no_day"),
    Column(name="there", title="reconcile.there", kind="money", absent="reconcile.not_there"),
    Column(name="here", title="reconcile.here", kind="money", absent="reconcile.not_here"),
    Column(name="difference", title="reconcile.difference", kind="money", absent="reconcile.one_side"),
    Column(name="status_there", title="reconcile.status_there", absent="absent.unknown"),
    Column(name="status_here", title="reconcile.status_here", absent="absent.unknown"),
)
SHOWN: Final = 500


def facts(control: ControlView, shop: Shop, filters: Filters) -> Mapping[str, Any]:
    """The shop's reconciliations, the days they cover, and what did not match in the chosen one."""
    kept = control.reconciliations.of(shop.shop_id)
    told = {"reconciled_days": _days(kept)}
    if filters.tab != TAB:
        return told
    rows = control.reconciliations.rows(shop.shop_id, _chosen_id(kept, filters))
    listed = [
        {"id": one.reconciliation_id, "made_at": _moment(one.made_at), **msgspec.to_builtins(one.summary)}
        for one in kept
    ]
    return {
        **told,
        "reconciliations": json.dumps(listed),
        "reconciled": msgspec.json.encode(rows).decode(),
    }


def _chosen_id(kept: Any, filters: Filters) -> str:
    ids = [one.reconciliation_id for one in kept]
    return filters.code if filters.code in ids or not ids else str(ids[0])


def _days(kept: Any) -> str:
    """Each day as the newest reconciliation that has it."""
    newest: dict[Any, Day] = {}
    one: Reconciliation
    for one in kept:
        for day in one.days:
            newest.setdefault(day.day, day)
    return msgspec.json.encode(list(newest.values())).decode()


def _moment(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d %H:%M:%S")


def upload(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """What the form of the upload needs to say."""
    return {"action": scope.here(), "meanings": tuple(MEANINGS), "encodings": reconcile_table.ENCODINGS}


def listed(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The last reconciliations; one of them is open."""
    rows = tables[LIST].rows
    chosen = scope.filters.code
    ids = [row["id"] for row in rows]
    shown = chosen if chosen in ids else next(iter(ids), "")
    return {
        "rows": [
            {
                **row,
                "href": scope.here(code=row["id"]),
                "open": row["id"] == shown,
                "days": _span(row),
            }
            for row in rows
        ]
    }


def _span(row: Row) -> str:
    if row["first_day"] is None:
        return ""
    return format.days(row["first_day"], row["last_day"])


def opened(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The chosen comparison: its counts and sums, and every order that does not match."""
    rows = tables[LIST].rows
    if not rows:
        return {"row": None}
    row = next((one for one in rows if one["id"] == scope.filters.code), rows[0])
    found = [_told(one, scope) for one in tables[ROWS].rows]
    grid = Grid(
        columns=COLUMNS,
        rows=scope.sorted("reconciled", found)[:SHOWN],
        name="reconciled",
        empty="reconcile.all_match",
    )
    return {
        "row": row,
        "cards": _cards(row),
        "grid": grid,
        "left": max(0, len(found) - SHOWN) + row["left_out"],
        "span": _span(row),
        "action": scope.here(),
    }


def _cards(row: Row) -> list[Card]:
    counts = ("matched", *reconcile.OUTCOMES)
    cards = [
        Card(
            name=name,
            title=f"reconcile.{name}",
            kind="count",
            value=row[name],
            better="",
            define=f"reconcile.define_{name}",
        )
        for name in counts
    ]
    cards += [
        Card(
            name=name,
            title=f"reconcile.{name}",
            kind="money",
            value=row[name],
            better="",
            currency=row["currency"],
            define=f"reconcile.define_{name}",
        )
        for name in ("sum_there", "sum_here")
    ]
    return cards


def _told(row: Row, scope: Scope) -> Row:
    both = row["there"] is not None and row["here"] is not None
    return {
        **row,
        "why": scope.words(f"reconcile.because_{row['reason']}"),
        "difference": row["here"] - row["there"] if both else None,
        "href": scope.detail("orders", row["order_key"]) if row["order_key"] else "",
    }


def upload_form(desk: Desk, scope: Scope, form: Form) -> str:
    """Compare the file that was sent and keep the result; raises OperatorError where it cannot be read."""
    file = form.files.get("file")
    if file is None or not file.data:
        raise OperatorError("no file was chosen")
    told = {name: form.get(f"column_{name}") for name in MEANINGS if form.get(f"column_{name}")}
    encoding = form.get("encoding")
    if encoding and encoding not in reconcile_table.ENCODINGS:
        raise OperatorError(f"{encoding[:40]!r} is none of {', '.join(reconcile_table.ENCODINGS)}")
    made = keep(
        desk,
        scope.shop,
        file.data,
        name=file.name,
        told=told,
        encoding=encoding,
        tolerance=tolerance_of(form.get("tolerance")),
        now=scope.now,
    )
    return scope.here(tab=TAB, code=made)


def keep(
    desk: Desk,
    shop: Shop,
    data: bytes,
    *,
    name: str,
    told: Mapping[str, str],
    encoding: str,
    tolerance: Decimal,
    now: datetime,
) -> str:
    """Compare a file with the shop's orders and keep what came of it; the id of the reconciliation."""
    export = reconcile_table.read(data, zone_of(shop), told, encoding)
    if not export.orders:
        raise OperatorError("the file has no row with a number and an amount")
    plain = "".join(sign for sign in name if sign.isprintable())[-LONGEST_NAME:]
    made = reconcile.reconcile(desk.reader, shop, export, name=plain or "export.csv", tolerance=tolerance)
    return desk.control.reconciliations.add(shop.shop_id, now.timestamp(), made.summary, made.days, made.rows)


def tolerance_of(text: str) -> Decimal:
    """Up to which difference amounts are equal; a cent where nothing is said."""
    try:
        value = Decimal(text.replace(",", ".")) if text else Decimal("0.01")
    except InvalidOperation:
        value = Decimal(-1)
    if not (value.is_finite() and 0 <= value <= MOST_TOLERANCE):
        raise OperatorError(f"{text[:40]!r} is no amount for a tolerance; write 0.01")
    return value
