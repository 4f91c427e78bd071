"""What can be set of every destination, whatever its vendor: what is sent, how long it is tried, how it is renamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from collector.destinations.contract import Options, Setting

COMMON: Final = (
    Setting(name="events", kind="words"),
    Setting(name="source_vendors", kind="words"),
    Setting(name="segment", kind="text"),
    Setting(name="relay_raw", kind="switch", default=False),
    Setting(name="forward_possible_replays", kind="switch", default=False, rare=True),
    Setting(name="fields", kind="pairs", default={}, rare=True),
    Setting(name="names", kind="pairs", default={}, rare=True),
    Setting(name="expire_s", kind="whole", default=24 * 3600, least=60, most=30 * 24 * 3600, rare=True),
    Setting(name="max_age_s", kind="whole", default=3600, least=60, most=30 * 24 * 3600, rare=True),
    Setting(name="order_settle_s", kind="whole", default=60, least=0, most=3600, rare=True),
    Setting(name="rate", kind="whole", default=0, most=10_000, rare=True),
    Setting(name="retry_budget", kind="whole", default=120, least=1, most=10_000, rare=True),
    Setting(name="keep_days", kind="whole", default=30, least=1, most=400, rare=True),
    Setting(name="keep_rows", kind="whole", default=200_000, least=1_000, most=5_000_000, rare=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The common settings of one destination, typed.

    `events` and `source_vendors` empty: all. An entry of `events` is a canonical name, `custom` or a custom
    event's own name. `segment` is a saved segment's name. `fields` maps a canonical field to the one it is
    taken from ("" drops it), `names` an event's name to the vendor's name for it. `rate` 0 is the vendor's
    own. `retry_budget`: repetitions a minute at most. Outcomes are kept for `keep_days`, and at most `keep_rows`.
    """

    events: tuple[str, ...] = ()
    source_vendors: tuple[str, ...] = ()
    segment: str = ""
    relay_raw: bool = False
    forward_possible_replays: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    expire_s: int = 24 * 3600
    max_age_s: int = 3600
    order_settle_s: int = 60
    rate: int = 0
    retry_budget: int = 120
    keep_days: int = 30
    keep_rows: int = 200_000


def policy_of(options: Options) -> Policy:
    """The policy that stands in a destination's options."""
    return Policy(**{one.name: options[one.name] for one in COMMON if one.name in options})
