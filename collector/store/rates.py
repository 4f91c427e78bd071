"""Rates of currencies, as the control data tells them, in a table that questions can read."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

import duckdb

from collector.store import StoreUnavailable
from collector.store.statements import run

RateRow = tuple[str, str, date, Decimal]
"""Shop, currency, day, and units of the shop's currency for one of that currency."""


class RateTable:
    """Writes the rates with a cursor of its own, beside the loader, which never does."""

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._connect = connect
        self._guard = threading.Lock()
        self._told: Sequence[RateRow] | None = None

    def tell(self, rates: Sequence[RateRow]) -> bool:
        """Have the table hold these rates and no others; whether that changed it. Raises StoreUnavailable."""
        with self._guard:
            if self._told == rates:
                return False
            try:
                self._write(rates)
            except duckdb.Error as error:
                raise StoreUnavailable(str(error)) from error
            self._told = rates
        return True

    def forget(self) -> None:
        """The store is another one: what is told next is written."""
        with self._guard:
            self._told = None

    def _write(self, rates: Sequence[RateRow]) -> None:
        cursor = self._connect()
        try:
            cursor.execute("begin")
            run(
                cursor,
                "rates",
                shops=[row[0] for row in rates],
                currencies=[row[1] for row in rates],
                days=[row[2] for row in rates],
                rates=[f"{row[3]:f}" for row in rates],
            )
            cursor.execute("commit")
        finally:
            with contextlib.suppress(duckdb.Error):
                cursor.close()
