"""Which channels, campaigns, pages and sites bring visitors, and which of them bring orders?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from dashboard import charts, format
from dashboard.page import Card, Column, Grid, Kind, Page, Panel, Row, Tables, View
from dashboard.scope import Scope
from dashboard.wilson import interval

SOURCES: Final = "campaigns/sources"
TABS: Final = ("channels", "campaigns", "landing", "referrers")
SHOWN: Final = 10
LINK: Final = "?utm_source=newsletter&utm_medium=email&utm_campaign=spring"
OF_TABS: Final = {
    "channels": "channel",
    "campaigns": "source",
    "landing": "landing",
    "referrers": "referrer",
}
"""What a row of a tab keeps the visitors of."""
OF_LINK: Final = (
    Column(name="medium", title="campaigns.medium", absent="campaigns.no_medium", chip="medium"),
    Column(name="campaign", title="campaigns.campaign", absent="campaigns.no_campaign", chip="campaign"),
)
NUMBERS: Final = (
    Column(name="sessions", kind="count"),
    Column(name="visitors", kind="count", absent="campaigns.overlap"),
    Column(name="new_visitors", kind="count", title="campaigns.new_visitors"),
    Column(name="orders", kind="count"),
    Column(name="conversion", kind="percent", absent="absent.no_sessions"),
    Column(name="interval", title="campaigns.interval", absent="absent.no_sessions", sortable=False),
    Column(name="revenue", kind="money"),
    Column(name="share", kind="percent", absent="absent.no_revenue"),
)


def cards(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The totals; first touch gives every visitor one source, so that its visitors can be added."""
    sums = totals([row for row in tables[SOURCES].rows if row["credit"] == "first"])
    kinds: tuple[tuple[str, Kind], ...] = (
        ("sessions", "count"),
        ("visitors", "count"),
        ("new_visitors", "count"),
        ("orders", "count"),
        ("revenue", "money"),
        ("conversion", "percent"),
    )
    return {"cards": [_card(name, kind, sums[name], scope) for name, kind in kinds]}


def _card(name: str, kind: Kind, value: Any, scope: Scope) -> Card:
    return Card(
        name=name,
        title=f"campaigns.{name}" if name == "new_visitors" else f"columns.{name}",
        kind=kind,
        value=value,
        absent="absent.no_sessions",
        currency=scope.currency,
        define=f"campaigns.define_{name}",
    )


def totals(rows: Sequence[Row]) -> Row:
    """Sums of the parts of one credit; a sum with an unknown part is unknown."""
    names = ("sessions", "visitors", "new_visitors", "converted", "orders")
    sums: dict[str, Any] = {name: _sum(row[name] for row in rows) for name in names}
    sums["revenue"] = sum((row["revenue"] for row in rows), Decimal(0))
    sums["conversion"] = sums["converted"] / sums["sessions"] if sums["sessions"] else None
    return sums


def _sum(values: Any) -> int | None:
    known = list(values)
    return None if None in known else sum(known)


def _grid(credit: str) -> View:
    def view(tables: Tables, scope: Scope) -> Mapping[str, Any]:
        rows = named(tables[SOURCES].rows, credit, scope)
        first = Column(
            name="name",
            title=f"campaigns.{scope.tab}_name",
            bar="bar",
            chip=OF_TABS[scope.tab],
            chip_value="known",
        )
        more = OF_LINK if scope.tab == "campaigns" else ()
        grid = Grid(
            columns=(first, *more, *NUMBERS),
            rows=_sorted(rows, credit, scope),
            name=credit,
            empty="campaigns.nothing",
        )
        return {"grid": grid, "how": LINK if scope.tab == "campaigns" and _untagged(rows) else ""}

    return view


def _untagged(rows: Sequence[Row]) -> bool:
    """Whether no session of the period came by a link that names a campaign."""
    return not any(row["source"] or row["medium"] or row["campaign"] for row in rows)


def named(rows: Sequence[Row], credit: str, scope: Scope) -> list[Row]:
    """The rows of one credit as people read them; what nobody sent has a name too."""
    chosen = [row for row in rows if row["credit"] == credit]
    top = max((row["revenue"] for row in chosen), default=Decimal(0))
    return [
        {
            **row,
            "name": _name(row, scope),
            "known": row["source"] if row["part"] == "source" else None,
            "medium": row["medium"] or None,
            "campaign": row["campaign"] or None,
            "interval": interval_text(row["converted"], row["sessions"]),
            "bar": row["revenue"] / top if top > 0 else None,
        }
        for row in chosen
    ]


def _name(row: Row, scope: Scope) -> str:
    source = str(row["source"])
    if row["part"] != "source":
        return scope.words(f"campaigns.part_{row['part']}")
    if scope.tab == "channels" and scope.words.has(f"channels.{source}"):
        return scope.words(f"channels.{source}")
    if scope.tab == "campaigns" and not source and (row["medium"] or row["campaign"]):
        return scope.words("campaigns.no_source")
    return source or scope.words(f"campaigns.none_{scope.tab}")


def _sorted(rows: Sequence[Row], credit: str, scope: Scope) -> Sequence[Row]:
    """Sources in the order the address asks for, the two other parts always under them."""
    sources = [row for row in rows if row["part"] == "source"]
    return [*scope.sorted(credit, sources), *(row for row in rows if row["part"] != "source")]


def interval_text(successes: int, trials: int) -> str | None:
    """The 95 % interval of a rate in words; None without a trial."""
    found = interval(successes, trials)
    return None if found is None else f"{format.percent(found.low)} – {format.percent(found.high)}"


def draw(tables: Tables, scope: Scope) -> charts.Chart | None:
    """What the ten sources that earn most bring, by the last non-direct one."""
    rows = [row for row in named(tables[SOURCES].rows, "last", scope) if row["part"] == "source"]
    shown = [{**row, "label": _label(row)} for row in rows[:SHOWN] if row["revenue"] > 0]
    if not shown:
        return None
    return charts.bars(
        shown,
        label="label",
        value="revenue",
        kind="money",
        currency=scope.currency,
        about="campaigns.about_revenue",
    )


def _label(row: Row) -> str:
    return " · ".join(str(row[name]) for name in ("name", "medium", "campaign") if row[name])


PAGE = Page(
    slug="campaigns",
    order=80,
    tabs=TABS,
    panels=(
        Panel(name="cards", queries=(SOURCES,), view=cards, cards=6),
        Panel(name="last", queries=(SOURCES,), view=_grid("last"), draw=draw, tall=True),
        Panel(name="first", queries=(SOURCES,), view=_grid("first")),
    ),
)
