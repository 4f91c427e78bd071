"""What people asked of a destination's forwarder. It stays until the forwarder has done it, running or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
import sqlalchemy as sa

from collector.control.tables import metadata
from collector.errors import OperatorError

MOST: Final = 100
"""What may wait of one destination."""
MOST_EVENTS: Final = 10_000

_acts = sa.Table(
    "destination_acts",
    metadata,
    sa.Column("act_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("destination_id", sa.Text, nullable=False, index=True),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("asked_at", sa.Float, nullable=False),
    sqlite_autoincrement=True,
)


class Act(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to do.

    `replay`: events received from `since` up to `until` (epoch seconds; 0 is now) are sent once more, with
    `again` also those that were delivered. `resend` and `discard`: the dead letters of these ids, or all of
    these states and this code where they are named. `resume`: go on after an error of access or address.
    """

    kind: Literal["resume", "replay", "resend", "discard"]
    since: float = 0.0
    until: float = 0.0
    again: bool = False
    event_ids: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    code: str = ""


_act = msgspec.json.Decoder(Act)


class Acts:
    """What waits to be done, oldest first. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def ask(self, destination_id: str, act: Act, now: float) -> int:
        """Keep it until it is done; its id. Raises OperatorError for one that means nothing, and for too many."""
        if act.kind == "replay" and act.until and act.until <= act.since:
            raise OperatorError("what is sent once more must end after it begins")
        if len(act.event_ids) > MOST_EVENTS:
            raise OperatorError(f"name at most {MOST_EVENTS:,} events at once")
        row = {"destination_id": destination_id, "act": msgspec.json.encode(act).decode(), "asked_at": now}
        mine = _acts.c.destination_id == destination_id
        with self._engine.begin() as connection:
            added = connection.execute(_acts.insert().values(**row)).inserted_primary_key
            count = connection.execute(sa.select(sa.func.count()).select_from(_acts).where(mine)).scalar_one()
            if count > MOST:
                raise OperatorError(f"{MOST} things wait to be done already; is the server running?")
        assert added is not None
        return int(added[0])

    def of(self, destination_id: str) -> Sequence[tuple[int, Act]]:
        """What waits, oldest first, with the ids by which it is done."""
        asked = sa.select(_acts.c.act_id, _acts.c.act).where(_acts.c.destination_id == destination_id)
        with self._engine.connect() as connection:
            rows = connection.execute(asked.order_by(_acts.c.act_id)).all()
        return [(row.act_id, _act.decode(row.act)) for row in rows]

    def done(self, act_id: int) -> None:
        """It is done, and waits no more."""
        with self._engine.begin() as connection:
            connection.execute(_acts.delete().where(_acts.c.act_id == act_id))

    def forget(self, connection: sa.Connection, destination_id: str) -> None:
        """Nothing is to be done of it any more, as part of a transaction."""
        connection.execute(_acts.delete().where(_acts.c.destination_id == destination_id))
