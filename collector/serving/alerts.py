"""The chore that watches shops: alarms begin and end here, and what is told of them is put into the outbox."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from collector.control import Control
from collector.control.alerts import Alert, Watch
from collector.control.destinations import Stored
from collector.forwarder.health import Health
from collector.forwarder.reading import Reading
from collector.store import Reader
from collector.wire import Shop
from dashboard import alarms, queries
from dashboard.alarms import CHECK, DESTINATION, PURCHASES, SILENCE

SECONDS: Final = 60.0
CHECKS_SECONDS: Final = 3600.0
ORDERS: Final = "settings/expected_orders"
LAST: Final = "settings/last_event"
Checks = Callable[[Shop, datetime], Iterable[Mapping[str, Any]]]
"""Every check of a shop: its name, status, value and threshold, as `r46 check run` tells them."""
Ledgers = Callable[[str], Reading]
"""The reading half of a destination's ledger by its id."""
_log = logging.getLogger(__name__)


class Watching:
    """`turn` and `turn_checks` are works of chores. `clock` gives aware UTC.

    `ready` says whether the store has what was taken: while it is behind nothing is judged by it. `since`
    is when this process began to listen, naive UTC. Without `ledgers` no destination is judged.
    """

    def __init__(
        self,
        control: Control,
        reader: Reader,
        *,
        clock: Callable[[], datetime],
        ready: Callable[[], bool],
        checks: Checks,
        since: datetime,
        ledgers: Ledgers | None = None,
    ) -> None:
        self._control = control
        self._reader = reader
        self._clock = clock
        self._ready = ready
        self._checks = checks
        self._since = since
        self._ledgers = ledgers

    def turn(self) -> bool:
        """Judge purchases, silence and destinations of shops watched for them. Never is more waiting."""
        for shop, watch, opened in self._watched():
            now = self._clock()
            if watch.purchases and self._ready():
                self._purchases(shop, now)
            if watch.silence and self._ready():
                self._silence(shop, watch, opened.get(SILENCE), now)
            if watch.destinations and self._ledgers:
                self._destinations(shop, self._ledgers, opened, now)
            for kind in opened:
                if not _is_watched(kind, watch):
                    self._control.alerts.end(shop.shop_id, kind, {}, now.timestamp(), quietly=True)
        return False

    def turn_checks(self) -> bool:
        """Judge the checks of the data of every shop that is watched for them."""
        for shop, watch, _ in self._watched():
            if watch.checks and self._ready():
                now = self._clock()
                for one in self._checks(shop, now):
                    self._check(shop, one, now.timestamp())
        return False

    def _watched(self) -> Iterable[tuple[Shop, Watch, Mapping[str, Alert]]]:
        """Shops that are watched, or were until somebody switched it off."""
        for shop in self._control.shops():
            watch, opened = self._control.alerts.watch(shop.shop_id), self._control.alerts.open(shop.shop_id)
            if (watch.any or opened) and shop.active:
                yield shop, watch, opened

    def _purchases(self, shop: Shop, now: datetime) -> None:
        found = alarms.purchases(self._rows(ORDERS, shop, now))
        facts = {"hours": found.hours, "orders": found.orders, "expected": found.expected}
        self._turned(shop, PURCHASES, found.state, facts, now)

    def _silence(self, shop: Shop, watch: Watch, opened: Alert | None, now: datetime) -> None:
        """A start of the server is no event: only one that came after it began ends an alarm."""
        (row,) = self._rows(LAST, shop, now)
        found = alarms.silence(row["last_at"], _naive(now), watch.silence_min, self._since)
        heard = row["last_at"] is not None and opened is not None and row["last_at"] >= _at(opened.began_at)
        if found.state == "alarm" or opened is None or heard:
            self._turned(shop, SILENCE, found.state, {"minutes": found.minutes}, now)

    def _check(self, shop: Shop, one: Mapping[str, Any], now: float) -> None:
        kind, facts = f"{CHECK}{one['name']}", {"value": one["value"], "alarm": one["alarm"]}
        if one["status"] == "alarm":
            self._control.alerts.begin(shop.shop_id, kind, facts, now)
        elif one["status"] in ("ok", "warn"):
            self._control.alerts.end(shop.shop_id, kind, facts, now)

    def _destinations(self, shop: Shop, ledgers: Ledgers, opened: Mapping[str, Alert], now: datetime) -> None:
        """An alarm of a destination that is no more ends without a word."""
        gone = {kind for kind in opened if kind.startswith(DESTINATION)}
        for one in self._control.destinations.of(shop.shop_id):
            kind = f"{DESTINATION}{one.destination_id}"
            gone.discard(kind)
            health = _health(one, ledgers)
            if health is not None:
                self._destination(shop, one, health, opened.get(kind), now)
        for kind in gone:
            self._control.alerts.end(shop.shop_id, kind, {}, now.timestamp(), quietly=True)

    def _destination(
        self, shop: Shop, one: Stored, health: Health, opened: Alert | None, now: datetime
    ) -> None:
        """What stands still for another reason than before is another alarm; a person's pause is none."""
        kind, facts = f"{DESTINATION}{one.destination_id}", {"name": one.name, "code": health.code}
        since = self._since.replace(tzinfo=UTC).timestamp()
        state = "unknown" if one.paused else alarms.destination(health, now.timestamp(), since)
        other = state == "alarm" and opened is not None and opened.began["code"] != health.code
        if state == "unknown" or other:
            self._control.alerts.end(shop.shop_id, kind, facts, now.timestamp(), quietly=True)
        self._turned(shop, kind, state, facts, now)

    def _turned(
        self, shop: Shop, kind: str, state: alarms.State, facts: Mapping[str, Any], now: datetime
    ) -> None:
        if state == "alarm":
            self._control.alerts.begin(shop.shop_id, kind, facts, now.timestamp())
        elif state == "well":
            self._control.alerts.end(shop.shop_id, kind, facts, now.timestamp())

    def _rows(self, name: str, shop: Shop, now: datetime) -> list[dict[str, Any]]:
        query = queries.load(name)
        params = {"shop": shop.shop_id, "now": _naive(now), "zone": shop.timezone}
        found = self._reader.query(
            query.sql, query.given(params), max_rows=query.max_rows, seconds=query.seconds
        )
        return found.dicts()


def _is_watched(kind: str, watch: Watch) -> bool:
    if kind.startswith(DESTINATION):
        return watch.destinations
    return {PURCHASES: watch.purchases, SILENCE: watch.silence}.get(kind, watch.checks)


def _health(one: Stored, ledgers: Ledgers) -> Health | None:
    """None where the ledger cannot be read now; what has to be done about it is its forwarder's."""
    try:
        return ledgers(one.destination_id).health()
    except sqlite3.Error as error:
        _log.warning("the ledger of destination %s cannot be read: %s", one.destination_id, error)
        return None


def _naive(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(tzinfo=None)


def _at(seconds: float) -> datetime:
    return datetime(1970, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001 - naive UTC, as the store has it
