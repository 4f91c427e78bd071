"""Every row is a filter: what a chip in the address means, and where the rows of tables lead.

A chip is `<dimension>:<value>` and keeps the visitors who did that in the days of the page. It is
a condition of the grammar of segments, so that every page obeys it through its lens, and so that
chips can be opened in the builder and saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from collector.wire import Shop
from dashboard.lens import Audience
from dashboard.periods import Days
from dashboard.segments.compile import Moment, members
from dashboard.segments.grammar import (
    LONGEST_TEXT,
    All,
    AnyOf,
    Arm,
    Arrival,
    Device,
    Did,
    Rule,
    Touched,
    written,
)
from dashboard.texts import Texts

if TYPE_CHECKING:
    from dashboard.scope import Scope

MOST: Final = 6
Build = Callable[[str, Mapping[str, Any]], Rule]
"""A condition over a value; the mapping has `since` and `to`."""
WORDED: Final[Mapping[str, str]] = {"channel": "channels", "device": "devices"}
"""Files of texts in which the values of a dimension have names."""
HAD: Final = ("view_item", "add_to_cart", "purchase")
"""What a visitor did with a product for it to be one of theirs."""


def _came(part: Any) -> Build:
    return lambda value, days: Arrival(part=part, values=(value,), **days)


def _on(part: Any) -> Build:
    return lambda value, days: Device(part=part, values=(value,), **days)


def _had(name: str) -> Build:
    return lambda value, days: AnyOf(of=tuple(Did(event=event, **{**days, name: value}) for event in HAD))


def _searched(value: str, days: Mapping[str, Any]) -> Rule:
    return Did(event="search", search_term=value, **days)


def _touched(value: str, days: Mapping[str, Any]) -> Rule:
    tool, code = of_block(value)
    return Touched(recommended_by=tool, recommended_code=code, **days)


DIMENSIONS: Final[Mapping[str, Build]] = {
    "channel": _came("channel"),
    "source": _came("utm_source"),
    "medium": _came("utm_medium"),
    "campaign": _came("utm_campaign"),
    "landing": _came("landing"),
    "referrer": _came("referrer"),
    "device": _on("device_type"),
    "browser": _on("browser"),
    "os": _on("os"),
    "product": _had("product"),
    "brand": _had("brand"),
    "category": _had("category"),
    "term": _searched,
    "tool": lambda value, days: Touched(recommended_by=value, **days),
    "block": _touched,
    "message": _touched,
    "arm": lambda value, days: Arm(values=(value,), **days),
}
TYPED: Final = tuple(name for name in DIMENSIONS if name not in ("block", "message"))
"""Those whose value can be typed as it is shown."""


def block(tool: str, code: str) -> str:
    """The value of a block or a message: its tool and its code, both of which may hold anything."""
    return f"{quote(tool, safe='')}/{code}"


def of_block(value: str) -> tuple[str, str]:
    """Tool and code of such a value."""
    tool, _, code = value.partition("/")
    return unquote(tool), code


def read(text: str) -> tuple[tuple[str, ...], str]:
    """Chips of an address, folded as `fold` does it, and what of it is none."""
    found: list[str] = []
    strange: list[str] = []
    for one in map(unquote, filter(None, text.split(","))):
        dimension, _, value = one.partition(":")
        known = dimension in DIMENSIONS and 0 < len(value) <= LONGEST_TEXT and "\0" not in value
        if known and one not in found and len(found) < MOST:
            found.append(one)
        elif one not in found:
            strange.append(one)
    return tuple(found), ", ".join(strange)


def fold(chips: Sequence[str]) -> str:
    """Repeated names of an address as one text, whatever the values hold."""
    return ",".join(quote(one, safe="") for one in chips)


def rule(chips: Sequence[str], days: Days) -> Rule | None:
    """The visitors for whom every chip holds in these days of the shop; None without a chip."""
    when = {"since": days.first, "to": days.stop - timedelta(days=1)}
    parts = [DIMENSIONS[name](value, when) for name, _, value in (one.partition(":") for one in chips)]
    return All(of=tuple(parts)) if parts else None


def audience(shop: Shop, chips: Sequence[str], days: Days, as_of: datetime) -> Audience | None:
    """Whom a page with these chips is about; `as_of` is naive UTC."""
    asked = rule(chips, days)
    if asked is None:
        return None
    found = members(asked, Moment(shop=shop, as_of=as_of), {})
    return Audience(segment_id="", name=" · ".join(chips), sql=found.sql, params=found.params)


@dataclass(frozen=True, slots=True)
class Chip:
    """A chip in words: where it leads, and the page without it."""

    text: str
    edit: str
    remove: str


def shown(scope: Scope) -> Sequence[Chip]:
    """The chips of a page."""
    only = scope.filters.only
    return [
        Chip(
            text=said(one, scope.words),
            edit=builder(scope, (one,)),
            remove=scope.here(only=tuple(other for other in only if other != one)),
        )
        for one in only
    ]


def builder(scope: Scope, chips: Sequence[str]) -> str:
    """The builder of segments with the rule of these chips."""
    asked = rule(chips, scope.days)
    return scope.url("segments", tab="builder", draft=written(asked) if asked else "", only=())


def said(chip: str, words: Texts) -> str:
    """Whom a chip keeps, as a sentence."""
    dimension, _, value = chip.partition(":")
    if dimension in ("block", "message"):
        value = " ".join(filter(None, of_block(value)))
    named = f"{WORDED.get(dimension, '')}.{value}"
    return words(f"chips.only_{dimension}", name=words(named) if words.has(named) else value)


@dataclass(frozen=True, slots=True)
class These:
    """The link of a row that keeps only its visitors."""

    href: str
    text: str
    chosen: bool


def these(scope: Scope, dimension: str, value: Any) -> These | None:
    """Where a row leads; None where it names nothing that can be asked for."""
    if value in (None, "") or not dimension or not scope.filterable:
        return None
    chip = f"{dimension}:{value}"
    only = scope.filters.only
    if len(chip) > LONGEST_TEXT or (len(only) >= MOST and chip not in only):
        return None
    wanted = only if chip in only else (*only, chip)
    return These(scope.here(only=wanted), said(chip, scope.words), chip in only)
