"""The chore that sends what stands in the outbox: made anew for each attempt, told to one target at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

from collector.control import Control
from collector.control.channels import WEBHOOK, Channel
from collector.control.outbox import Delivery
from collector.control.reports import ISSUE, issue_of
from collector.control.sealing import alerts_secret, report_secret
from collector.errors import OperatorError
from collector.outgoing import Undelivered, mail, webhook
from collector.settings import Settings
from collector.wire import Shop
from dashboard import alert_letters, reports
from dashboard.alarms import ALERT
from dashboard.alert_letters import Turn
from dashboard.answers import Sources
from dashboard.letters import Told

SECONDS: Final = 2.0
_log = logging.getLogger(__name__)


class _Gone(Exception):
    """What the delivery is about, or its target, is no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A letter and the channel of whoever wants it. `about` is what its secret is sealed for."""

    letter: Told
    channel: Channel
    about: str


class Post:
    """`turn` is the work of a chore. `clock` gives aware UTC, `sources` what questions are asked of."""

    def __init__(
        self,
        settings: Settings,
        control: Control,
        sources: Callable[[], Sources],
        *,
        clock: Callable[[], datetime],
        stopped: Callable[[], bool] = lambda: False,
        rules: webhook.Rules | None = None,
    ) -> None:
        self._settings = settings
        self._control = control
        self._sources = sources
        self._clock = clock
        self._stopped = stopped
        self._rules = rules or webhook.Rules(private=settings.webhook_private)

    def turn(self) -> bool:
        """Send what is due. Never is more waiting: what fails has its own time to be tried again.

        Nobody else sends: what is noted as being sent now was left behind by a process that ended.
        """
        self._control.outbox.resume(self._clock().timestamp())
        for delivery in self._control.outbox.due(self._clock().timestamp()):
            if self._stopped():
                break
            self._deliver(delivery)
        return False

    def _deliver(self, delivery: Delivery) -> None:
        outbox = self._control.outbox
        taken = delivery
        try:
            parcel = self._parcel(delivery)
            taken = outbox.take(delivery)
            self._send(taken, parcel)
        except _Gone as gone:
            outbox.abandon(delivery, str(gone), self._clock().timestamp())
        except Undelivered as fault:
            outbox.failed(taken, str(fault), self._clock().timestamp(), unclear=fault.unclear)
        except OperatorError as fault:
            outbox.failed(outbox.take(delivery), str(fault), self._clock().timestamp())
        except Exception:
            _log.exception("the delivery %s broke off", delivery.thing)
            reason, begun = "it broke off; the reason is in the server's log", taken is not delivery
            failed = taken if begun else outbox.take(delivery)
            outbox.failed(failed, reason, self._clock().timestamp(), unclear=begun)
        else:
            outbox.sent(taken, self._clock().timestamp())

    def _parcel(self, delivery: Delivery) -> Parcel:
        shop = self._control.find(delivery.shop_id)
        if shop is None:
            raise _Gone("the shop is no more")
        make = self._report if delivery.thing.startswith(ISSUE) else self._alert
        parcel = make(shop, delivery)
        if delivery.target not in parcel.channel.targets:
            raise _Gone("it is no longer sent there")
        if delivery.target != WEBHOOK:
            return parcel
        return replace(parcel, channel=self._control.sealing.opened(parcel.channel, parcel.about))

    def _report(self, shop: Shop, delivery: Delivery) -> Parcel:
        issue = issue_of(delivery.thing)
        report = self._control.reports.find(issue.report_id)
        if report is None or report.shop_id != shop.shop_id:
            raise _Gone("the report was removed")
        edition = reports.Edition(
            report=report,
            day=issue.day,
            now=self._clock(),
            origin=self._settings.dashboard_origin,
            repeated=delivery.repeated,
        )
        return Parcel(
            letter=reports.letter(self._sources(), shop, edition),
            channel=report.plan.channel,
            about=report_secret(report.report_id),
        )

    def _alert(self, shop: Shop, delivery: Delivery) -> Parcel:
        number, _, turn = delivery.thing.removeprefix(ALERT).partition(":")
        alert = self._control.alerts.find(int(number))
        if alert is None or alert.shop_id != shop.shop_id:
            raise _Gone("the alert is no more")
        watch = self._control.alerts.watch(shop.shop_id)
        letter = alert_letters.letter(
            shop,
            alert,
            cast(Turn, turn),
            language=watch.language,
            origin=self._settings.dashboard_origin,
            repeated=delivery.repeated,
        )
        return Parcel(letter=letter, channel=watch.channel, about=alerts_secret(shop.shop_id))

    def _send(self, delivery: Delivery, parcel: Parcel) -> None:
        name = f"r46.{delivery.thing.replace(':', '.')}.{delivery.delivery_id}"
        told, now = parcel.letter, self._clock()
        if delivery.target == WEBHOOK:
            channel = parcel.channel
            webhook.send(
                channel.webhook, told.body, secret=channel.secret, name=name, now=now, rules=self._rules
            )
        else:
            letter = mail.Letter(subject=told.subject, text=told.text, html=told.html, name=name)
            mail.send(server_of(self._settings), delivery.target, letter, now)


def server_of(settings: Settings) -> mail.Server:
    """The mail server that the operator named; raises Undelivered where there is none."""
    if not settings.smtp_host or "@" not in settings.smtp_from:
        raise Undelivered(
            "no mail server is set up: whoever runs the installation sets smtp_host and smtp_from"
        )
    if settings.smtp_tls not in mail.PORTS:
        raise Undelivered(f"smtp_tls is one of {', '.join(mail.PORTS)}")
    return mail.Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=cast(mail.Tls, settings.smtp_tls),
        user=settings.smtp_user,
        password=_password(settings),
        sender=settings.smtp_from,
    )


def _password(settings: Settings) -> str:
    if not settings.smtp_password_file.name:
        return settings.smtp_password
    try:
        return settings.smtp_password_file.read_text().strip()
    except OSError as error:
        raise Undelivered("the file of the mail server's password cannot be read") from error
