"""What people saved for a shop: presets, segments, funnels, thresholds of checks, rates of currencies."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.checks import BY_NAME
from dashboard.control_tables import question
from dashboard.desk import ControlView
from dashboard.page import Row
from dashboard.scope import Scope

MOST_RATES = 5_000


def _presets(control: ControlView, scope: Scope) -> list[Row]:
    return [
        {
            "name": one.name,
            "unit": one.unit,
            "kinds": one.kinds,
            "window": f"{one.hours}h" if one.span == "time" else one.span,
            "winner": one.winner,
            "match": one.match,
            "value": one.value,
            "reset": one.reset,
        }
        for one in control.presets.of(scope.shop.shop_id)
    ]


def _segments(control: ControlView, scope: Scope) -> list[Row]:
    return [
        {
            "name": one.name,
            "segment_id": one.segment_id,
            "kind": one.kind,
            "created_at": datetime.fromtimestamp(one.created_at, UTC).replace(tzinfo=None),
        }
        for one in control.segments.of(scope.shop.shop_id)
    ]


def _funnels(control: ControlView, scope: Scope) -> list[Row]:
    return [
        {"name": one.name, "steps": one.steps, "window": one.window, "unit": one.unit}
        for one in control.funnels.of(scope.shop.shop_id)
    ]


def _thresholds(control: ControlView, scope: Scope) -> list[Row]:
    found = control.thresholds.of(scope.shop.shop_id)
    return [
        {
            "check": name,
            "warn": one.warn,
            "alarm": one.alarm,
            "usual_warn": BY_NAME[name].warn,
            "usual_alarm": BY_NAME[name].alarm,
        }
        for name, one in sorted(found.items())
        if name in BY_NAME
    ]


def _rates(control: ControlView, scope: Scope) -> list[Row]:
    """The newest first, at most `MOST_RATES`."""
    told = sorted(control.rates.of(scope.shop.shop_id), key=lambda one: one.currency)
    newest = sorted(told, key=lambda one: one.day, reverse=True)[:MOST_RATES]
    return [{"currency": one.currency, "day": one.day, "rate": one.rate} for one in newest]


QUESTIONS = (
    question(
        "presets",
        "Rules of attribution of the shop's own",
        "name:varchar unit:varchar kinds:varchar window:varchar "
        "winner:varchar match:varchar value:varchar reset:varchar",
        "Rules that were saved for this shop, with their seven parameters. "
        "Pages that credit offer them beside the shipped ones.",
        _presets,
    ),
    question(
        "segments",
        "Saved segments",
        "name:varchar segment_id:varchar kind:varchar created_at:timestamp",
        "Segments that were saved for this shop: dynamic ones are a rule, static ones a list of visitors.",
        _segments,
    ),
    question(
        "funnels",
        "Saved funnels of the shop",
        "name:varchar steps:varchar window:varchar unit:varchar",
        "Funnels that were saved for this shop, as an address has them; no steps are the usual ones.",
        _funnels,
    ),
    question(
        "thresholds",
        "Changed thresholds of checks",
        "check:varchar warn:double alarm:double usual_warn:double usual_alarm:double",
        "Checks whose thresholds were changed for this shop, beside those that the check has by itself; null is never.",
        _thresholds,
    ),
    question(
        "rates",
        "Rates of other currencies",
        "currency:varchar day:date rate:decimal",
        "What one unit of a currency is worth in the shop's own from that day of its clock on, "
        "the newest first, at most 5,000.",
        _rates,
    ),
)
