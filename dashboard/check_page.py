"""The tab "Checks" of Data quality: every check with its history, one of them opened, its thresholds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from collector.control.thresholds import Threshold
from collector.errors import OperatorError
from collector.wire import Shop
from dashboard import charts, checks, format, translated
from dashboard.checks import CHECKS, Check, Result
from dashboard.desk import ControlView, Desk
from dashboard.forms import Form
from dashboard.page import Row, Tables
from dashboard.scope import CHECKED_DAYS, Scope

TAB: Final = "checks"
THRESHOLDS: Final = "quality/thresholds"
QUERIES: Final = (THRESHOLDS, *(check.query for check in CHECKS))
EXAMPLES: Final = 50
_PERCENT: Final = re.compile(r"[0-9]{1,6}([.,][0-9]{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Example:
    """A thing that a check found, and where it opens."""

    day: str
    id: str
    said: str
    href: str


def facts(control: ControlView, shop: Shop) -> Mapping[str, Any]:
    """The thresholds in force for the shop, as `quality/thresholds` reads them."""
    own = control.thresholds.of(shop.shop_id)
    told = [
        {"name": name, "warn": one.warn, "alarm": one.alarm, "own": name in own}
        for name, one in checks.thresholds(own).items()
    ]
    return {"thresholds": json.dumps(told)}


def results(tables: Tables) -> dict[str, Result]:
    """Every check judged, by name."""
    given = {row["name"]: Threshold(warn=row["warn"], alarm=row["alarm"]) for row in tables[THRESHOLDS].rows}
    found: dict[str, Result] = {}
    for check in CHECKS:
        threshold = given.get(check.name, check.usual)
        missing = tables.missing(check.query)
        found[check.name] = (
            checks.unanswered(check, threshold, missing.key)
            if missing
            else checks.judge(check, tables[check.query].rows, threshold)
        )
    return found


def overview(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """A row a check: what is wrong first."""
    told = sorted(results(tables).values(), key=lambda one: checks.STATUSES.index(one.status))
    return {
        "rows": [_row(one, scope) for one in told],
        "counts": {status: sum(one.status == status for one in told) for status in checks.STATUSES},
        "days": CHECKED_DAYS,
        "chosen": _chosen(scope),
    }


def _row(one: Result, scope: Scope) -> Row:
    name = one.check.name
    return {
        "name": name,
        "status": one.status,
        "title": scope.words(f"checks.{name}"),
        "href": scope.here(code=name) + "#check",
        "value": one.value,
        "amount": _amount(one, scope),
        "because": because(one.because, scope),
        "last": one.last,
        "last_day": one.last_day,
        "thresholds": _limits(one.warn, one.alarm, scope),
        "days_over": one.days_over,
        "spark": one.history if any(value is not None for value in one.history) else (),
        "mend": scope.words(f"checks.{name}_mend") if one.status in ("alarm", "warn") else "",
    }


def because(key: str, scope: Scope) -> str:
    """Why a value is not known, in words."""
    if not key:
        return ""
    return scope.words(key, seconds="10", rows="10000") if key.startswith("panel.") else scope.words(key)


def _amount(one: Result, scope: Scope) -> str:
    """What the value is made of: found of examined, or the worst day against what was expected."""
    if one.value is None:
        return ""
    key = "checks.worst" if one.check.worst else "checks.of"
    told = scope.words(key, found=format.count(one.found), base=format.count(one.base))
    return f"{one.about}: {told}" if one.about else told


def _limits(warn: float | None, alarm: float | None, scope: Scope) -> str:
    never = scope.words("checks.never")
    shown = [never if value is None else format.percent(value) for value in (warn, alarm)]
    return " / ".join(shown)


def _chosen(scope: Scope) -> Check | None:
    return checks.BY_NAME.get(scope.filters.code)


def opened(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The check that the address names: its definition, thresholds, days and examples."""
    check = _chosen(scope)
    if check is None:
        return {"check": None}
    query, rows = translated.question(check.query, scope.words), tables[check.query].rows
    threshold = next(row for row in tables[THRESHOLDS].rows if row["name"] == check.name)
    return {
        "check": check,
        "row": _row(results(tables)[check.name], scope),
        "define": query.define,
        "sql": query.sql,
        "csv": scope.data("csv", check.query),
        "mend": scope.words(f"checks.{check.name}_mend"),
        "days": [_day(row, scope) for row in reversed(rows)],
        "examples": _examples(check, rows, scope),
        "own": threshold["own"],
        "warn": _shown(threshold["warn"]),
        "alarm": _shown(threshold["alarm"]),
        "action": scope.here(),
        "back": scope.here(code=""),
    }


def _day(row: Row, scope: Scope) -> Row:
    key = "checks.worst" if row["about"] is not None else "checks.of"
    return {
        "day": row["day"],
        "value": row["value"],
        "amount": scope.words(key, found=format.count(row["found"]), base=format.count(row["base"])),
        "about": row["about"] or "",
    }


def _shown(value: float | None) -> str:
    """A threshold as its form has it: per cent, empty for never."""
    return "" if value is None else f"{Decimal(str(value)) * 100:.4f}".rstrip("0").rstrip(".")


def _examples(check: Check, rows: Any, scope: Scope) -> list[Example]:
    """The newest first, each once a day."""
    found: dict[tuple[Any, str], Example] = {}
    for row in reversed(rows):
        for one, said in zip(row["ids"], row["said"], strict=True):
            found.setdefault(
                (row["day"], one), Example(format.day(row["day"]), one, said, _link(check, one, scope))
            )
    return list(found.values())[:EXAMPLES]


def _link(check: Check, one: str, scope: Scope) -> str:
    if check.thing == "products":
        return scope.url("products", find=one)
    return scope.detail(check.thing, one)


def draw(tables: Tables, scope: Scope) -> charts.Chart | None:
    """The history of the opened check."""
    check = _chosen(scope)
    if check is None or not any(row["value"] is not None for row in tables[check.query].rows):
        return None
    series = [charts.Series("value", scope.words(f"checks.{check.name}"))]
    return charts.lines(
        tables[check.query].rows, series, x="day", kind="percent", about="checks.about_history"
    )


def change(desk: Desk, scope: Scope, form: Form) -> str:
    """Set the thresholds of a check, or go back to its own; raises OperatorError for what is no percentage."""
    check = checks.BY_NAME.get(form.get("check"))
    if check is None:
        raise OperatorError("there is no check of that name")
    if form.get("usual"):
        desk.control.thresholds.clear(scope.shop.shop_id, check.name)
    else:
        threshold = Threshold(warn=percent_of(form.get("warn")), alarm=percent_of(form.get("alarm")))
        desk.control.thresholds.set(scope.shop.shop_id, check.name, threshold)
    return scope.here(tab=TAB, code=check.name)


def percent_of(text: str) -> float | None:
    """A share of one from a percentage as people write it: "2.5", "2,5 %"; None for nothing."""
    plain = text.replace("%", "").strip()
    if not plain:
        return None
    if not _PERCENT.fullmatch(plain):
        raise OperatorError(f"{text[:40]!r} is no percentage; write 2.5 for 2.5 %")
    return float(plain.replace(",", ".")) / 100
