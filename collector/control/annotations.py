"""Notes on days: what happened in a shop, so that its charts can tell why a line bends."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa

from collector.control.tables import metadata
from collector.errors import OperatorError

MOST: Final = 500
LONGEST: Final = 200

_notes = sa.Table(
    "annotations",
    metadata,
    sa.Column("note_id", sa.Text, primary_key=True),
    sa.Column("shop_id", sa.Text, nullable=False, index=True),
    sa.Column("day", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("noted_at", sa.Float, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A note on a day of the shop's clock; `noted_at` is epoch seconds."""

    note_id: str
    day: date
    text: str
    who: str
    noted_at: float


class Annotations:
    """The notes of shops. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def of(self, shop_id: str, first: date, last: date) -> Sequence[Annotation]:
        """The shop's notes on these days, both included, by day and in the order they were made."""
        days = _notes.c.day.between(first.isoformat(), last.isoformat())
        asked = sa.select(_notes).where(_notes.c.shop_id == shop_id, days)
        with self._engine.connect() as connection:
            rows = connection.execute(asked.order_by(_notes.c.day, _notes.c.noted_at, _notes.c.note_id))
            return [
                Annotation(
                    note_id=row.note_id,
                    day=date.fromisoformat(row.day),
                    text=row.text,
                    who=row.who,
                    noted_at=row.noted_at,
                )
                for row in rows
            ]

    def add(self, shop_id: str, day: date, text: str, who: str, now: float) -> str:
        """Keep a note and give its id; raises OperatorError for no text, a long one, or too many notes."""
        text = " ".join(text.split())
        if not text or len(text) > LONGEST or "\0" in text:
            raise OperatorError(f"a note needs a text of at most {LONGEST} characters")
        note_id = secrets.token_hex(8)
        with self._engine.begin() as connection:
            count = sa.select(sa.func.count()).select_from(_notes).where(_notes.c.shop_id == shop_id)
            if connection.execute(count).scalar_one() >= MOST:
                raise OperatorError(f"a shop keeps at most {MOST} notes; remove one first")
            row = {"note_id": note_id, "shop_id": shop_id, "day": day.isoformat(), "text": text}
            connection.execute(_notes.insert().values(**row, who=who, noted_at=now))
        return note_id

    def remove(self, shop_id: str, note_id: str) -> bool:
        """Forget a note of the shop; False where it has none of that id."""
        mine = (_notes.c.shop_id == shop_id) & (_notes.c.note_id == note_id)
        with self._engine.begin() as connection:
            return connection.execute(_notes.delete().where(mine)).rowcount == 1
