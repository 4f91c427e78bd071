"""A shop's own presets of attribution: unit, kinds, window, winner, match, value and reset, by a name.

What the parts mean stands in docs/attribution.md; the dashboard asks with them as with the
presets that are shipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from collector.control.tables import metadata
from collector.errors import OperatorError

UNITS: Final = ("line", "order")
KINDS: Final = ("click_add", "click", "click_before_add", "message_click")
WINNERS: Final = (
    "last",
    "first",
    "first_to_cart",
    "linear",
    "time_decay",
    "position",
    "markov",
    "shapley",
)
MATCHES: Final = ("item", "group", "any")
VALUES: Final = ("booked", "net", "gross")
RESETS: Final = ("none", "source")
SPANS: Final = ("session", "run", "day")
WINDOW: Final = "session|run|day|[1-9][0-9]{0,2}h|[1-9][0-9]?d"
LONGEST_HOURS: Final = 30 * 24
LONGEST_NAME: Final = 40
MOST: Final = 20

_presets = sa.Table(
    "presets",
    metadata,
    sa.Column("shop_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("settings", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A rule of a shop's own. `hours` is how far back touches are read; it is the window where `span` is time."""

    name: str
    unit: str
    family: str
    kinds: str
    span: str
    hours: int
    winner: str
    match: str
    value: str
    reset: str


_preset = msgspec.json.Decoder(Preset)


def preset_of(given: Mapping[str, str]) -> Preset:
    """The preset that was typed, by the names of its parts; raises OperatorError where it means nothing.

    `window` is session, run, day, or a number of hours (24h) or days (7d). A whole order and a
    message match anything.
    """
    unit, kinds = _one(given, "unit", UNITS), _one(given, "kinds", KINDS)
    value, match = _one(given, "value", VALUES), _one(given, "match", MATCHES)
    message = kinds == "message_click"
    if kinds == "click_before_add" and unit == "order":
        raise OperatorError("a whole order is not put into the cart: click_before_add needs unit line")
    span, hours = window_of(given.get("window", ""))
    return Preset(
        name=_name(given.get("name", "")),
        unit=unit,
        family="message" if message else "storefront",
        kinds=kinds,
        span=span,
        hours=hours,
        winner=_one(given, "winner", WINNERS),
        match="any" if message or unit == "order" else match,
        value=value,
        reset=_one(given, "reset", RESETS),
    )


def window_of(text: str) -> tuple[str, int]:
    """Span and reach in hours of a window as it is typed; raises OperatorError."""
    window = text.strip().lower()
    if not re.fullmatch(WINDOW, window, re.ASCII):
        raise OperatorError(f"{text[:40]!r} is no window; write session, run, day, or like 24h or 7d")
    if window in SPANS:
        return window, 25 if window == "day" else 24
    hours = int(window[:-1]) * (24 if window.endswith("d") else 1)
    if hours > LONGEST_HOURS:
        raise OperatorError("a window reaches back 30 days at most")
    return "time", hours


def _name(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise OperatorError(f"a name has 1 to {LONGEST_NAME} printable characters")
    return name


def _one(given: Mapping[str, str], part: str, allowed: Sequence[str]) -> str:
    value = given.get(part, "")
    if value not in allowed:
        raise OperatorError(f"{value[:40]!r} is no {part}; one of {', '.join(allowed)}")
    return value


class Presets:
    """The presets that shops saved. Any thread may use it; a change is seen by the next question."""

    def __init__(self, engine: sa.Engine, is_shop: Callable[[str], bool]) -> None:
        self._engine = engine
        self._is_shop = is_shop

    def of(self, shop_id: str) -> Sequence[Preset]:
        """The presets of a shop by name."""
        mine = sa.select(_presets.c.settings).where(_presets.c.shop_id == shop_id)
        with self._engine.connect() as connection:
            rows = connection.execute(mine.order_by(_presets.c.name)).scalars().all()
        return [_preset.decode(row) for row in rows]

    def save(self, shop_id: str, preset: Preset) -> bool:
        """Keep it, in place of one of that name; True where there was none.

        Raises OperatorError for an unknown shop, and for one that has 20 already.
        """
        if not self._is_shop(shop_id):
            raise OperatorError(f"there is no shop with the id {shop_id!r}")
        known = {one.name for one in self.of(shop_id)}
        if preset.name not in known and len(known) >= MOST:
            raise OperatorError(f"a shop has {MOST} presets of its own at most; remove one first")
        settings = msgspec.json.encode(asdict(preset)).decode()
        row = sqlite.insert(_presets).values(shop_id=shop_id, name=preset.name, settings=settings)
        with self._engine.begin() as connection:
            connection.execute(
                row.on_conflict_do_update(
                    index_elements=[_presets.c.shop_id, _presets.c.name], set_={"settings": settings}
                )
            )
        return preset.name not in known

    def remove(self, shop_id: str, name: str) -> None:
        """Forget it; raises OperatorError where the shop has none of that name."""
        mine = (_presets.c.shop_id == shop_id, _presets.c.name == name)
        with self._engine.begin() as connection:
            gone = connection.execute(_presets.delete().where(*mine))
        if not gone.rowcount:
            raise OperatorError(f"shop {shop_id!r} has no preset {name!r}")
