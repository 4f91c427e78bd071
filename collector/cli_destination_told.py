"""How `r46 destination` tells of destinations, their kinds and their health."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from collector.cli_forwarding import reading_of, zone_of
from collector.control import Control
from collector.control.destination_options import written
from collector.control.destinations import Stored
from collector.destinations.contract import Setting
from collector.forwarder.health import STATES, Health


def line(one: Stored) -> str:
    """Id, shop, kind and name."""
    return "\t".join((one.destination_id, one.shop_id, one.kind, one.name))


def facts(control: Control, one: Stored) -> dict[str, Any]:
    """Everything that is told of a destination."""
    zone, health = zone_of(control, one), reading_of(one).health()
    references = control.destinations.references(one.destination_id)
    return {
        "id": one.destination_id,
        "shop": one.shop_id,
        "kind": one.kind,
        "name": one.name,
        "sends_from": moment(one.start_at, zone),
        "secrets": {name: references.get(name, "set") for name in one.secrets},
        "condition": condition(one, health),
        "since": moment(health.since, zone),
        "next_try": moment(health.until, zone),
        "waiting": health.waiting,
        "oldest_waiting": moment(health.oldest_at, zone),
        "orders_assembling": health.held,
        "in_flight": health.in_flight,
        "maybe_delivered": health.maybe,
        "log_not_read_bytes": health.behind_bytes,
        "lag_seconds": _lag(health),
        "last_delivered": moment(health.delivered_at, zone),
        "asked_for": tuple(act.kind for _, act in control.destinations.acts(one.destination_id)),
        "counts": {state: health.counts.get(state, 0) for state in STATES},
        "options": dict(one.options),
    }


def moment(seconds: float | None, zone: ZoneInfo) -> str | None:
    """A time on that clock; 0 is none."""
    return datetime.fromtimestamp(seconds, zone).isoformat(timespec="seconds") if seconds else None


def _lag(health: Health) -> int | None:
    """Seconds since what was read last had been received, while more is to be read."""
    if not health.behind_bytes:
        return 0
    return None if health.read_at is None else max(0, round(time.time() - health.read_at))


def condition(one: Stored, health: Health) -> str:
    """How it is, with the code that says why; a person's pause goes first."""
    if one.paused:
        return "paused"
    told = f" {health.code}" if health.code else ""
    return f"{health.condition}{told}"


def needed(settings: Sequence[Setting]) -> str:
    """What must be set."""
    return ", ".join(one.name for one in settings if one.needed and not one.default) or "nothing"


def described(one: Setting) -> str:
    """A setting as a line: its kind, what it may be, its default."""
    bounds = f" {one.least}…{one.most}" if one.kind == "whole" else ""
    choices = f" {' | '.join(one.choices)}" if one.choices else ""
    usual = "" if one.kind == "secret" or one.default in ("", (), {}) else f", default {written(one.default)}"
    return f"{one.kind}{bounds}{choices}{usual}{', needed' if one.needed else ''}".replace("\n", " ")
