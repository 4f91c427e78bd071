"""What a person should know of an order before believing its figures, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard import format
from dashboard.scope import Scope

Row = Mapping[str, Any]


def state(row: Row, scope: Scope) -> str | None:
    """The status as sent, and whether the order is cancelled or was given back, wholly or in part."""
    status = row["order_status"]
    if row["cancelled"]:
        return scope.words("orders.cancelled", status=status or "–")
    back = returned(row)
    if back == "nothing":
        return status or None
    words = scope.words(f"orders.returned_{back}")
    return scope.words("orders.status_and", status=status, state=words) if status else words


def returned(row: Row) -> str:
    """Whether nothing, a part or the whole of the order was given back."""
    if "returned" in row:
        return str(row["returned"])
    if not row["undone"] and not row["undone_units"]:
        return "nothing"
    whole = row["undone"] >= row["booked"] > 0 or row["undone_units"] >= row["units"] > 0
    return "whole" if whole else "part"


def findings(row: Row, scope: Scope) -> list[str]:
    """Sentences in the order of their weight."""
    return [*_amounts(row, scope), *_given_back(row, scope), *_reports(row, scope), *_who(row, scope)]


def _money(row: Row, name: str) -> str:
    return format.money(row[name], row["own_currency"])


def _amounts(row: Row, scope: Scope) -> list[str]:
    found: list[str] = []
    if row["totals_differ"]:
        told = {"revenue": _money(row, "booked"), "lines_total": _money(row, "lines_total")}
        found.append(scope.words("orders.totals_differ", difference=_money(row, "difference"), **told))
    if row["computed"]:
        found.append(scope.words("orders.computed"))
    if row["lines"] == 0:
        found.append(scope.words("orders.lineless"))
    if row["own_currency"] != scope.currency and row["rate"] is None:
        found.append(scope.words("orders.no_rate", own=row["own_currency"], currency=scope.currency))
    return found


def _given_back(row: Row, scope: Scope) -> list[str]:
    found: list[str] = []
    if row["cancelled"]:
        found.append(scope.words("orders.booked_net" if scope.filters.money == "net" else "orders.booked"))
    elif returned(row) != "nothing":
        found.append(
            scope.words(
                "orders.given_back",
                undone=_money(row, "undone"),
                revenue=_money(row, "booked"),
                units=format.number(row["undone_units"]),
                of=format.number(row["units"]),
                net=_money(row, "net"),
            )
        )
    if row["refunds_apart"]:
        found.append(scope.words("orders.refunds_apart", reports=format.count(row["refunds_apart"])))
    return found


def _reports(row: Row, scope: Scope) -> list[str]:
    found: list[str] = []
    if row["changes"]:
        found.append(scope.words("orders.changed", times=format.count(row["changes"])))
    if row["duplicates"]:
        found.append(scope.words("orders.duplicates", times=format.count(row["duplicates"])))
    if ", " in row["surfaces"]:
        found.append(scope.words("orders.surfaces", surfaces=row["surfaces"], surface=row["surface"] or "–"))
    return found


def _who(row: Row, scope: Scope) -> list[str]:
    if row["bot"]:
        return [scope.words("why.order_of_bot")]
    return [scope.words("why.no_visitor")] if row["visitor_id"] is None else []
