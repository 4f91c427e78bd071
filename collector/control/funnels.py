"""Funnels that a shop has saved under a name: the part of an address that tells one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from collector.control.tables import metadata
from collector.errors import OperatorError

MOST: Final = 50
LONGEST_NAME: Final = 80

_funnels = sa.Table(
    "saved_funnels",
    metadata,
    sa.Column("shop_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("steps", sa.Text, nullable=False),  # as an address has them
    sa.Column("window", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFunnel:
    """A funnel with a name; its parts are values of an address."""

    name: str
    steps: str
    window: str
    unit: str


class SavedFunnels:
    """The saved funnels of shops. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def of(self, shop_id: str) -> Sequence[SavedFunnel]:
        """The shop's funnels by name."""
        asked = sa.select(_funnels).where(_funnels.c.shop_id == shop_id).order_by(_funnels.c.name)
        with self._engine.connect() as connection:
            return [
                SavedFunnel(name=row.name, steps=row.steps, window=row.window, unit=row.unit)
                for row in connection.execute(asked)
            ]

    def save(self, shop_id: str, funnel: SavedFunnel) -> None:
        """Keep a funnel, in the place of one of that name; raises OperatorError for no name or too many."""
        if not funnel.name or len(funnel.name) > LONGEST_NAME:
            raise OperatorError(f"a funnel needs a name of at most {LONGEST_NAME} characters")
        told = {"steps": funnel.steps, "window": funnel.window, "unit": funnel.unit}
        with self._engine.begin() as connection:
            others = (_funnels.c.shop_id == shop_id) & (_funnels.c.name != funnel.name)
            count = connection.execute(
                sa.select(sa.func.count()).select_from(_funnels).where(others)
            ).scalar_one()
            if count >= MOST:
                raise OperatorError(f"a shop keeps at most {MOST} funnels; remove one first")
            connection.execute(
                sqlite.insert(_funnels)
                .values(shop_id=shop_id, name=funnel.name, **told)
                .on_conflict_do_update(index_elements=["shop_id", "name"], set_=told)
            )

    def remove(self, shop_id: str, name: str) -> None:
        """Forget a funnel; nothing happens where there is none of that name."""
        mine = (_funnels.c.shop_id == shop_id) & (_funnels.c.name == name)
        with self._engine.begin() as connection:
            connection.execute(_funnels.delete().where(mine))
