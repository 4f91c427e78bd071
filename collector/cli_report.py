"""`r46 report`: what is sent regularly, and one of it now. Reports are made and changed in Settings."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from collector.cli_options import chosen_settings, data_option
from collector.control import Control, opened
from collector.control.reports import Report
from collector.errors import OperatorError


@click.group("report")
@data_option
def report() -> None:
    """Reports by mail or to a webhook, on a schedule."""


@report.command("list")
@data_option
@click.option("--shop", "shop_id", default="", help="Only of this shop.")
def list_(shop_id: str) -> None:
    """Every report: id, shop, schedule, where it goes, and what became of the last one."""
    control = Control(chosen_settings().control_file)
    shops = {shop.shop_id: shop for shop in control.shops()}
    found = [one for one in control.reports.all() if one.shop_id in shops and shop_id in ("", one.shop_id)]
    for one in found:
        click.echo(describe(one, _last(control, one, ZoneInfo(shops[one.shop_id].timezone))))
    control.close()
    if not found:
        click.echo("no reports; they are made in Settings")


@report.command("send")
@data_option
@click.argument("report_id")
def send(report_id: str) -> None:
    """Send one now, about the last period that is over; also while the server runs. Exit code 1 if it failed."""
    from collector import reporting

    chosen = chosen_settings()
    control = opened(chosen)
    try:
        found = control.reports.find(report_id)
        if found is None:
            raise OperatorError(f"there is no report {report_id!r}; `r46 report list` shows them")
        told = reporting.send_now(chosen, control, found, time.time())
    finally:
        control.close()
    for one in told:
        click.echo(f"{one.target}\t{one.state}\t{one.error}")
    if any(one.state != "sent" for one in told):
        raise OperatorError("not everybody has got it")


def describe(one: Report, last: str) -> str:
    """A report as a line."""
    plan = one.plan
    state = "on" if plan.on else "off"
    schedule = f"{plan.kind} at {plan.hour:02}:00"
    targets = ", ".join(plan.channel.targets) or "nobody"
    return "\t".join((one.report_id, one.shop_id, plan.name, state, schedule, targets, last))


def _last(control: Control, one: Report, zone: ZoneInfo) -> str:
    """What became of the newest issue."""
    for found in control.outbox.of(one.shop_id, f"report:{one.report_id}:", most=1):
        at = datetime.fromtimestamp(found.ended_at or found.put_at, zone)
        return f"{found.state} {at:%Y-%m-%d %H:%M}" + (f" ({found.error})" if found.error else "")
    return "never sent"
