"""Who changed what, and when: told by whatever changes something, never changed itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from collector.control.tables import metadata

KEPT: Final = 50_000
"""Entries of one installation; the oldest make room."""
LONGEST: Final = 200

_audit = sa.Table(
    "audit",
    metadata,
    sa.Column("entry_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("shop_id", sa.Text, nullable=False, index=True),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change. `who` is an e-mail address, "" the operator; `shop_id` "" is the whole installation."""

    entry_id: int
    at: float  # epoch seconds
    who: str
    shop_id: str
    what: str
    about: str


class Audit:
    """The changes of one installation. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def note(self, when: float, who: str, shop_id: str, what: str, about: str = "") -> None:
        """Keep that `who` did `what` at `when` (epoch seconds). `about` holds no secret; it is cut."""
        row = {"at": when, "who": who, "shop_id": shop_id, "what": what, "about": about[:LONGEST]}
        with self._engine.begin() as connection:
            added = connection.execute(_audit.insert().values(**row)).inserted_primary_key
            if added is not None:
                connection.execute(_audit.delete().where(_audit.c.entry_id <= added[0] - KEPT))

    def of(self, shop_id: str, *, installation: bool = False, most: int = 200) -> Sequence[Entry]:
        """What was changed in a shop, newest first; with `installation` what belongs to no shop too."""
        shops = [shop_id, ""] if installation else [shop_id]
        asked = sa.select(_audit).where(_audit.c.shop_id.in_(shops))
        with self._engine.connect() as connection:
            rows = connection.execute(asked.order_by(_audit.c.entry_id.desc()).limit(most)).all()
        return [_entry(row) for row in rows]


def _entry(row: sa.Row[Any]) -> Entry:
    return Entry(
        entry_id=row.entry_id, at=row.at, who=row.who, shop_id=row.shop_id, what=row.what, about=row.about
    )
