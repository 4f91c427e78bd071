"""What would each vendor's rule, and each model, claim of the same orders?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from collector.control.presets import (
    KINDS,
    LONGEST_NAME,
    MATCHES,
    RESETS,
    UNITS,
    VALUES,
    WINDOW,
    WINNERS,
    preset_of,
)
from dashboard import charts, format, modelled
from dashboard.desk import Desk
from dashboard.forms import Form
from dashboard.page import Column, Grid, Page, Panel, Row, Tables
from dashboard.rules import PARTS, name_of, parts_of
from dashboard.scope import Scope

PRESETS: Final = "claims/presets"
RULES: Final = "rules"
CHOICES: Final = {
    "unit": UNITS,
    "kinds": KINDS,
    "winner": WINNERS,
    "match": MATCHES,
    "value": VALUES,
    "reset": RESETS,
}
TYPED: Final = ("name", "window", *CHOICES)
NAME = Column(name="name", title="claims.own_name", sortable=False)
CURRENCY = Column(name="currency", title="recommendations.currency")
CLAIMED = (
    Column(name="attributed", kind="money", title="claims.attributed"),
    Column(name="orders", kind="count", title="claims.orders"),
    Column(name="share", kind="percent", absent="absent.no_revenue", bar="share"),
    Column(name="delta", kind="money", title="claims.delta"),
    Column(name="delta_text", title="claims.delta_share", absent="claims.no_usual", sortable=False),
    Column(name="revenue", kind="money", title="claims.revenue"),
)
PARAMETERS = tuple(Column(name=f"{name}_text", title=f"claims.{name}", sortable=False) for name in PARTS)


def presets(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """A row a preset, in every currency that orders have."""
    rows = [_told(row, scope) for row in tables[PRESETS].rows]
    mixed = len({row["currency"] for row in rows}) > 1
    name = Column(name="name", title="claims.preset", href="link")
    columns = (name, *((CURRENCY,) if mixed else ()), *CLAIMED, *PARAMETERS)
    counted = next((row["all_orders"] for row in rows), 0)
    return {
        "grid": Grid(
            columns=columns, rows=scope.sorted("presets", rows), name="presets", empty="claims.none"
        ),
        "orders": scope.words("claims.orders_of", orders=format.count(counted)) if rows and not mixed else "",
        "any": bool(rows),
    }


def _told(row: Row, scope: Scope) -> Row:
    """The row with its parameters in words, and the way to Recommendations under its rule."""
    change = row["delta_share"]
    return {
        **row,
        "name": name_of(row["preset"], scope),
        "link": scope.url("recommendations", preset=row["preset"], model=row["winner"]),
        "delta_text": None if change is None else f"{'+' if change > 0 else ''}{format.percent(change)}",
        **_texts(row, scope),
    }


def draw(tables: Tables, scope: Scope) -> charts.Chart | None:
    """Bars in the shop's own currency."""
    rows = [_told(row, scope) for row in tables[PRESETS].rows if row["currency"] == scope.currency]
    if not any(row["attributed"] for row in rows):
        return None
    return charts.bars(rows, label="name", value="attributed", kind="money", currency=scope.currency)


def own(_tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """What the shop has saved itself, and what the form offers."""
    rows = [{"name": one.name, **_texts(asdict(one), scope)} for one in scope.presets]
    return {
        "grid": Grid(columns=(NAME, *PARAMETERS), rows=rows, empty="claims.own_none"),
        "names": [row["name"] for row in rows],
        "choices": {
            name: [(one, _choice(name, one, scope)) for one in all_] for name, all_ in CHOICES.items()
        },
        "window": WINDOW,
        "longest": LONGEST_NAME,
    }


def _texts(row: Row, scope: Scope) -> Row:
    return {f"{name}_text": text for name, text in parts_of(row, scope).items()}


def _choice(part: str, value: str, scope: Scope) -> str:
    return scope.words(f"presets.model_{value}" if part == "winner" else f"claims.{part}_{value}")


def save(desk: Desk, scope: Scope, form: Form) -> str:
    """Keep the rule that was typed."""
    desk.control.presets.save(scope.shop.shop_id, preset_of({part: form.get(part) for part in TYPED}))
    return scope.here()


def remove(desk: Desk, scope: Scope, form: Form) -> str:
    """Forget a rule; a page that was asked for under it shows the usual one."""
    desk.control.presets.remove(scope.shop.shop_id, form.get("name"))
    return scope.here()


PAGE = Page(
    slug="claims",
    order=35,
    tabs=(RULES, modelled.TAB),
    panels=(
        Panel(name="presets", queries=(PRESETS,), view=presets, draw=draw, tabs=(RULES,)),
        Panel(name="own", queries=(), view=own, tabs=(RULES,)),
        Panel(name="models", queries=(modelled.MODELS,), view=modelled.models, tabs=(modelled.TAB,)),
        Panel(name="tools", queries=(modelled.TOOLS,), view=modelled.tools, tabs=(modelled.TAB,)),
    ),
    acts={"save": save, "remove": remove},
)
