"""The chore that settles days: those that are over get their rows prepared, the newest first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from zoneinfo import ZoneInfo

from collector.control.presets import Preset
from collector.store import Reader
from collector.store.settling import DayRows, Settler
from collector.store.statements import text
from collector.wire import Shop
from dashboard import settled

LONGEST = timedelta(days=400)
"""How far back days are prepared: a year and the period before it that a month is compared with."""

TURN_SECONDS = 0.3
_ASK_SECONDS = 30.0
_EVER = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


class Settling:
    """`turn` is the work of a chore.

    `presets` gives a shop's own ones of attribution; `ready` says whether the loader can spare
    the machine now.
    """

    def __init__(
        self,
        reader: Reader,
        settler: Settler,
        shops: Callable[[], Sequence[Shop]],
        *,
        presets: Callable[[str], Sequence[Preset]] = lambda _: (),
        clock: Callable[[], datetime],
        ready: Callable[[], bool] = lambda: True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._settler = settler
        self._shops = shops
        self._presets = presets
        self._clock = clock
        self._ready = ready
        self._monotonic = monotonic

    def turn(self) -> bool:
        """Settle days for a moment, at least one if any waits; whether more may wait."""
        until = self._monotonic() + TURN_SECONDS
        for day in self.waiting():
            if not self._ready():
                return False
            self._settler.settle(day)
            if self._monotonic() >= until:
                return True
        return False

    def waiting(self) -> Iterator[DayRows]:
        """Days that are over and not prepared: part by part and shop by shop, the newest first."""
        firsts = dict(self._reader.query(text("rollup_firsts"), seconds=_ASK_SECONDS).rows)
        queues = [
            self._missing(part, shop, firsts[shop.shop_id])
            for shop in self._shops()
            if shop.shop_id in firsts
            for part in settled.parts()
        ]
        for round_of in zip_longest(*queues):
            yield from (day for day in round_of if day is not None)

    def _missing(self, part: str, shop: Shop, first: datetime) -> Iterator[DayRows]:
        last = settled.last_day(shop, self._clock())
        oldest = max(_day_of(first, shop), last - LONGEST)
        if oldest > last:
            return
        presets = self._presets(shop.shop_id)
        newest = settled.day_rows(part, shop, last, presets)
        with self._reader.snapshot(_ASK_SECONDS) as moment:
            held = {
                since
                for since, _ in moment.settled_days(
                    shop.shop_id, part, newest.mark, start=_EVER, until=newest.until
                )
            }
        for back in range((last - oldest).days + 1):
            day = settled.day_rows(part, shop, last - timedelta(days=back), presets)
            if day.since not in held:
                yield day


def _day_of(moment: datetime, shop: Shop) -> date:
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(shop.timezone)).date()
