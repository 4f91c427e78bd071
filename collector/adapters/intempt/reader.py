"""What is known of one event when its name is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from collector.adapters.intempt.entry import Entry
from collector.reading.draft import Draft


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """`data` is what the shop says of the event; the draft's properties begin as a copy of it."""

    draft: Draft
    payload: dict[str, Any]
    data: dict[str, Any]
    entry: Entry

    def first(self, names: Iterable[str]) -> tuple[str, Any]:
        """The first of these names of the data that holds something, and what; "" and None otherwise."""
        for name in names:
            value = self.data.get(name)
            if value is not None and value != "":
                return name, value
        return "", None


Reader = Callable[[Fields], None]
"""Writes columns; raises Unusable."""
