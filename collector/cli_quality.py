"""How commands about the quality of data, and about vendors, ask: the engine that runs, else the store."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import msgspec

from collector.control import Control
from collector.serving import local
from collector.settings import Settings


def asked(settings: Settings, what: Literal["checks", "reconcile", "shadow"], params: dict[str, str]) -> Any:
    """The answer as plain values; raises OperatorError with the reason where there is none."""
    if local.is_running(settings.data):
        return msgspec.json.decode(b"".join(local.stream(settings.data, f"/-/{what}", params)))
    from collector.serving import quality, shadow
    from collector.serving.collect import utc_now
    from collector.serving.engine import Engine

    control = Control(settings.control_file)
    engine = Engine(settings, control, utc_now)
    try:
        engine.loader.catch_up(None)
        works: Mapping[str, quality.Work] = {
            "checks": quality.checks,
            "reconcile": quality.reconcile,
            "shadow": partial(shadow.shadow, settings),
        }
        return works[what](engine, control, params, utc_now())
    finally:
        engine.close()
        control.close()
