"""Webhooks of a running shop: set up, told, asked for something."""

from __future__ import annotations

from typing import Any

from collector.control.destination_acts import Act
from collector.control.destinations import Stored
from tests.destinations.recorder import Recorder
from tests.forwarder.running import Running

SECRETS = {"secret": "whsecret"}


def hook(shop: Running, vendor: Recorder, name: str = "Hook", **options: Any) -> Stored:
    return shop.add("webhook", name, secrets=SECRETS, url=f"{vendor.url}/{name}", **options)


def told(vendor: Recorder, name: str = "Hook") -> list[dict[str, Any]]:
    """Events that it was told of, in the order they came in."""
    return [one for got in vendor.got if got.path == f"/{name}" for one in got.json()["events"]]


def ids(vendor: Recorder, name: str = "Hook") -> list[str]:
    return [one["event_id"] for one in told(vendor, name)]


def asked(shop: Running, one: Stored, **act: Any) -> None:
    shop.control.destinations.ask(one.destination_id, Act(**act), shop.clock())
    shop.until(lambda: not shop.control.destinations.acts(one.destination_id), one)
