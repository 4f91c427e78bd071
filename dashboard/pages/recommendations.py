"""Which block, search or message earns what?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from dashboard import chips, chosen_tool, format
from dashboard.earning import TREND, draw_trend, immature_note, trend
from dashboard.journeys import TRANSITIONS
from dashboard.mailed import messages
from dashboard.page import Card, Column, Grid, Page, Panel, Row, Tables
from dashboard.removal import effects
from dashboard.scope import Scope
from dashboard.taking import TAKEN, taken
from dashboard.wilson import interval

TOOLS: Final = "recommendations/tools"
EARNING: Final = ("tools", "codes")
"""The tabs about what is earned."""
HOW_TO_SEND: Final = (
    "r46('track', 'block_view', {recommended_by: 'dynamic', recommended_code: 'BLOCK', items: ['37', '56']});"
)
NO_CLICKS: Final = "recommendations.no_clicks"
NO_IMPRESSIONS: Final = "recommendations.no_impressions"
CODE = Column(name="recommended_code", kind="code", title="columns.code")
EARNED = (
    Column(name="direct_revenue", kind="money", title="recommendations.direct_revenue"),
    Column(name="share", kind="percent", absent="absent.no_revenue"),
    Column(name="direct_orders", kind="count", title="recommendations.direct_orders"),
    Column(
        name="revenue_per_click", kind="money", title="recommendations.revenue_per_click", absent=NO_CLICKS
    ),
    Column(
        name="revenue_per_mille",
        kind="money",
        title="recommendations.revenue_per_mille",
        absent=NO_IMPRESSIONS,
    ),
    Column(name="influenced_revenue", kind="money", title="recommendations.influenced_revenue"),
    Column(name="assisted_revenue", kind="money", title="recommendations.assisted_revenue"),
)
USED = (
    Column(name="impressions_text", title="recommendations.impressions", sortable=False),
    Column(name="click_rate", kind="percent", title="recommendations.click_rate", absent=NO_IMPRESSIONS),
    Column(name="click_interval", title="recommendations.interval", absent=NO_IMPRESSIONS, sortable=False),
    Column(name="clicks", kind="count", title="recommendations.clicks"),
    Column(name="adds", kind="count"),
    Column(name="add_rate", kind="percent", title="recommendations.add_rate", absent=NO_CLICKS),
    Column(name="add_interval", title="recommendations.interval", absent=NO_CLICKS, sortable=False),
    Column(name="clickers", kind="count", title="recommendations.clickers"),
    Column(name="conversion", kind="percent", absent=NO_CLICKS),
    Column(name="conversion_interval", title="recommendations.interval", absent=NO_CLICKS, sortable=False),
)
SUMS = (
    Column(name="part", title="recommendations.part", words="credit_parts"),
    Column(name="currency", title="recommendations.currency"),
    Column(name="amount", kind="money", title="columns.revenue"),
    Column(name="share", kind="percent", absent="absent.no_revenue"),
    Column(name="orders", kind="count", absent="recommendations.orders_overlap"),
)


def totals(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Headline numbers in the shop's currency, and the sums of every currency."""
    rows = tables[TOOLS].rows
    sums = sums_of(rows)
    note = immature_note(tables, scope)
    own = next((one for one in sums if one["currency"] == scope.currency), None)
    grid = Grid(columns=SUMS, rows=_lines(sums))
    narrowed = own if scope.filters.tool or scope.filters.code else None
    cards = chosen_tool.cards(rows, narrowed, note, scope) if narrowed else ()
    return {"cards": cards or _cards(own, note, scope), "grid": grid, "mixed": len(sums) > 1}


def sums_of(rows: Sequence[Row]) -> list[Row]:
    """One row a currency: what tools earned, what nobody did, and the revenue they must sum to.

    The order of currencies is the query's: the shop's own first. A tool without orders
    in any currency stands in the shop's own and adds nothing.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        parts = {"tool": Decimal(0), "other": Decimal(0), "unattributed": Decimal(0), "uncredited": 0}
        one = found.setdefault(row["currency"], parts)
        one["tool" if row["part"] == "rest" else row["part"]] += row["direct_revenue"]
        one |= {"revenue": row["revenue"], "orders": row["orders"], "attributable": row["attributable"]}
        if row["part"] == "unattributed":
            one["uncredited"] = row["direct_orders"]
        one["currency"] = row["currency"]
    return list(found.values())


def _cards(own: Row | None, note: str, scope: Scope) -> Sequence[Card]:
    def amount(name: str, value: Any) -> Card:
        title, define = f"recommendations.card_{name}", f"recommendations.define_{name}"
        return Card(
            name=name,
            title=title,
            define=define,
            kind="money",
            value=value,
            currency=scope.currency,
            note=note,
        )

    def part(name: str, top: Any, bottom: Any, absent: str) -> Card:
        value = top / bottom if bottom else None
        title, define = f"recommendations.card_{name}", f"recommendations.define_{name}"
        return Card(
            name=name,
            title=title,
            define=define,
            kind="percent",
            value=value,
            absent=absent,
            note=note if name == "share" else "",
        )

    if own is None:
        return ()
    direct = own["tool"] + own["other"]
    credited = own["orders"] - own["uncredited"]
    return (
        amount("direct", direct),
        amount("unattributed", own["unattributed"]),
        part("share", direct, own["revenue"], "absent.no_revenue"),
        part("credited", credited, own["orders"], "absent.no_orders"),
        part("coverage", own["attributable"], own["orders"], "absent.no_orders"),
    )


def _lines(sums: Sequence[Row]) -> list[Row]:
    """The sums as a table: what was earned, by whom, and the total under it."""
    lines: list[Row] = []
    for one in sums:
        orders = {"unattributed": one["uncredited"], "revenue": one["orders"], "tool": None, "other": None}
        if not one["other"]:
            del orders["other"]
            orders["tool"] = one["orders"] - one["uncredited"]
        lines += [
            {
                "part": part,
                "currency": one["currency"],
                "amount": one[part],
                "share": one[part] / one["revenue"] if one["revenue"] else None,
                "orders": orders[part],
            }
            for part in ("tool", "other", "unattributed", "revenue")
            if part in orders
        ]
    return lines


def _named(scope: Scope) -> tuple[Column, ...]:
    tool = Column(
        name="recommended_by", kind="code", title="recommendations.tool", href="tool_link", chip="tool"
    )
    return (
        (tool, replace(CODE, href="code_link", chip="block", chip_value="block"))
        if scope.tab == "codes"
        else (tool,)
    )


def _linked(row: Row, scope: Scope) -> Row:
    """Every row is a filter: a tool leads to its codes, a code to itself alone."""
    tool, code = row["recommended_by"], row["recommended_code"]
    return {
        **row,
        "tool_link": scope.here(tool=tool, code="", tab="codes"),
        "code_link": scope.here(tool=tool, code=code) if code else "",
        "recommended_code": code or "–",
        "block": chips.block(tool, code) if code else None,
    }


def earned(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [_linked(row, scope) for row in tables[TOOLS].rows if row["part"] == "tool"]
    columns = (*_named(scope), *EARNED)
    grid = Grid(
        columns=columns, rows=scope.sorted("earned", rows), name="earned", empty="recommendations.no_tools"
    )
    return {"grid": grid, "rest": _rest(tables, scope)}


def _rest(tables: Tables, scope: Scope) -> str:
    """What the codes earned that are not listed; empty where all are."""
    amounts = [
        format.money(row["direct_revenue"], row["currency"])
        for row in tables[TOOLS].rows
        if row["part"] == "rest"
    ]
    return scope.words("recommendations.not_listed", amounts=", ".join(amounts)) if amounts else ""


def used(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    seen: dict[tuple[str, str], Row] = {}
    for row in tables[TOOLS].rows:
        if row["part"] == "tool":
            seen.setdefault((row["recommended_by"], row["recommended_code"]), row)
    rows = [_rated(_linked(row, scope), scope) for row in seen.values()]
    sent = any(row["impressions"] is not None for row in rows)
    columns = (*_named(scope), *(column for column in USED if sent or not column.name.startswith("click_")))
    return {
        "grid": Grid(
            columns=columns, rows=scope.sorted("used", rows), name="used", empty="recommendations.no_tools"
        ),
        "how": HOW_TO_SEND,
        "no_impressions": bool(rows) and not sent,
    }


def _rated(row: Row, scope: Scope) -> Row:
    shown = row["impressions"]
    return {
        **row,
        "impressions_text": scope.words("recommendations.impressions_not_sent")
        if shown is None
        else format.count(shown),
        "click_interval": interval_text(row["clicked_impressions"] or 0, shown or 0),
        "add_interval": interval_text(row["clicks_with_add"], row["clicks"]),
        "conversion_interval": interval_text(row["buyers"], row["clickers"]),
    }


def interval_text(successes: int, trials: int) -> str | None:
    """The 95 % interval of a rate in words; None without a trial."""
    found = interval(successes, trials)
    return None if found is None else f"{format.percent(found.low)} – {format.percent(found.high)}"


PAGE = Page(
    slug="recommendations",
    order=30,
    tabs=(*EARNING, "taken", "effects"),
    panels=(
        Panel(name="totals", queries=(TOOLS, TREND), view=totals, tabs=EARNING),
        Panel(name="trend", queries=(TREND,), view=trend, draw=draw_trend, tabs=EARNING),
        Panel(name="earned", queries=(TOOLS,), view=earned, tabs=EARNING),
        Panel(name="used", queries=(TOOLS,), view=used, tabs=EARNING),
        Panel(name="messages", queries=("recommendations/messages",), view=messages, tabs=EARNING),
        Panel(name="taken", queries=(TAKEN,), view=taken, tabs=("taken",)),
        Panel(name="effects", queries=(TRANSITIONS,), view=effects, tabs=("effects",)),
    ),
)
