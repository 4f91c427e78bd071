"""What the tab Shadow mode of Destinations shows: totals, days, boxes, orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from dashboard import charts, format
from dashboard.destinations.told import label_of
from dashboard.filters import PAGE_SIZE
from dashboard.page import Card, Column, Grid, Row, Tables
from dashboard.rules import name_of
from dashboard.rules import rule_of as rule_text
from dashboard.scope import Scope
from dashboard.shadow import rules
from dashboard.shadow.compare import BOXES
from dashboard.shadow.notes import notes

CHOICE, CLAIMS = "forwarding/shadow_choice", "forwarding/shadow_claims"
DELIVERY, ORDERS = "forwarding/shadow_delivery", "forwarding/shadow_orders"
UNSAID: Final = "shadow.unsaid"
NO_DESTINATION: Final = "shadow.no_destination"


def _column(name: str, kind: Any, absent: str = "absent.unknown") -> Column:
    return Column(name=name, kind=kind, title=f"shadow.{name}", absent=absent, sortable=False)


BY_DAY: Final = (
    _column("day", "day"),
    _column("credited", "money"),
    _column("their_attributed", "money", UNSAID),
    _column("attributed_difference", "money", UNSAID),
    _column("credited_orders", "count"),
    _column("their_claims", "count", UNSAID),
    _column("revenue", "money"),
    _column("their_revenue", "money", UNSAID),
    _column("revenue_difference", "money", UNSAID),
    _column("orders", "count"),
    _column("their_orders", "count", UNSAID),
    _column("orders_difference", "count", UNSAID),
    _column("maturity", "text"),
)
DELIVERED: Final = (
    _column("day", "day"),
    _column("events", "count"),
    *(
        _column(f"events_{name}", "count", NO_DESTINATION)
        for name in ("delivered", "with_loss", "undelivered", "left_out", "early", "open")
    ),
    _column("orders", "count"),
    *(
        _column(f"orders_{name}", "count", NO_DESTINATION)
        for name in ("delivered", "with_loss", "undelivered", "early", "open")
    ),
    _column("why", "text", "shadow.no_reasons"),
)
HERE: Final = ("day", "events", "orders")
BY_ORDER: Final = (
    Column(name="number", title="shadow.number", href="href", sortable=False),
    _column("day", "day"),
    Column(name="box", title="shadow.box", words="shadow", sortable=False),
    _column("credited", "money", "shadow.not_here"),
    _column("attributed", "money", UNSAID),
    _column("revenue", "money", "shadow.not_here"),
    _column("their_revenue", "money", UNSAID),
)


def claims(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Whom it is about, under which rule; totals of the days that can be compared, and every day."""
    subject = subject_of(tables, scope)
    shown = {"choice": _choices(tables, scope), "add": _adding(scope), "subject": subject}
    if subject is None:
        return shown
    rows = tables[CLAIMS].rows
    told = [
        {**row, "maturity": scope.words("shadow.open" if row["immature"] else "shadow.settled")}
        for row in reversed(rows)
    ]
    under = rules.under(subject["rule"], scope)
    return {
        **shown,
        "cards": _cards(rows, scope),
        "grid": Grid(columns=BY_DAY, rows=told),
        "any": any(row["covered"] or row["their_orders"] for row in rows),
        "notes": notes(subject, rows, scope),
        "rule": rule_text(under),
        "rules": [(one, name_of(one, scope), one == subject["rule"]) for one in rules.offered(scope)],
        "hidden": scope_fields(scope),
    }


def scope_fields(scope: Scope) -> list[tuple[str, str]]:
    """What a form that chooses the rule carries on."""
    return [(name, value) for name, value in scope.same() if name != "rule"]


def subject_of(tables: Tables, scope: Scope) -> Row | None:
    """Whom the tab is about, with its name for people; None where there is nobody."""
    found = next((row for row in tables[CHOICE].rows if row["chosen"]), None)
    if found is None:
        return None
    vendor = label_of("destination_kinds", found["vendor"], scope)
    return {**found, "vendor_name": vendor, "title": found["name"] or vendor}


def _choices(tables: Tables, scope: Scope) -> Sequence[Row]:
    return [
        {
            "text": row["name"] or label_of("destination_kinds", row["vendor"], scope),
            "chosen": row["chosen"],
            "href": scope.here(code=row["code"], state="", rule="", find="", event="", reason=""),
        }
        for row in tables[CHOICE].rows
    ]


def _adding(scope: Scope) -> str:
    """Where a destination is set up, for who may; "" for others."""
    if scope.access.shared or not scope.may("owner"):
        return ""
    return scope.url("settings", tab="destinations") + "#destinations_add"


def comparable(rows: Sequence[Row]) -> Sequence[Row]:
    """Days that an export covers and that no longer change."""
    return [row for row in rows if row["covered"] and not row["immature"]]


def _cards(rows: Sequence[Row], scope: Scope) -> list[Card]:
    days = comparable(rows)
    note = scope.words("shadow.days", count=len(days)) if days else ""

    def card(name: str, kind: Any, *, better: Any = "", previous: Any = None) -> Card:
        return Card(
            name=name,
            title=f"shadow.{name}",
            define=f"shadow.define_{name}",
            kind=kind,
            value=total(days, name),
            absent=UNSAID if days else "shadow.no_days",
            currency=scope.currency,
            better=better,
            note=note,
        )

    return [
        card("credited", "money"),
        card("their_attributed", "money"),
        card("attributed_difference", "money"),
        card("orders", "count"),
        card("their_orders", "count"),
        card("revenue_difference", "money"),
    ]


def total(rows: Sequence[Row], name: str) -> Decimal | int | None:
    """The sum over days that tell it; None where none does."""
    known = [row[name] for row in rows if row[name] is not None]
    return sum(known) if known else None


def draw(tables: Tables, scope: Scope) -> charts.Chart | None:
    """Theirs and ours by day; a day that no export covers is a gap in theirs."""
    if not any(row["chosen"] for row in tables[CHOICE].rows):
        return None
    rows = tables[CLAIMS].rows
    if not any(row["credited"] or row["their_attributed"] for row in rows):
        return None
    series = [
        charts.Series("credited", scope.words("shadow.ours")),
        charts.Series("their_attributed", scope.words("shadow.theirs"), "series-3"),
    ]
    return charts.lines(rows, series, x="day", kind="money", currency=scope.currency, about="shadow.about")


def delivered(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Events and orders of each day by what became of them, the newest day first."""
    rows = [{**row, "why": _why(row["reasons"])} for row in reversed(tables[DELIVERY].rows)]
    sent = any(row["events_delivered"] is not None for row in rows)
    columns = DELIVERED if sent else tuple(one for one in DELIVERED if one.name in HERE)
    return {"grid": Grid(columns=columns, rows=rows), "any": bool(rows), "sent": sent}


def _why(reasons: str | None) -> str | None:
    """`r_rejected:3 s_bot:1` for people."""
    if reasons is None:
        return None
    pairs = (part.rpartition(":") for part in reasons.split(" "))
    return ", ".join(f"{code} {format.count(int(count))}" for code, _, count in pairs)


def orders(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """How many orders each box has, and the orders of one of them, or of all."""
    days = tables[CLAIMS].rows
    chosen = scope.filters.state if scope.filters.state in BOXES else ""
    rows = [
        {**row, "href": scope.detail("orders", row["order_key"]) if row["order_key"] else ""}
        for row in tables[ORDERS].rows
    ]
    page = scope.filters.page
    return {
        "boxes": [
            {
                "name": box,
                "orders": sum(row[box] for row in days),
                "href": scope.here(state=box) + "#shadow_orders",
                "chosen": box == chosen,
            }
            for box in BOXES
        ],
        "all": scope.here(state="") + "#shadow_orders" if chosen else "",
        "box": chosen,
        "grid": Grid(columns=BY_ORDER, rows=rows, empty="shadow.no_orders"),
        "newer": scope.here(page=page - 1) if page > 1 else "",
        "older": scope.here(page=page + 1) if len(rows) == PAGE_SIZE else "",
    }
