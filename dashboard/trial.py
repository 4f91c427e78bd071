"""The arms of a period, what is compared with what, and how a comparison is put in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboard import format, lift, texts
from dashboard.lift import Arm, Comparison, Estimate
from dashboard.wilson import Interval

USUAL_CONTROL: Final = "A"


@dataclass(frozen=True, slots=True)
class Trial:
    """The arms of the period: what the others are compared with, and the others."""

    control: Arm | None
    others: tuple[Comparison, ...]

    @property
    def hidden(self) -> tuple[Comparison, ...]:
        return tuple(one for one in self.others if one.standing == "hidden")


def trial_of(rows: Sequence[Mapping[str, Any]], wanted: str, share: float) -> Trial:
    """The control is the arm `wanted`, else A, else the first by name; it should have `share` of any two arms.

    Rows are those of the query experiments/arms.
    """
    arms = {row["arm"]: _arm(row) for row in rows if row["part"] == "arm"}
    if not arms:
        return Trial(None, ())
    name = next((name for name in (wanted, USUAL_CONTROL) if name in arms), min(arms))
    others = [lift.compare(arms[other], arms[name], share=share) for other in sorted(arms) if other != name]
    return Trial(arms[name], tuple(others))


def _arm(row: Mapping[str, Any]) -> Arm:
    return Arm(
        name=row["arm"],
        visitors=row["visitors"],
        buyers=row["buyers"],
        orders=row["orders"],
        paid=row["own_currency"],
        revenue=float(row["revenue"]),
        squares=row["squares"],
    )


def lines_of(one: Comparison, currency: str) -> list[Mapping[str, Any]]:
    """Conversion, revenue a visitor, and the order value, which is only described, as rows of a table."""
    gap = one.difference

    def both(text: Callable[[Arm], str | None]) -> Mapping[str, Any]:
        return {"control_text": text(one.control), "arm_text": text(one.arm)}

    def money(top: float, bottom: int) -> str | None:
        return format.money(top / bottom, currency) if bottom else None

    told = {
        "difference": points_text(gap.value) if gap else None,
        "difference_interval": interval_text(gap.interval, points_text) if gap else None,
    }
    return [
        {
            **_line("conversion", one, one.conversion),
            **both(lambda arm: format.percent(arm.conversion.mean, 2)),
            **told,
        },
        {**_line("spending", one, one.spending), **both(lambda arm: money(arm.revenue, arm.visitors))},
        {
            **_line("aov", one, None),
            **both(lambda arm: money(arm.revenue, arm.paid)),
            "standing": "described",
        },
    ]


def _line(metric: str, one: Comparison, found: Estimate | None) -> Mapping[str, Any]:
    return {
        "arm": one.arm.name,
        "metric": metric,
        "difference": None,
        "difference_interval": None,
        "lift": found.value if found else None,
        "lift_interval": interval_text(found.interval) if found else None,
        "standing": standing(one.standing, found),
    }


def standing(orders: str, found: Estimate | None) -> str:
    """What may be concluded: nothing from too few orders, a direction from some, else what the interval says."""
    if orders != "enough":
        return orders
    if found is None or found.interval is None:
        return "unknown"
    if found.interval.low > 0:
        return "higher"
    return "lower" if found.interval.high < 0 else "even"


def points_text(value: float) -> str:
    """A difference of rates in percentage points."""
    return f"{format.number(value * 100, 2)}\N{NO-BREAK SPACE}{texts.spoken()('units.points')}"


def interval_text(found: Interval | None, text: Callable[[float], str] = format.percent) -> str | None:
    """An interval in words; None where there is none."""
    return None if found is None else f"{text(found.low)} – {text(found.high)}"
