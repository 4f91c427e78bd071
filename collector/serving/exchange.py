"""The chore that brings rates of currencies from the control data into the store."""

from __future__ import annotations

from collector.control import Control
from collector.store.rates import RateRow, RateTable

SECONDS = 1.0


class Exchange:
    """`turn` is the work of a chore."""

    def __init__(self, control: Control, table: RateTable) -> None:
        self._control = control
        self._table = table
        self._seen: object = None
        self._rows: tuple[RateRow, ...] = ()

    def turn(self) -> bool:
        """Tell the store of rates that changed, or of all where it was begun anew. Never is more waiting."""
        shops = self._control.shops()
        seen = (self._control.rates.changes(), [(shop.shop_id, shop.currency) for shop in shops])
        if seen != self._seen:
            self._rows = tuple(
                (shop.shop_id, one.currency, one.day, one.rate)
                for shop in shops
                for one in self._control.rates.of(shop.shop_id)
            )
        self._table.tell(self._rows)
        self._seen = seen
        return False
