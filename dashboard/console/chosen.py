"""Which question an address names: one of the examples, one that was asked, or one that was saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

from dashboard.desk import ControlView
from dashboard.scope import Scope

EXAMPLE: Final = "example:"
FIRST: Final = "revenue_by_day"
EXAMPLES: Final = (FIRST, "searches", "products", "weekdays", "second_orders")
OPERATOR: Final = "operator"
"""Who asks through a link that belongs to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A question and the values it is asked with, as typed. `known` is False for an id that names none."""

    sql: str
    name: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    saved_id: str = ""
    known: bool = True


def chosen(control: ControlView, scope: Scope) -> Chosen:
    """The question of the address; the first example where it names none."""
    run = scope.filters.run
    if not run or run.startswith(EXAMPLE):
        name = run.removeprefix(EXAMPLE) or FIRST
        known = name in EXAMPLES
        return Chosen(sql=example(name if known else FIRST), known=known)
    found = control.queries.find(scope.shop.shop_id, run)
    if found is None:
        return Chosen(sql=example(FIRST), known=False)
    saved = found.query_id if found.name else ""
    return Chosen(sql=found.sql, name=found.name, given=found.given, saved_id=saved)


def who(scope: Scope) -> str:
    """Stands for the person who asks."""
    return scope.access.user_id or OPERATOR


@cache
def example(name: str) -> str:
    """The text of an example. Raises FileNotFoundError for a name that is none."""
    return (files("dashboard.console") / "examples" / f"{name}.sql").read_text().strip()
