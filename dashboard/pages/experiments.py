"""Does what one group of visitors sees earn more than what the other sees?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dashboard import charts, format, lift, wilson
from dashboard.filters import PLANNED
from dashboard.lift import Comparison, Sample
from dashboard.page import Card, Column, Grid, Kind, Page, Panel, Row, Tables
from dashboard.scope import Scope
from dashboard.trial import Trial, interval_text, lines_of, trial_of

ARMS: Final = "experiments/arms"
DIRECT: Final = "experiments/direct"
BOUND: Final = "experiments/bound"
TRAFFIC: Final = "experiments/traffic"
TABS: Final = ("test", "untested")
TEST: Final = TABS[:1]
UNTESTED: Final = TABS[1:]
"""What can be said, and planned, where no test runs."""
HOW_TO_SHOW: Final = "r46('abSegment', function (arm) { if (arm === 'B') { showTheNewBlock(); } });"
HIDDEN: Final = "experiments.hidden_cell"
NO_INTERVAL: Final = "experiments.no_interval"
ARM_COLUMNS: Final = (
    Column(name="arm", title="experiments.arm", href="link", chip="arm"),
    Column(name="role", title="experiments.role", words="arm_roles"),
    Column(name="visitors", kind="count"),
    Column(name="share", kind="percent", title="experiments.visitor_share"),
    Column(name="buyers", kind="count", title="experiments.buyers", absent=HIDDEN),
    Column(name="orders", kind="count", absent=HIDDEN),
    Column(name="conversion", kind="percent", absent=HIDDEN),
    Column(name="interval", title="experiments.interval", absent=HIDDEN, sortable=False),
    Column(name="spending", kind="money", title="experiments.spending", absent=HIDDEN),
    Column(name="aov", kind="money", absent="experiments.no_aov"),
    Column(name="revenue", kind="money", absent=HIDDEN),
)
RESULT_COLUMNS: Final = (
    Column(name="arm", title="experiments.arm", chip="arm"),
    Column(name="metric", title="experiments.metric", words="arm_metrics"),
    Column(name="control_text", title="experiments.control_value"),
    Column(name="arm_text", title="experiments.arm_value", absent="absent.no_orders"),
    Column(name="difference", title="experiments.difference", absent="experiments.only_conversion"),
    Column(name="difference_interval", title="experiments.interval", absent=NO_INTERVAL),
    Column(name="lift", kind="percent", title="experiments.lift", absent="experiments.no_control"),
    Column(name="lift_interval", title="experiments.interval", absent=NO_INTERVAL),
    Column(name="standing", title="experiments.standing", words="arm_standings"),
)
INCREMENT_COLUMNS: Final = (
    Column(name="arm", title="experiments.arm", chip="arm"),
    Column(name="incremental", kind="money", title="experiments.incremental", absent=HIDDEN),
    Column(name="interval", title="experiments.interval", absent=NO_INTERVAL),
    Column(name="direct", kind="money", title="experiments.direct"),
    Column(name="control_direct", kind="money", title="experiments.control_direct"),
    Column(name="ratio", kind="number", title="experiments.ratio", absent="experiments.no_ratio"),
)


def _trial(rows: Sequence[Row], scope: Scope) -> Trial:
    return trial_of(rows, scope.filters.code, int(scope.filters.planned) / 100)


def arms(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Who is in which arm and what they did; of an arm with a broken split, only who."""
    rows = tables[ARMS].rows
    trial = _trial(rows, scope)
    hidden = {one.arm.name for one in trial.hidden}
    listed = [row for row in rows if row["part"] == "arm"]
    all_visitors = sum(row["visitors"] for row in listed)
    control = trial.control.name if trial.control else ""
    shown = [_arm_row(row, all_visitors, control, row["arm"] in hidden, scope) for row in listed]
    apart = {row["part"]: row["visitors"] for row in rows if row["part"] != "arm"}
    return {
        "grid": Grid(
            columns=ARM_COLUMNS, rows=scope.sorted("arms", shown), name="arms", empty="experiments.none"
        ),
        "mixed": apart.get("mixed", 0),
        "rest": apart.get("rest", 0),
        "foreign": sum(row["orders"] - row["own_currency"] for row in listed),
        "how": "" if listed else HOW_TO_SHOW,
        "plans": _plans(scope) if trial.others else (),
    }


def _plans(scope: Scope) -> Sequence[Mapping[str, Any]]:
    """Links to the other splits that may have been meant."""
    return [
        {
            "name": f"{share} : {100 - int(share)}",
            "href": scope.here(planned=share),
            "current": share == scope.filters.planned,
        }
        for share in sorted(PLANNED, key=int)
    ]


def _arm_row(row: Row, all_visitors: int, control: str, hidden: bool, scope: Scope) -> Row:
    shown: dict[str, Any] = {
        "arm": row["arm"],
        "link": scope.here(code=row["arm"]) if row["arm"] != control else "",
        "role": "control" if row["arm"] == control else "compared",
        "visitors": row["visitors"],
        "share": row["visitors"] / all_visitors,
        **dict.fromkeys(("buyers", "orders", "conversion", "interval", "spending", "aov", "revenue", "low")),
    }
    if hidden:
        return shown
    rate = wilson.interval(row["buyers"], row["visitors"])
    return shown | {
        "buyers": row["buyers"],
        "orders": row["orders"],
        "conversion": row["buyers"] / row["visitors"],
        "interval": interval_text(rate),
        "low": rate.low if rate else None,
        "high": rate.high if rate else None,
        "spending": row["revenue"] / row["visitors"],
        "aov": row["revenue"] / row["own_currency"] if row["own_currency"] else None,
        "revenue": row["revenue"],
    }


def draw_arms(tables: Tables, scope: Scope) -> charts.Chart | None:
    """Conversion of every arm that may be shown, with its interval."""
    grid: Grid = arms(tables, scope)["grid"]
    rows = [row for row in grid.rows if row["conversion"] is not None]
    if len(rows) < 2:
        return None
    return charts.bars(
        rows,
        label="arm",
        value="conversion",
        kind="percent",
        low="low",
        high="high",
        about="experiments.about_arms",
    )


def result(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Every arm against the control, or why that is not shown."""
    rows = tables[ARMS].rows
    trial = _trial(rows, scope)
    shown = [one for one in trial.others if one.standing != "hidden"]
    lines = [line for one in shown for line in lines_of(one, scope.currency)]
    empty = "experiments.all_hidden" if trial.hidden else "experiments.nothing_to_compare"
    return {
        "grid": Grid(columns=RESULT_COLUMNS, rows=lines, empty=empty),
        "control": trial.control.name if trial.control else "",
        "strange": _strange(trial, scope),
        "hidden": [_why(one, scope) for one in trial.hidden],
    }


def _strange(trial: Trial, scope: Scope) -> str:
    """The arm that the address names, where no visitor of the period was in one of that name."""
    named = scope.filters.code
    return named[:80] if named and trial.control and named != trial.control.name else ""


def _why(one: Comparison, scope: Scope) -> str:
    return scope.words(
        "experiments.hidden",
        arm=one.arm.name,
        control=one.control.name,
        arm_visitors=format.count(one.arm.visitors),
        control_visitors=format.count(one.control.visitors),
        planned=f"{scope.filters.planned} : {100 - int(scope.filters.planned)}",
        chance=f"{one.chance:.1e}" if one.chance > 1e-12 else "less than 1e-12",
    )


def increment(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """What each arm earned beyond the control, beside what tools are credited with in it."""
    trial = _trial(tables[ARMS].rows, scope)
    direct = {row["arm"]: row["direct_revenue"] for row in tables[DIRECT].rows}
    rows = [_increment_row(one, direct, scope) for one in trial.others]
    return {"grid": Grid(columns=INCREMENT_COLUMNS, rows=rows, empty="experiments.no_test")}


def _increment_row(one: Comparison, direct: Mapping[str, Any], scope: Scope) -> Row:
    found = one.incremental
    credited = direct.get(one.arm.name, 0)
    ratio = found.value / float(credited) if found and found.interval and credited else None
    return {
        "arm": one.arm.name,
        "incremental": found.value if found else None,
        "interval": interval_text(found.interval, _money(scope)) if found else None,
        "direct": credited,
        "control_direct": direct.get(one.control.name, 0),
        "ratio": ratio,
    }


def _money(scope: Scope) -> Callable[[float], str]:
    return lambda value: format.money(value, scope.currency)


def plan(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """What a test on the traffic of this period could find, before it starts."""
    row = tables[TRAFFIC].one()
    visitors, buyers = row["visitors"], row["buyers"]
    converting = Sample(visitors, float(buyers), float(buyers))
    spending = Sample(visitors, float(row["revenue"]), row["squares"])

    def card(name: str, kind: Kind, value: Any) -> Card:
        title, define = f"experiments.plan_{name}", f"experiments.define_{name}"
        return Card(
            name=name, title=title, define=define, kind=kind, value=value, absent="experiments.no_traffic"
        )

    cards = (
        card("visitors", "count", visitors // 2),
        card("conversion", "percent", buyers / visitors if visitors else None),
        card("find_conversion", "percent", lift.smallest(converting)),
        card("find_spending", "percent", lift.smallest(spending)),
    )
    return {"cards": cards}


def bound(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Without a test: of how many credited lines the visitor knew the item before any tool helped."""
    row = tables[BOUND].one()
    lines = row["direct_lines"]

    def card(name: str) -> Card:
        title, define = f"experiments.bound_{name}", f"experiments.define_bound_{name}"
        value = row[name] / lines if lines else None
        note = scope.words("experiments.bound_of", count=format.count(row[name]), lines=format.count(lines))
        return Card(
            name=f"bound_{name}",
            title=title,
            define=define,
            kind="percent",
            value=value,
            better="",
            absent="experiments.no_direct_lines",
            note=note if lines else "",
        )

    return {"cards": [card(name) for name in ("known", "viewed", "searched", "in_cart")]}


PAGE = Page(
    slug="experiments",
    order=85,
    tabs=TABS,
    panels=(
        Panel(name="result", queries=(ARMS,), view=result, tabs=TEST),
        Panel(name="arms", queries=(ARMS,), view=arms, draw=draw_arms, tabs=TEST),
        Panel(name="increment", queries=(DIRECT, ARMS), view=increment, tabs=TEST),
        Panel(name="plan", queries=(TRAFFIC,), view=plan, tabs=UNTESTED),
        Panel(name="bound", queries=(BOUND,), view=bound, tabs=UNTESTED),
    ),
)
