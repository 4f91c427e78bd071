"""Reports and alerts of a running engine: what is due is put into the outbox, and what stands there is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from collector.control import Control
from collector.forwarder.reading import Reading, ledger_file
from collector.serving import alerts, post, quality, reports
from collector.serving.alerts import Watching
from collector.serving.chores import Chore, Chores
from collector.serving.engine import Engine
from collector.serving.post import Post
from collector.serving.reports import Reporting
from collector.settings import Settings
from collector.wire import Shop
from dashboard.answers import Sources
from dashboard.now import LiveTables

Clock = Callable[[], datetime]
CHECKED: str = "7d"
"""The period over which checks alarm."""


def chores(settings: Settings, engine: Engine, control: Control, clock: Clock) -> Chores:
    """All of it, to run in a thread of its own: a mail server may keep it waiting."""
    watching = Watching(
        control,
        engine.store.reader(),
        clock=clock,
        ready=engine.in_step,
        checks=_checks(engine, control),
        since=clock().astimezone(UTC).replace(tzinfo=None),
        ledgers=lambda destination_id: Reading(ledger_file(settings.data, destination_id)),
    )
    reporting = Reporting(control, clock)
    return Chores(
        (
            Chore(name="reports", every_s=reports.SECONDS, work=reporting.turn),
            Chore(name="alerts", every_s=alerts.SECONDS, work=watching.turn),
            Chore(name="checks", every_s=alerts.CHECKS_SECONDS, work=watching.turn_checks),
            Chore(name="post", every_s=post.SECONDS, work=sender(settings, engine, control, clock).turn),
        )
    )


def sender(settings: Settings, engine: Engine, control: Control, clock: Clock) -> Post:
    """What sends, over the engine's store."""

    def sources() -> Sources:
        return Sources(engine.store.reader(), LiveTables(engine.tail, clock()), control)

    return Post(settings, control, sources, clock=clock, stopped=lambda: engine.ending)


def _checks(engine: Engine, control: Control) -> Callable[[Shop, datetime], Iterable[Mapping[str, Any]]]:
    return lambda shop, now: quality.checks(engine, control, {"shop": shop.shop_id, "period": CHECKED}, now)
