"""What people and metrics see of a destination: how it is, what became of events, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

State = Literal["delivered", "delivered_with_loss", "undeliverable", "failed", "expired", "skipped"]
STATES: Final[tuple[State, ...]] = (
    "delivered",
    "delivered_with_loss",
    "undeliverable",
    "failed",
    "expired",
    "skipped",
)
DEAD: Final[tuple[State, ...]] = ("undeliverable", "failed", "expired")
"""The states of the dead-letter box."""

Condition = Literal["starting", "running", "waiting", "paused", "stopped"]
"""`waiting`: the breaker is open, the next try stands in `until`. `paused`: somebody, or r_auth or r_config, did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One destination now. Times are epoch seconds.

    `code` and `told` say why it waits or is paused. `waiting` events have been read and have no outcome yet,
    `held` orders wait for lines; `behind_bytes` of the log have not been read. `read_at` is when the newest
    event that was read had been received, `oldest_at` when the oldest that waits had been.
    `counts` are events of all time by state.
    """

    condition: Condition
    code: str = ""
    told: str = ""
    since: float = 0.0
    until: float = 0.0
    waiting: int = 0
    held: int = 0
    in_flight: int = 0
    maybe: int = 0
    behind_bytes: int = 0
    read_at: float | None = None
    oldest_at: float | None = None
    delivered_at: float | None = None
    counts: Mapping[State, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """Events of a day of the shop, by name, state and code (`u_…`, `r_…`, `s_…`, `x_expired` or empty)."""

    day: str
    event: str
    state: State
    code: str
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCount:
    """Events of a day that were delivered without what `code` names."""

    day: str
    event: str
    code: str
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one event. `told` are the vendor's words. `maybe`: it may have arrived more than once.

    `number` grows with every outcome. `code` is empty where it was delivered.
    """

    number: int
    event_id: str
    request_id: str
    seq: int
    event: str
    order_key: str | None
    day: str
    ts: float
    received_at: float
    state: State
    code: str
    losses: tuple[str, ...]
    told: str
    tries: int
    maybe: bool
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderValue:
    """An order as it was told to the vendor, or was not. `value` is decimal text, None where none is known."""

    order_key: str
    day: str
    value: str | None
    currency: str | None
    state: State
