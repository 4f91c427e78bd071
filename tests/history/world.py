"""A store with a few records, and its history asked at a fixed moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from collector.history import StoreHistory
from collector.wire import Ask, Shop, Told
from tests.store.world import START, load, open_store

DID = "AH5aEvmlqn"
SHOP = Shop(shop_id="shop-1")
Kind = Literal["cart", "counters", "profile", "segments", "device", "feed"]


def ready(_: float) -> bool:
    """A store that has everything."""
    return True


def never(_: float) -> bool:
    """A store that does not catch up in time."""
    return False


class World:
    """A store that takes what was sent when it is asked."""

    def __init__(self, path: Path) -> None:
        self.store = open_store(path)
        self._sent: list[bytes] = []

    def send(self, record: bytes) -> None:
        self._sent.append(record)

    def load(self) -> None:
        """Load everything sent so far, as one batch."""
        if self._sent:
            load(self.store, self._sent)
        self._sent = []

    def told(
        self,
        kind: Kind,
        *,
        at: datetime = START,
        shop: Shop = SHOP,
        caught_up: Callable[[float], bool] = never,
        **params: Any,
    ) -> Told | None:
        """One question, answered."""
        self.load()
        history = StoreHistory(self.store.reader(), lambda: at, caught_up)
        try:
            return asyncio.run(history.answer(shop, Ask(kind, params)))
        finally:
            history.close()
