"""From which value on a shop wants to be warned, or alarmed, of each check of its data.

Only what a shop changed is kept here; what a check says by itself is the dashboard's to know.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from collector.control.tables import metadata
from collector.errors import OperatorError

_thresholds = sa.Table(
    "check_thresholds",
    metadata,
    sa.Column("shop_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),  # of the check
    sa.Column("warn", sa.Float),
    sa.Column("alarm", sa.Float),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Values from which on a check warns and alarms; None: never."""

    warn: float | None
    alarm: float | None


class Thresholds:
    """The thresholds that shops have set. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def of(self, shop_id: str) -> Mapping[str, Threshold]:
        """What the shop has set, by the name of the check."""
        asked = sa.select(_thresholds).where(_thresholds.c.shop_id == shop_id)
        with self._engine.connect() as connection:
            return {row.name: Threshold(warn=row.warn, alarm=row.alarm) for row in connection.execute(asked)}

    def set(self, shop_id: str, name: str, threshold: Threshold) -> None:
        """Keep a threshold; raises OperatorError where it is no number from 0 on, or warns above its alarm."""
        _check(threshold)
        told = {"warn": threshold.warn, "alarm": threshold.alarm}
        with self._engine.begin() as connection:
            connection.execute(
                sqlite.insert(_thresholds)
                .values(shop_id=shop_id, name=name, **told)
                .on_conflict_do_update(index_elements=["shop_id", "name"], set_=told)
            )

    def clear(self, shop_id: str, name: str) -> None:
        """Go back to what the check says by itself."""
        mine = (_thresholds.c.shop_id == shop_id) & (_thresholds.c.name == name)
        with self._engine.begin() as connection:
            connection.execute(_thresholds.delete().where(mine))


def _check(threshold: Threshold) -> None:
    given = [value for value in (threshold.warn, threshold.alarm) if value is not None]
    if not all(math.isfinite(value) and value >= 0 for value in given):
        raise OperatorError("a threshold is a number from 0 on")
    if len(given) == 2 and given[0] > given[1]:
        raise OperatorError("a check cannot warn later than it alarms")
