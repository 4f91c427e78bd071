"""Alarms of a shop, and what became of each that was told."""

from __future__ import annotations

from datetime import UTC, datetime

from collector.control.alerts import Alert
from dashboard.alarms import ALERT
from dashboard.alert_letters import named, said
from dashboard.control_tables import question
from dashboard.control_tables.reports import DELIVERED, delivery
from dashboard.desk import ControlView
from dashboard.page import Row
from dashboard.scope import Scope


def _alerts(control: ControlView, scope: Scope) -> list[Row]:
    return [_alert(one, scope) for one in control.alerts.of(scope.shop.shop_id)]


def _alert(one: Alert, scope: Scope) -> Row:
    return {
        "what": named(one, scope.words),
        "kind": one.kind,
        "began_at": _moment(one.began_at),
        "ended_at": None if one.ended_at is None else _moment(one.ended_at),
        "said": said(one.kind, "began", one.began, scope.words),
    }


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _told(control: ControlView, scope: Scope) -> list[Row]:
    return [delivery(one) for one in control.outbox.of(scope.shop.shop_id, ALERT)]


def _watched(control: ControlView, scope: Scope) -> list[Row]:
    watch = control.alerts.watch(scope.shop.shop_id)
    return [
        {
            "purchases": watch.purchases,
            "silence": watch.silence,
            "silence_min": watch.silence_min,
            "checks": watch.checks,
            "destinations": watch.destinations,
            "language": watch.language,
            "recipients": ", ".join(watch.channel.recipients),
            "webhook": watch.channel.webhook,
        }
    ]


QUESTIONS = (
    question(
        "watch",
        "What the shop is watched for",
        "purchases:boolean silence:boolean silence_min:bigint checks:boolean destinations:boolean "
        "language:varchar recipients:varchar webhook:varchar",
        "Of what an alarm is raised: no purchases when there should be, no events for so many minutes, "
        "checks of the data that alarm over the last seven days, and destinations that stand still; and who is told.",
        _watched,
    ),
    question(
        "alerts",
        "Alarms of the shop",
        "what:varchar kind:varchar began_at:timestamp ended_at:timestamp said:varchar",
        "The last 200 alarms, the newest first: what was wrong, from when to when, and what was found when it began.",
        _alerts,
    ),
    question(
        "alerts_told",
        "What became of the alerts",
        DELIVERED,
        "The last 100 deliveries of alerts, the newest first: one when an alarm began and one when it ended, "
        "for each recipient.",
        _told,
    ),
)
