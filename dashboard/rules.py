"""The rules a page can credit by: presets that are shipped and a shop's own, in words and as parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from dashboard.filters import OWN, PRESETS, winners_of
from dashboard.scope import Scope

LONGEST_IN_HOURS: Final = 48
WORDED: Final = ("unit", "kinds", "winner", "value", "reset")
PARTS: Final = ("unit", "kinds", "window", "winner", "match", "value", "reset")


def rules(scope: Scope) -> Mapping[str, str]:
    """Every preset of the page's shop, by the name of the address, with its name for people."""
    return {one: name_of(one, scope) for one in (*PRESETS, *(f"{OWN}{own.name}" for own in scope.presets))}


def name_of(preset: str, scope: Scope) -> str:
    """A preset's name for people."""
    return scope.words(f"presets.{preset}") if preset in PRESETS else preset.removeprefix(OWN)


def own_model(scope: Scope) -> str:
    """The winner of the page's preset."""
    winners = {**PRESETS, **winners_of(scope.presets)}
    return winners[scope.filters.preset]


def parts_of(row: Mapping[str, Any], scope: Scope) -> Mapping[str, str]:
    """The seven parameters of a row of presets, in words."""
    match = "message" if row["family"] == "message" else row["match"]
    words = {name: scope.words(f"claims.{name}_{row[name]}") for name in WORDED}
    return {**words, "window": window(row, scope), "match": scope.words(f"claims.match_{match}")}


def window(row: Mapping[str, Any], scope: Scope) -> str:
    """How far back a touch may lie, in words."""
    hours = row["hours"]
    if row["span"] != "time":
        return scope.words(f"claims.window_{row['span']}", zone=scope.zone.key)
    if hours <= LONGEST_IN_HOURS or hours % 24:
        return scope.words("claims.window_hours", hours=hours)
    return scope.words("claims.window_days", days=hours // 24)


def rule_of(scope: Scope) -> str:
    """The preset and model of a page in words, with all seven parameters."""
    preset, model = scope.filters.preset, scope.filters.model
    return scope.words(
        "presets.rule",
        name=name_of(preset, scope),
        model=scope.words(f"presets.model_{model}"),
        parameters=_parameters(preset, scope),
    )


def _parameters(preset: str, scope: Scope) -> str:
    if preset in PRESETS:
        return scope.words(f"presets.{preset}_parameters")
    own = next(one for one in scope.presets if f"{OWN}{one.name}" == preset)
    parts = parts_of(asdict(own), scope)
    return " · ".join(f"{scope.words(f'claims.{name}').lower()} {parts[name]}" for name in PARTS)
