"""Exponea, now Bloomreach Engagement: events and customers in batches, each with a result of its own.

Its project defines names of types, properties and ids; the usual ones stand in `names`.
"""

from __future__ import annotations

from collector.destinations.contract import Destination, Setting
from collector.destinations.exponea.mapping import mapped
from collector.destinations.exponea.requests import limits, pack, probe, relayed
from collector.destinations.exponea.verdicts import judge, probed

DESTINATION = Destination(
    kind="exponea",
    vendor="exponea",
    settings=(
        Setting(name="base_url", kind="url", default="https://api.exponea.com", needed=True),
        Setting(name="project", needed=True),
        Setting(name="form", kind="choice", default="project", choices=("project", "stream")),
        Setting(name="auth", kind="choice", default="basic", choices=("basic", "token")),
        Setting(name="key", kind="secret", needed=True),
        Setting(name="secret", kind="secret"),
        Setting(name="hard_id", default="registered", needed=True),
        Setting(name="soft_id", default="cookie", needed=True),
        Setting(
            name="registered_from", kind="choice", default="user_id", choices=("user_id", "email"), rare=True
        ),
        Setting(name="other_ids", kind="words", default=(), rare=True),
        Setting(name="cart_snapshots", kind="switch", default=True, rare=True),
        Setting(name="property_map", kind="pairs", default={}, rare=True),
    ),
    map=mapped,
    pack=pack,
    judge=judge,
    limits=limits,
    probe=probe,
    probed=probed,
    relay=relayed,
    whole_orders=True,
    carts=True,
)
