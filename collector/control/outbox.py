"""What is to be told outside, by mail or to a webhook: each thing once, noted before and after it is sent.

A delivery is one thing for one target. Whoever sends takes it, which is noted first, and says how it
ended. One that was taken and never ended (the process died, or a connection broke after everything
was sent) may have arrived: it is tried once more, marked as a possible repetition, and then never again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from collector.control.tables import metadata

State = Literal["waiting", "sending", "sent", "given_up"]
BACKOFF: Final = (60.0, 300.0, 900.0, 3600.0, 10_800.0, 21_600.0)
"""Seconds after which a delivery that failed is tried again; after the last it is given up."""
KEPT: Final = 20_000
"""Deliveries of one installation; the oldest that ended make room."""
LONGEST_ERROR: Final = 300

_deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("delivery_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("thing", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("shop_id", sa.Text, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("repeated", sa.Boolean, nullable=False),
    sa.Column("put_at", sa.Float, nullable=False),
    sa.Column("next_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("error", sa.Text, nullable=False),
    sa.UniqueConstraint("thing", "target"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing for one target. Times are epoch seconds; `repeated` says that it may arrive a second time.

    `thing` says what it is and which: `report:ID:DAY`, `alert:ID:began`. `target` is an address of
    mail or `webhook`. `error` is why it failed last.
    """

    delivery_id: int
    thing: str
    target: str
    shop_id: str
    state: State
    attempts: int
    repeated: bool
    put_at: float
    next_at: float
    ended_at: float | None
    error: str


class Outbox:
    """The deliveries of one installation. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def put(self, shop_id: str, thing: str, targets: Sequence[str], now: float) -> bool:
        """Have the thing told to each target once; False where it was put before, or nobody is to be told."""
        with self._engine.begin() as connection:
            return self.put_with(connection, shop_id, thing, targets, now)

    def put_with(
        self, connection: sa.Connection, shop_id: str, thing: str, targets: Sequence[str], now: float
    ) -> bool:
        """The same as part of a transaction. What was put is put for all of its targets, and for no other later."""
        known = sa.select(_deliveries.c.delivery_id).where(_deliveries.c.thing == thing).limit(1)
        if not targets or connection.execute(known).first() is not None:
            return False
        rows = [
            {
                "thing": thing,
                "target": target,
                "shop_id": shop_id,
                "state": "waiting",
                "attempts": 0,
                "repeated": False,
                "put_at": now,
                "next_at": now,
                "error": "",
            }
            for target in dict.fromkeys(targets)
        ]
        connection.execute(sqlite.insert(_deliveries).on_conflict_do_nothing(), rows)
        _make_room(connection)
        return True

    def due(self, now: float) -> Sequence[Delivery]:
        """What waits for its turn, in the order in which it was put."""
        asked = sa.select(_deliveries).where(_deliveries.c.state == "waiting", _deliveries.c.next_at <= now)
        with self._engine.connect() as connection:
            rows = connection.execute(asked.order_by(_deliveries.c.delivery_id)).all()
        return [_delivery(row) for row in rows]

    def resume(self, now: float) -> int:
        """After a start: what was being sent when the process ended goes on, or is given up; how many they were.

        Only the process that sends may call it.
        """
        with self._engine.begin() as connection:
            asked = sa.select(_deliveries).where(_deliveries.c.state == "sending")
            found = [_delivery(row) for row in connection.execute(asked)]
            for one in found:
                _unclear(connection, one, "the process ended while it was being sent", now)
        return len(found)

    def take(self, delivery: Delivery) -> Delivery:
        """Note that it is being sent, before it is."""
        attempts = delivery.attempts + 1
        with self._engine.begin() as connection:
            _change(connection, delivery, state="sending", attempts=attempts)
        return _replaced(delivery, state="sending", attempts=attempts)

    def sent(self, delivery: Delivery, now: float, note: str = "") -> None:
        """It arrived; `note` is what is worth saying all the same."""
        with self._engine.begin() as connection:
            _change(connection, delivery, state="sent", ended_at=now, error=note[:LONGEST_ERROR])

    def failed(self, delivery: Delivery, error: str, now: float, *, unclear: bool = False) -> None:
        """It did not arrive, or (`unclear`) nobody can say; when it is tried again is decided here."""
        with self._engine.begin() as connection:
            if unclear:
                _unclear(connection, delivery, error, now)
            elif delivery.attempts > len(BACKOFF):
                _end(connection, delivery, error, now)
            else:
                wait = BACKOFF[delivery.attempts - 1]
                _change(
                    connection, delivery, state="waiting", next_at=now + wait, error=error[:LONGEST_ERROR]
                )

    def abandon(self, delivery: Delivery, error: str, now: float) -> None:
        """It can never be sent: what it is about is no more, or its target means nothing."""
        with self._engine.begin() as connection:
            _end(connection, delivery, error, now)

    def of(self, shop_id: str, prefix: str = "", most: int = 100) -> Sequence[Delivery]:
        """The shop's deliveries of things whose name begins so, newest first."""
        mine = _deliveries.c.shop_id == shop_id
        asked = sa.select(_deliveries).where(mine, _deliveries.c.thing.startswith(prefix, autoescape=True))
        with self._engine.connect() as connection:
            rows = connection.execute(asked.order_by(_deliveries.c.delivery_id.desc()).limit(most)).all()
        return [_delivery(row) for row in rows]


def _unclear(connection: sa.Connection, delivery: Delivery, error: str, now: float) -> None:
    """It may have arrived: once more, and then never again."""
    if delivery.repeated:
        _end(connection, delivery, error, now)
        return
    _change(
        connection,
        delivery,
        state="waiting",
        repeated=True,
        next_at=now + BACKOFF[0],
        error=error[:LONGEST_ERROR],
    )


def _end(connection: sa.Connection, delivery: Delivery, error: str, now: float) -> None:
    _change(connection, delivery, state="given_up", ended_at=now, error=error[:LONGEST_ERROR])


def _change(connection: sa.Connection, delivery: Delivery, **values: Any) -> None:
    mine = _deliveries.c.delivery_id == delivery.delivery_id
    connection.execute(_deliveries.update().where(mine).values(**values))


def _count(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(_deliveries)).scalar_one()


def _make_room(connection: sa.Connection) -> None:
    beyond = _count(connection) - KEPT
    if beyond > 0:
        ended = sa.select(_deliveries.c.delivery_id).where(_deliveries.c.ended_at.is_not(None))
        oldest = ended.order_by(_deliveries.c.delivery_id).limit(beyond)
        connection.execute(_deliveries.delete().where(_deliveries.c.delivery_id.in_(oldest)))


def _replaced(delivery: Delivery, **values: Any) -> Delivery:
    return Delivery(**{**{name: getattr(delivery, name) for name in delivery.__slots__}, **values})


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(**{name: getattr(row, name) for name in Delivery.__slots__})
