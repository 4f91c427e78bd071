"""One report now, for a command: sent by the server that runs, or by this process alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from collector.control import Control
from collector.control.outbox import Delivery
from collector.control.reports import ISSUE, Report
from collector.errors import OperatorError
from collector.serving import local
from collector.serving.collect import utc_now
from collector.serving.reports import Reporting, asked
from collector.settings import Settings

PATIENCE: Final = 90.0
"""Seconds that a running server has for the first attempt."""
PAUSE: Final = 0.25


def send_now(settings: Settings, control: Control, report: Report, now: float) -> Sequence[Delivery]:
    """Ask for one and give what became of the first attempt; raises OperatorError where nobody would get it."""
    wanted = control.reports.ask(report.shop_id, report.report_id, now)
    if not local.is_running(settings.data):
        _send_offline(settings, control)
        return issues(control, wanted)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = issues(control, wanted)
        if found and all(one.attempts for one in found) and not any(one.state == "sending" for one in found):
            return found
        time.sleep(PAUSE)
    raise OperatorError("the server did not send it in time; `r46 report list` tells what becomes of it")


def issues(control: Control, wanted: Report) -> Sequence[Delivery]:
    """The deliveries of what was asked for, one a target."""
    prefix, suffix = f"{ISSUE}{wanted.report_id}:", f":{asked(wanted)}"
    return [one for one in control.outbox.of(wanted.shop_id, prefix) if one.thing.endswith(suffix)]


def _send_offline(settings: Settings, control: Control) -> None:
    from collector.serving import telling
    from collector.serving.engine import Engine

    engine = Engine(settings, control, utc_now)
    try:
        engine.loader.catch_up(None)
        Reporting(control, utc_now).turn()
        telling.sender(settings, engine, control, utc_now).turn()
    finally:
        engine.close()
