"""How many requests a shop may send in a second, by meter: a bucket of tokens for each pair.

The bucket holds one second's worth and is counted in the memory of this process alone, so
several processes let several times as many through. It knows no HTTP and no clock.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

SECOND: Final = 1_000_000_000


class RateLimit:
    """Buckets by (shop, meter); a meter is a vendor or one of its surfaces.

    Not thread-safe: one thread, or one event loop, owns it.

    A bucket is kept as the moment (ns) at which it will be full again. One that is full says no
    more than none at all, so it is forgotten: memory is bounded by the pairs of the last second.
    """

    def __init__(self) -> None:
        self._full_at: OrderedDict[tuple[str, str], int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, shop_id: str, meter: str, rate: int, now: float) -> int:
        """0 where a request may pass, which counts it; else whole seconds, at least 1, until one may.

        `rate` is in requests a second, 0 for any number. `now` is in seconds of any clock; a
        clock that goes back costs a second at most.
        """
        moment = int(now * SECOND)
        self._forget(moment)
        if rate <= 0:
            return 0
        step = -(-SECOND // rate)  # ns a token, rounded up: never too many
        size = step * rate
        key = (shop_id, meter)
        full_at = min(max(self._full_at.get(key, moment), moment), moment + size)
        missing = full_at + step - moment - size
        self._full_at[key] = full_at if missing > 0 else full_at + step
        self._full_at.move_to_end(key)
        return -(-missing // SECOND) if missing > 0 else 0

    def _forget(self, moment: int) -> None:
        """Drop full buckets, oldest first: each is full a second after its last request at the latest."""
        while self._full_at and next(iter(self._full_at.values())) <= moment:
            self._full_at.popitem(last=False)
