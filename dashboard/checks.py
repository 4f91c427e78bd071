"""Checks of a shop's data: what each is compared with, and what its history says.

A check is a file in dashboard/queries/quality/checks that tells, day by day, a share of one;
here it is judged. Nothing is stored of it but the thresholds that a shop has set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from collector.control.thresholds import Threshold

Row = Mapping[str, Any]
Status = Literal["ok", "warn", "alarm", "unknown"]
STATUSES: Final[tuple[Status, ...]] = ("alarm", "warn", "unknown", "ok")
FOLDER: Final = "quality/checks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check. `warn` and `alarm` hold where a shop set no others.

    A period of which fewer than `least` can be examined is not judged. The value of a period
    is found divided by examined, or with `worst` that of its worst day. Examples are ids of
    things of the page `thing`.
    """

    name: str
    warn: float
    alarm: float
    least: int = 20
    worst: bool = False
    thing: Literal["", "orders", "quality", "products"] = ""

    @property
    def query(self) -> str:
        return f"{FOLDER}/{self.name}"

    @property
    def usual(self) -> Threshold:
        return Threshold(warn=self.warn, alarm=self.alarm)


CHECKS: Final = (
    Check(name="unseen_purchases", warn=0.10, alarm=0.30, thing="orders"),
    Check(name="unviewed_items", warn=0.05, alarm=0.20, thing="orders"),
    Check(name="price_drift", warn=0.10, alarm=0.30, thing="orders"),
    Check(name="price_swing", warn=0.02, alarm=0.10, thing="products"),
    Check(name="order_rate", warn=0.60, alarm=0.85, worst=True),
    Check(name="totals_differ", warn=0.005, alarm=0.02, thing="orders"),
    Check(name="amount_mismatch", warn=0.01, alarm=0.05, least=1),
    Check(name="orders_missing", warn=0.02, alarm=0.10, least=1),
    Check(name="code_missing", warn=0.01, alarm=0.10, thing="quality"),
    Check(name="tool_unknown", warn=0.01, alarm=0.10, thing="quality"),
    Check(name="init_twice", warn=0.01, alarm=0.05, thing="quality"),
    Check(name="spa_flag", warn=0.01, alarm=0.10, thing="quality"),
    Check(name="clock_skew", warn=0.01, alarm=0.05, thing="quality"),
    Check(name="late", warn=0.05, alarm=0.20, thing="quality"),
    Check(name="browser_drop", warn=0.60, alarm=0.85, worst=True),
    Check(name="page_drop", warn=0.60, alarm=0.85, worst=True),
    Check(name="nobody", warn=0.30, alarm=0.60, thing="quality"),
    Check(name="robots", warn=0.30, alarm=0.60, thing="quality"),
    Check(name="lost", warn=0.001, alarm=0.01, thing="quality"),
)
BY_NAME: Final[Mapping[str, Check]] = {check.name: check for check in CHECKS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a check says of a period. `value` is None, with a text key in `because`, where nothing can be said."""

    check: Check
    status: Status
    value: float | None
    found: int
    base: int
    warn: float | None
    alarm: float | None
    because: str = ""
    about: str = ""  # what the worst day is about
    last_day: date | None = None  # the last day that has a value, and that value
    last: float | None = None
    days_over: int = 0  # days whose value reaches a threshold
    history: tuple[float | None, ...] = ()


def judge(check: Check, days: Sequence[Row], threshold: Threshold) -> Result:
    """The period of these days (one row a day, in order) under a threshold."""
    known = [row for row in days if row["value"] is not None]
    value, because, worst = _value(check, known)
    last = known[-1] if known else None
    shown = [worst] if check.worst and worst else known
    return Result(
        check=check,
        status="unknown" if value is None else _status(value, threshold),
        value=value,
        found=sum(row["found"] for row in shown),
        base=sum(row["base"] for row in shown),
        warn=threshold.warn,
        alarm=threshold.alarm,
        because=because,
        about=str(worst["about"] or "") if check.worst and worst else "",
        last_day=last["day"] if last else None,
        last=last["value"] if last else None,
        days_over=sum(_status(row["value"], threshold) != "ok" for row in known),
        history=tuple(row["value"] for row in days),
    )


def unanswered(check: Check, threshold: Threshold, because: str) -> Result:
    """What is told of a check whose question has no answer."""
    return Result(
        check=check,
        status="unknown",
        value=None,
        found=0,
        base=0,
        warn=threshold.warn,
        alarm=threshold.alarm,
        because=because,
    )


def _value(check: Check, known: Sequence[Row]) -> tuple[float | None, str, Row | None]:
    """The period's value, why there is none, and the worst day."""
    if not known:
        return None, f"checks.{check.name}_absent", None
    worst = max(known, key=lambda row: (row["value"], row["day"]))
    if check.worst:
        return worst["value"], "", worst
    base = sum(row["base"] for row in known)
    if base < check.least:
        return None, "checks.few", worst
    return sum(row["found"] for row in known) / base, "", worst


def _status(value: float, threshold: Threshold) -> Status:
    """Reaching a threshold counts; nothing found is always well."""
    if value > 0 and threshold.alarm is not None and value >= threshold.alarm:
        return "alarm"
    if value > 0 and threshold.warn is not None and value >= threshold.warn:
        return "warn"
    return "ok"


def thresholds(own: Mapping[str, Threshold]) -> Mapping[str, Threshold]:
    """The threshold of every check: the shop's own, else the check's."""
    return {check.name: own.get(check.name, check.usual) for check in CHECKS}
