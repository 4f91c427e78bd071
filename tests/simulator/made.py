"""A short history, made once for all tests of this folder."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from collector.enrich.bots import is_bot
from collector.event import Event
from collector.ids import TimeOrderedIds
from collector.record import Record
from collector.simulator.history import History
from collector.simulator.scenario import Scenario
from collector.simulator.truth import Truth
from collector.wire import Shop

NOW = datetime(2026, 3, 30, 11, 30, tzinfo=UTC)  # the day after Berlin's clocks went forward
SHOP = Shop(shop_id="0123456789abcdef0123456789abcd", currency="EUR", timezone="Europe/Berlin")
SCENARIO = Scenario(
    seed=7, days=10, visitors=400, cancelled=0.1, returned=0.2, edited=0.1, split=0.2, shared_devices=0.1
)


@dataclass(frozen=True)
class Made:
    records: tuple[Record, ...]
    truth: Truth

    def events(self) -> list[tuple[Record, Event]]:
        """Distinct accepted events of people with their records, in the order of their times."""
        first: dict[str, tuple[Record, Event]] = {}
        for record in self.records:
            if is_bot(record.user_agent):
                continue
            for event in record.events:
                first.setdefault(event.event_id, (record, event))
        return sorted(first.values(), key=lambda pair: (pair[1].ts, pair[0].request_id, pair[1].seq))


def history(scenario: Scenario = SCENARIO, now: datetime = NOW) -> History:
    return History(scenario, SHOP, now=now, ids=TimeOrderedIds(random.Random(scenario.seed).randbytes))


@cache
def made() -> Made:
    passing = history()
    return Made(tuple(passing.records()), passing.truth)
