"""Whether a device was seen before, and in which session (docs/wire/r46.md §4, §5.3, V11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from collector.history.statements import rows
from collector.store import Reader
from collector.wire import Shop, Told


def device(reader: Reader, shop: Shop, params: Mapping[str, str], now: datetime) -> Told:
    """`known`, the newest `sid` with the time of its last event (`last_at`), and that of the sent sid."""
    del now
    (found,) = rows(reader, "device", shop=shop.shop_id, did=params.get("did", ""), sid=params.get("sid", ""))
    return {
        "known": found["sessions"] > 0,
        "sid": found["sid"],
        "last_at": _rfc3339(found["last_at"]),
        "sid_last_at": _rfc3339(found["sid_last_at"]),
    }


def _rfc3339(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="microseconds") + "Z"
