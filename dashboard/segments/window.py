"""What the RFM cube is made of: the orders of its window in numbers, and the choice of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboard import format
from dashboard.filters import METHODS, MONTHS
from dashboard.page import Card, Kind, Row, Tables
from dashboard.scope import Scope

TOTALS: Final = "segments/totals"


def totals(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    row = tables[TOTALS].one()
    cards = (
        _card("visitors", row["visitors"], note=_only_elsewhere(row, scope)),
        _card("orders", row["orders"]),
        _amount("revenue", row["revenue"], scope),
        _amount("returned", row["cancelled_revenue"] + row["returned"], scope, _given_back(row, scope)),
        _amount("net", row["net"], scope),
        _amount("order_value", row["order_value"], scope),
        _card(
            "coverage",
            row["attributable"] / row["orders"] if row["orders"] else None,
            kind="percent",
            absent="absent.no_orders",
        ),
    )
    return {"cards": cards, "window": _window(scope), "choices": _choices(scope)}


def _card(name: str, value: Any, *, kind: Kind = "count", **more: Any) -> Card:
    title, define = f"segments.card_{name}", f"segments.define_{name}"
    return Card(name=name, title=title, define=define, kind=kind, value=value, **more)


def _amount(name: str, value: Any, scope: Scope, note: str = "") -> Card:
    return _card(name, value, kind="money", currency=scope.currency, note=note, absent="absent.no_orders")


def _only_elsewhere(row: Row, scope: Scope) -> str:
    left = row["other_currency_only"]
    return scope.words("segments.other_currency", visitors=format.count(left)) if left else ""


def _given_back(row: Row, scope: Scope) -> str:
    if not row["refunds"] and not row["cancelled"]:
        return ""
    return scope.words(
        "segments.given_back", refunds=format.count(row["refunds"]), cancelled=format.count(row["cancelled"])
    )


def _window(scope: Scope) -> str:
    window = scope.window
    return scope.words(
        "segments.window",
        start=format.moment(window.start, scope.zone),
        until=format.moment(window.until, scope.zone),
    )


def _choices(scope: Scope) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Links to the other methods and windows; a cell of one method is none of the other."""
    return {
        "methods": [
            {
                "text": scope.words(f"segments.method_{method}"),
                "href": scope.here(method=method, cell=""),
                "chosen": method == scope.filters.method,
            }
            for method in METHODS
        ],
        "months": [
            {
                "text": scope.words("segments.months", months=months),
                "href": scope.here(months=months, cell=""),
                "chosen": months == scope.filters.months,
            }
            for months in sorted(MONTHS, key=int)
        ],
    }
