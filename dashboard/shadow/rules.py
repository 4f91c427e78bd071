"""By which rule of attribution a vendor's claims are compared: its own, as far as it is public, or one that is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from dashboard.filters import PRESETS, winners_of
from dashboard.scope import Scope

OWN_RULES: Final[Mapping[str, str]] = {"r46": "rees46", "retailrocket": "retail_rocket_check"}
"""The preset of each vendor that has told how it credits."""
USUAL: Final = "rees46"
UNSERVED: Final = "markov"
"""A winner that looks at all journeys first; it is not offered here."""


def offered(scope: Scope) -> tuple[str, ...]:
    """Presets that may be chosen, shipped ones first."""
    return tuple(name for name, winner in _winners(scope).items() if winner != UNSERVED)


def rule_of(vendor: str, scope: Scope) -> str:
    """The preset that the address chooses, else the vendor's own, else the usual one."""
    return scope.filters.rule if scope.filters.rule in offered(scope) else OWN_RULES.get(vendor, USUAL)


def winner_of(preset: str, scope: Scope) -> str:
    return _winners(scope)[preset]


def under(preset: str, scope: Scope) -> Scope:
    """The same page under that rule."""
    return replace(scope, filters=replace(scope.filters, preset=preset, model=winner_of(preset, scope)))


def _winners(scope: Scope) -> Mapping[str, str]:
    return {**PRESETS, **winners_of(scope.presets)}
