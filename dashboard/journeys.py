"""Removal effects: what share of orders would be lost without a code, by a first-order Markov chain.

Visitors go from code to code as the query attribution/transitions counts it. The effect of a
code is the share of all ways to an order that lead through it: the probability to come to it,
times the probability of an order from it, over the probability of an order at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

TRANSITIONS: Final = "attribution/transitions"
BEGINNING: Final = 0
ORDER: Final = -1
REST: Final = 100
"""The state of all codes that are none of their own."""


def wanted(params: Mapping[str, Any], *, every: bool) -> tuple[str, ...]:
    """The presets that ask for removal effects: the chosen one, and of `every` one those of the shop's own."""
    chosen = (params["preset"],) if params["model"] == "markov" else ()
    own = tuple(one[1] for one in params["own_presets"] if one[7] == "markov") if every else ()
    return tuple(dict.fromkeys((*chosen, *own)))


def listed(preset: str, rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Effects as the parameter `effects` has them: preset, tool, code, effect; the rest has no tool."""
    found = removal_effects(rows)
    names = {row["before"]: (row["recommended_by"] or "", row["recommended_code"] or "") for row in rows}
    return [[preset, *names[state], repr(effect)] for state, effect in found.items()]


def removal_effects(rows: Sequence[Mapping[str, Any]]) -> dict[int, float]:
    """State to effect, from 0 (no order would be lost) to 1 (all of them). No journey, no effect."""
    leaving: dict[int, int] = {}
    for row in rows:
        leaving[row["before"]] = leaving.get(row["before"], 0) + row["times"]
    states = sorted(state for state in leaving if state > BEGINNING)
    places = {state: place for place, state in enumerate(states)}
    size = len(states)
    begins, orders = [0.0] * size, [0.0] * size
    chain = [[1.0 if row == column else 0.0 for column in range(size)] for row in range(size)]
    for row in rows:
        share = row["times"] / leaving[row["before"]]
        if row["before"] == BEGINNING:
            begins[places[row["after"]]] += share
        elif row["after"] == ORDER:
            orders[places[row["before"]]] += share
        elif row["after"] > BEGINNING:
            chain[places[row["before"]]][places[row["after"]]] -= share
    visits = _inverse(chain)
    converting = [sum(map(float.__mul__, line, orders)) for line in visits]
    whole = sum(map(float.__mul__, begins, converting))
    if whole <= 0:
        return dict.fromkeys(states, 0.0)
    coming = [
        sum(begin * line[place] for begin, line in zip(begins, visits, strict=True)) for place in range(size)
    ]
    return {
        state: min(1.0, coming[place] / visits[place][place] * converting[place] / whole)
        for state, place in places.items()
    }


def _inverse(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """The inverse by Gauss and Jordan. Every journey ends, so the diagonal carries: no pivot is sought."""
    size = len(matrix)
    lines = [
        [*line, *(1.0 if row == column else 0.0 for column in range(size))] for row, line in enumerate(matrix)
    ]
    for place in range(size):
        divisor = lines[place][place]
        pivot = lines[place] = [value / divisor for value in lines[place]]
        for row, line in enumerate(lines):
            factor = line[place]
            if row != place and factor:
                lines[row] = [value - factor * own for value, own in zip(line, pivot, strict=True)]
    return [line[size:] for line in lines]
