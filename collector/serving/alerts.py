"""The chore that watches shops: alarms begin and end here, and what is told of them is put into the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from collector.control import Control
from collector.control.alerts import Alert, Watch
from collector.store import Reader
from collector.wire import Shop
from dashboard import alarms, queries
from dashboard.alarms import CHECK, PURCHASES, SILENCE

SECONDS: Final = 60.0
CHECKS_SECONDS: Final = 3600.0
ORDERS: Final = "settings/expected_orders"
LAST: Final = "settings/last_event"
Checks = Callable[[Shop, datetime], Iterable[Mapping[str, Any]]]
"""Every check of a shop: its name, status, value and threshold, as `r46 check run` tells them."""


class Watching:
    """`turn` and `turn_checks` are works of chores. `clock` gives aware UTC.

    `ready` says whether the store has what was taken: while it is behind nothing is judged. `since` is
    when this process began to listen.
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
    ) -> None:
        self._control = control
        self._reader = reader
        self._clock = clock
        self._ready = ready
        self._checks = checks
        self._since = since

    def turn(self) -> bool:
        """Judge purchases and silence of every shop that is watched for them. Never is more waiting."""
        for shop, watch, opened in self._watched():
            now = self._clock()
            if watch.purchases:
                self._purchases(shop, now)
            if watch.silence:
                self._silence(shop, watch, opened.get(SILENCE), now)
            for kind in opened:
                if not _is_watched(kind, watch):
                    self._control.alerts.end(shop.shop_id, kind, {}, now.timestamp(), quietly=True)
        return False

    def turn_checks(self) -> bool:
        """Judge the checks of the data of every shop that is watched for them."""
        for shop, watch, _ in self._watched():
            if watch.checks:
                now = self._clock()
                for one in self._checks(shop, now):
                    self._check(shop, one, now.timestamp())
        return False

    def _watched(self) -> Iterable[tuple[Shop, Watch, Mapping[str, Alert]]]:
        """Shops that are watched, or were until somebody switched it off."""
        for shop in self._control.shops():
            watch, opened = self._control.alerts.watch(shop.shop_id), self._control.alerts.open(shop.shop_id)
            if (watch.any or opened) and shop.active and self._ready():
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
    return {PURCHASES: watch.purchases, SILENCE: watch.silence}.get(kind, watch.checks)


def _naive(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(tzinfo=None)


def _at(seconds: float) -> datetime:
    return datetime(1970, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001 - naive UTC, as the store has it
