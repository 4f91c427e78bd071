"""Which history is made: how long, how busy, and how often each hard case comes up.

Shares are of 1. Every share may be 0, which leaves that case out of the history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

ALL = "all"
"""The name under which an uplift is that of the whole arm, whatever tool was used."""

_SHARES_MAP = ("currencies", "uplift")
_NO_SHARES = ("seed", "days", "visitors", "growth", "origin", "late_hours", "pays", *_SHARES_MAP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One history. `visitors` is the mean number of visits a day, `growth` from the first day to the last.

    `currencies` is the share of orders that are placed in each further currency; `uplift`
    by how much arm B pays more readily, by the place of the tool it was helped by, or by
    `ALL`. Raises ValueError for a share beyond 0 and 1, or an uplift of −1 or less.
    """

    seed: int = 46
    days: int = 90
    visitors: int = 1_000
    growth: float = 0.35
    origin: str = "https://shop.hearth.example"
    returning: float = 0.28  # visits of a browser that was here before
    pays: float = 1.0  # factor on how readily a cart is paid
    accounts: float = 0.4  # people who have an account and sign in
    second_devices: float = 0.15  # new browsers that belong to somebody known
    shared_devices: float = 0.03  # returning browsers that change hands
    anonymous: float = 0.04  # visits without consent or without a device id
    bots: float = 0.02  # crawlers beside visits
    monitors: float = 0.004  # programs that shop to see whether the shop works
    duplicates: float = 0.015  # requests sent twice
    reloads: float = 0.04  # thank-you pages loaded again
    server_copies: float = 0.1  # orders that the shop's server tells as well
    server_orders: float = 0.03  # orders by telephone, as a share of the others
    late: float = 0.01  # visits that arrive when the browser finds a network again
    late_hours: int = 120
    skew: float = 0.04  # browsers whose clock is up to two hours wrong
    broken_clocks: float = 0.005  # browsers whose clock goes backwards
    broken_calls: float = 0.004  # visits with a call that nobody can understand
    cancelled: float = 0.05
    returned: float = 0.03
    edited: float = 0.02
    split: float = 0.01  # orders paid in two parts within five minutes
    currencies: Mapping[str, float] = field(default_factory=lambda: {"CHF": 0.03})
    uplift: Mapping[str, float] = field(default_factory=lambda: {ALL: 0.1})

    def __post_init__(self) -> None:
        shares = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in _NO_SHARES}
        shares["cancelled and returned"] = self.cancelled + self.returned
        shares["all currencies"] = sum(self.currencies.values())
        wrong = [name for name, share in shares.items() if not 0 <= share <= 1]
        wrong += [name for name, lift in self.uplift.items() if lift <= -1]
        if wrong:
            raise ValueError(f"not a share: {', '.join(wrong)}")
