"""What a shop wants to be alarmed of, and every alarm there was: when it began, when it ended.

Whether something is wrong is worked out elsewhere. Here an alarm begins once and ends once, and with
it, in the same transaction, what is to be told of it is put into the outbox.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from collector.control.channels import NOBODY, Channel
from collector.control.outbox import Outbox
from collector.control.sealing import Sealing, alerts_secret
from collector.control.tables import metadata, writing
from collector.errors import OperatorError

LEAST_MINUTES: Final = 5
MOST_MINUTES: Final = 7 * 24 * 60

_watches = sa.Table(
    "alert_watches",
    metadata,
    sa.Column("shop_id", sa.Text, primary_key=True),
    sa.Column("settings", sa.Text, nullable=False),
)
_alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("alert_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("shop_id", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("began_at", sa.Float, nullable=False),
    sa.Column("began", sa.Text, nullable=False),  # JSON: what was found when it began
    sa.Column("ended_at", sa.Float),
    sa.Column("ended", sa.Text),
    sa.Index("one_open_alert", "shop_id", "kind", unique=True, sqlite_where=sa.text("ended_at is null")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a shop is watched for: nothing unless it is said. `silence_min` is how long no event may come."""

    purchases: bool = False
    silence: bool = False
    silence_min: int = 60
    checks: bool = False
    destinations: bool = False
    language: str = "en"
    channel: Channel = NOBODY

    @property
    def any(self) -> bool:
        return self.purchases or self.silence or self.checks or self.destinations


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alarm; its facts are numbers and names.

    `kind` is purchases, silence, `check:` and its name, or `destination:` and its id.
    """

    alert_id: int
    shop_id: str
    kind: str
    began_at: float
    began: Mapping[str, Any]
    ended_at: float | None
    ended: Mapping[str, Any] | None


_watch = msgspec.json.Decoder(Watch)


class Alerts:
    """Watches and alarms of all shops. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine, outbox: Outbox, sealing: Sealing) -> None:
        self._engine = engine
        self._outbox = outbox
        self._sealing = sealing

    def watch(self, shop_id: str) -> Watch:
        """What the shop is watched for."""
        asked = sa.select(_watches.c.settings).where(_watches.c.shop_id == shop_id)
        with self._engine.connect() as connection:
            stored = connection.execute(asked).scalar_one_or_none()
        return _watch.decode(stored) if stored else Watch()

    def set(self, shop_id: str, watch: Watch) -> None:
        """Watch for this from now on; raises OperatorError where nobody would be told."""
        if not LEAST_MINUTES <= watch.silence_min <= MOST_MINUTES:
            raise OperatorError(f"silence is told after {LEAST_MINUTES} to {MOST_MINUTES} minutes")
        if watch.any and not watch.channel.targets:
            raise OperatorError("an alert that is on needs a recipient or a webhook")
        with writing(self._engine) as connection:
            channel = self._sealing.channel(connection, watch.channel, alerts_secret(shop_id))
            settings = msgspec.json.encode(asdict(replace(watch, channel=channel))).decode()
            row = sqlite.insert(_watches).values(shop_id=shop_id, settings=settings)
            connection.execute(
                row.on_conflict_do_update(index_elements=["shop_id"], set_={"settings": settings})
            )

    def of(self, shop_id: str, most: int = 200) -> Sequence[Alert]:
        """The shop's alarms, newest first."""
        asked = sa.select(_alerts).where(_alerts.c.shop_id == shop_id).order_by(_alerts.c.alert_id.desc())
        with self._engine.connect() as connection:
            return [_alert(row) for row in connection.execute(asked.limit(most))]

    def open(self, shop_id: str) -> Mapping[str, Alert]:
        """Alarms that have not ended, by kind."""
        asked = sa.select(_alerts).where(_alerts.c.shop_id == shop_id, _alerts.c.ended_at.is_(None))
        with self._engine.connect() as connection:
            return {row.kind: _alert(row) for row in connection.execute(asked)}

    def find(self, alert_id: int) -> Alert | None:
        """The alarm of that id, None where there is none."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(_alerts).where(_alerts.c.alert_id == alert_id)).one_or_none()
        return _alert(row) if row else None

    def begin(self, shop_id: str, kind: str, facts: Mapping[str, Any], now: float) -> bool:
        """An alarm begins and is told, unless one of its kind is open; whether it began."""
        row = {"shop_id": shop_id, "kind": kind, "began_at": now, "began": _written(facts)}
        targets = self.watch(shop_id).channel.targets
        with self._engine.begin() as connection:
            if connection.execute(_open(shop_id, kind)).first() is not None:
                return False
            added = connection.execute(_alerts.insert().values(**row)).inserted_primary_key
            assert added is not None
            self._outbox.put_with(connection, shop_id, f"alert:{added[0]}:began", targets, now)
        return True

    def end(
        self, shop_id: str, kind: str, facts: Mapping[str, Any], now: float, *, quietly: bool = False
    ) -> bool:
        """The open alarm of that kind ends, and that is told unless `quietly`; whether there was one."""
        targets = self.watch(shop_id).channel.targets
        with self._engine.begin() as connection:
            found = connection.execute(_open(shop_id, kind)).first()
            if found is None:
                return False
            mine = _alerts.c.alert_id == found.alert_id
            connection.execute(_alerts.update().where(mine).values(ended_at=now, ended=_written(facts)))
            if not quietly:
                self._outbox.put_with(connection, shop_id, f"alert:{found.alert_id}:ended", targets, now)
        return True


def _open(shop_id: str, kind: str) -> sa.Select[tuple[int]]:
    mine = (_alerts.c.shop_id == shop_id) & (_alerts.c.kind == kind) & _alerts.c.ended_at.is_(None)
    return sa.select(_alerts.c.alert_id).where(mine)


def _written(facts: Mapping[str, Any]) -> str:
    return msgspec.json.encode(dict(facts)).decode()


def _alert(row: sa.Row[Any]) -> Alert:
    return Alert(
        alert_id=row.alert_id,
        shop_id=row.shop_id,
        kind=row.kind,
        began_at=row.began_at,
        began=msgspec.json.decode(row.began),
        ended_at=row.ended_at,
        ended=msgspec.json.decode(row.ended) if row.ended else None,
    )
