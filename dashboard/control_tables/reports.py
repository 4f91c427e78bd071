"""Reports of a shop, and what became of each that was sent."""

from __future__ import annotations

from datetime import UTC, datetime

from collector.control.outbox import Delivery
from collector.control.reports import ISSUE, Report
from dashboard import schedule
from dashboard.control_tables import question
from dashboard.desk import ControlView
from dashboard.page import Row
from dashboard.periods import utc
from dashboard.scope import Scope


def _reports(control: ControlView, scope: Scope) -> list[Row]:
    return [_report(one, scope) for one in control.reports.of(scope.shop.shop_id)]


def _report(one: Report, scope: Scope) -> Row:
    plan = one.plan
    return {
        "report_id": one.report_id,
        "name": plan.name,
        "on": plan.on,
        "kind": plan.kind,
        "hour": plan.hour,
        "parts": ", ".join(plan.parts),
        "segment": plan.segment or None,
        "language": plan.language,
        "recipients": ", ".join(plan.channel.recipients),
        "webhook": plan.channel.webhook,
        "next_at": utc(schedule.following(plan, scope.zone, scope.now)) if plan.on else None,
    }


def delivery(one: Delivery) -> Row:
    """A delivery as a row; times are naive UTC."""
    return {
        "thing": one.thing,
        "target": one.target,
        "state": one.state,
        "attempts": one.attempts,
        "repeated": one.repeated,
        "put_at": _moment(one.put_at),
        "ended_at": None if one.ended_at is None else _moment(one.ended_at),
        "next_at": _moment(one.next_at) if one.state == "waiting" else None,
        "error": one.error,
    }


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _sent(control: ControlView, scope: Scope) -> list[Row]:
    return [delivery(one) for one in control.outbox.of(scope.shop.shop_id, ISSUE)]


DELIVERED = (
    "thing:varchar target:varchar state:varchar attempts:bigint repeated:boolean put_at:timestamp "
    "ended_at:timestamp next_at:timestamp error:varchar"
)
QUESTIONS = (
    question(
        "reports",
        "Reports of the shop",
        "report_id:varchar name:varchar on:boolean kind:varchar hour:bigint parts:varchar segment:varchar "
        "language:varchar recipients:varchar webhook:varchar next_at:timestamp",
        "Reports that were set up for this shop: daily ones tell of yesterday, weekly ones on Mondays of the seven "
        "days before, monthly ones on the first of the month before, each at an hour of the shop's clock.",
        _reports,
    ),
    question(
        "reports_sent",
        "What became of the reports",
        DELIVERED,
        "The last 100 deliveries of reports, the newest first: one for each recipient, how often it was tried, "
        "and whether it may have arrived twice.",
        _sent,
    ),
)
