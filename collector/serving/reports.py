"""The chore that puts reports into the outbox when they are due, or asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from collector.control import Control
from collector.control.reports import Issue, Report
from dashboard import schedule

SECONDS: Final = 2.0


class Reporting:
    """`turn` is the work of a chore. `clock` gives aware UTC."""

    def __init__(self, control: Control, clock: Callable[[], datetime]) -> None:
        self._control = control
        self._clock = clock

    def turn(self) -> bool:
        """Put what is due: each issue once, however often and whoever asks. Never is more waiting."""
        now = self._clock()
        zones = {shop.shop_id: ZoneInfo(shop.timezone) for shop in self._control.shops() if shop.active}
        for report in self._control.reports.all():
            zone = zones.get(report.shop_id)
            if zone is not None:
                self._asked(report, zone, now)
                self._due(report, zone, now)
        return False

    def _asked(self, report: Report, zone: ZoneInfo, now: datetime) -> None:
        if report.asked_at is None:
            return
        day = schedule.latest(report.plan.kind, now.astimezone(zone).date())
        self._put(report, Issue(report_id=report.report_id, day=day, asked_at=asked(report)), now)
        self._control.reports.answered(report)

    def _due(self, report: Report, zone: ZoneInfo, now: datetime) -> None:
        """Only the last one that is due: after days without a server nobody wants all of them."""
        if not report.plan.on:
            return
        day = schedule.due(report.plan, zone, now)
        if schedule.moment(report.plan, day, zone).timestamp() > report.since:
            self._put(report, Issue(report_id=report.report_id, day=day), now)

    def _put(self, report: Report, issue: Issue, now: datetime) -> None:
        targets = report.plan.channel.targets
        self._control.outbox.put(report.shop_id, issue.thing, targets, now.timestamp())


def asked(report: Report) -> int:
    """What tells one request for a report from another: its moment in milliseconds."""
    return round((report.asked_at or 0.0) * 1000)
