"""Segments that a shop has saved, the ids of its lists, and how large each was day by day.

What a rule means is not known here: it is kept as the text that was saved.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from collector.control.tables import metadata
from collector.errors import OperatorError

Kind = Literal["dynamic", "static"]
MOST: Final = 200
LONGEST_NAME: Final = 80
MOST_NODES: Final = 100_000
LONGEST_NODE: Final = 257

_segments = sa.Table(
    "segments",
    metadata,
    sa.Column("segment_id", sa.Text, primary_key=True),
    sa.Column("shop_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)
_nodes = sa.Table(
    "segment_nodes",
    metadata,
    sa.Column("segment_id", sa.Text, primary_key=True),
    sa.Column("node", sa.Text, primary_key=True),
)
_sizes = sa.Table(
    "segment_sizes",
    metadata,
    sa.Column("segment_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),  # of the shop's clock
    sa.Column("visitors", sa.Integer, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A saved segment. `definition` is the rule as JSON, empty for a list; `created_at` is epoch seconds."""

    segment_id: str
    shop_id: str
    name: str
    kind: Kind
    definition: str
    created_at: float


class Segments:
    """The saved segments of all shops. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def of(self, shop_id: str) -> Sequence[Segment]:
        """The shop's segments by name."""
        asked = sa.select(_segments).where(_segments.c.shop_id == shop_id)
        with self._engine.connect() as connection:
            found = [_segment(row) for row in connection.execute(asked)]
        return sorted(found, key=lambda one: (one.name.casefold(), one.segment_id))

    def add(self, shop_id: str, name: str, kind: Kind, definition: str, now: float) -> Segment:
        """Keep a segment; raises OperatorError for a name that is none or is taken, and for too many."""
        told = name.strip()
        if not told or len(told) > LONGEST_NAME or not told.isprintable():
            raise OperatorError(f"a segment needs a name of 1 to {LONGEST_NAME} printable characters")
        known = self.of(shop_id)
        if told.casefold() in {one.name.casefold() for one in known}:
            raise OperatorError(f"there is already a segment called {told!r}")
        if len(known) >= MOST:
            raise OperatorError(f"a shop keeps at most {MOST} segments; remove one first")
        added = Segment(
            segment_id=secrets.token_hex(5),
            shop_id=shop_id,
            name=told,
            kind=kind,
            definition=definition,
            created_at=now,
        )
        with self._engine.begin() as connection:
            connection.execute(_segments.insert().values(**{name: getattr(added, name) for name in _COLUMNS}))
        return added

    def remove(self, shop_id: str, segment_id: str) -> bool:
        """Forget a segment, its ids and its sizes; False where the shop has none of that id."""
        mine = (_segments.c.segment_id == segment_id) & (_segments.c.shop_id == shop_id)
        with self._engine.begin() as connection:
            if not connection.execute(_segments.delete().where(mine)).rowcount:
                return False
            connection.execute(_nodes.delete().where(_nodes.c.segment_id == segment_id))
            connection.execute(_sizes.delete().where(_sizes.c.segment_id == segment_id))
        return True

    def put(self, segment_id: str, nodes: Iterable[str]) -> int:
        """Put ids into a list, those it has already but once; how many it has now.

        A node is a device id, or `u:`, `e:`, `p:` and a user id, an e-mail address, a phone number.
        Raises OperatorError for a node that is too long and for too many.
        """
        given = dict.fromkeys(nodes)
        for node in given:
            if len(node) > LONGEST_NODE:
                raise OperatorError(f"an id has more than {LONGEST_NODE} characters: {node[:40]!r}…")
        mine = _nodes.c.segment_id == segment_id
        with self._engine.begin() as connection:
            if given:
                rows = [{"segment_id": segment_id, "node": node} for node in given]
                connection.execute(sqlite.insert(_nodes).on_conflict_do_nothing(), rows)
            count = sa.select(sa.func.count()).select_from(_nodes).where(mine)
            total = int(connection.execute(count).scalar_one())
            if total > MOST_NODES:
                raise OperatorError(f"a list holds at most {MOST_NODES} ids; this one would have {total}")
        return total

    def nodes(self, segment_id: str) -> Sequence[str]:
        """The ids of a list, sorted."""
        asked = sa.select(_nodes.c.node).where(_nodes.c.segment_id == segment_id).order_by(_nodes.c.node)
        with self._engine.connect() as connection:
            return connection.execute(asked).scalars().all()

    def measured(self, segment_id: str, sizes: Mapping[date, int]) -> None:
        """Note how many visitors a segment had on days; a later measure of a day takes its place."""
        rows = [
            {"segment_id": segment_id, "day": day.isoformat(), "visitors": sizes[day]}
            for day in sorted(sizes)
        ]
        if not rows:
            return
        insert = sqlite.insert(_sizes)
        told = insert.on_conflict_do_update(
            index_elements=["segment_id", "day"], set_={"visitors": insert.excluded.visitors}
        )
        with self._engine.begin() as connection:
            connection.execute(told, rows)

    def sizes(self, shop_id: str) -> Mapping[str, Mapping[date, int]]:
        """The sizes of the shop's segments by id and day, oldest first; without those never measured."""
        asked = (
            sa.select(_sizes)
            .join(_segments, _segments.c.segment_id == _sizes.c.segment_id)
            .where(_segments.c.shop_id == shop_id)
            .order_by(_sizes.c.segment_id, _sizes.c.day)
        )
        found: dict[str, dict[date, int]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(asked):
                found.setdefault(row.segment_id, {})[date.fromisoformat(row.day)] = row.visitors
        return found


_COLUMNS: Final = ("segment_id", "shop_id", "name", "kind", "definition", "created_at")


def _segment(row: sa.Row[tuple[object, ...]]) -> Segment:
    return Segment(**{name: getattr(row, name) for name in _COLUMNS})
