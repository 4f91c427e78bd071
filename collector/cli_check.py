"""`r46 check`: is the data of a shop right? For people, and for cron: an alarm ends with exit code 1."""

from __future__ import annotations

import sys
from typing import Any

import click

from collector.cli_options import chosen_settings, data_option
from collector.cli_quality import asked
from collector.control import Control
from collector.control.thresholds import Threshold
from collector.errors import OperatorError


@click.group()
@data_option
def check() -> None:
    """Checks of the data: list them, set their thresholds, run them."""


@check.command("list")
@data_option
@click.option("--shop", "shop_id", required=True)
def list_(shop_id: str) -> None:
    """The checks with the thresholds of the shop: name, warns from, alarms from, whose they are."""
    from dashboard.checks import thresholds

    control = _control(shop_id)
    own = control.thresholds.of(shop_id)
    control.close()
    for name, one in thresholds(own).items():
        mark = "the shop's" if name in own else "the check's"
        click.echo(f"{name:18}\t{_percent(one.warn)}\t{_percent(one.alarm)}\t{mark}")


@check.command("set")
@data_option
@click.argument("name")
@click.option("--shop", "shop_id", required=True)
@click.option("--warn", help='Per cent from which on it warns; "never" for never.')
@click.option("--alarm", help='Per cent from which on it alarms; "never" for never.')
@click.option("--usual", is_flag=True, help="Go back to the check's own thresholds.")
def set_(name: str, shop_id: str, warn: str | None, alarm: str | None, usual: bool) -> None:
    """Set the thresholds of a check for a shop; what is not named stays."""
    from dashboard.checks import BY_NAME, thresholds

    if name not in BY_NAME:
        raise OperatorError(f"{name!r} is no check; `r46 check list` shows them")
    control = _control(shop_id)
    if usual:
        control.thresholds.clear(shop_id, name)
    else:
        now = thresholds(control.thresholds.of(shop_id))[name]
        told = Threshold(warn=_given(warn, now.warn), alarm=_given(alarm, now.alarm))
        control.thresholds.set(shop_id, name, told)
    one = thresholds(control.thresholds.of(shop_id))[name]
    control.close()
    click.echo(f"{name}: warns from {_percent(one.warn)}, alarms from {_percent(one.alarm)}")


@check.command("run")
@data_option
@click.option("--shop", "shop_id", required=True)
@click.option("--period", default="7d", show_default=True, help="today, yesterday, 7d, 28d …")
def run(shop_id: str, period: str) -> None:
    """Run every check over the period and print what it says; exit code 1 where one alarms."""
    found = asked(chosen_settings(), "checks", {"shop": shop_id, "period": period})
    for one in found:
        click.echo(f"{one['status'].upper():8}{one['name']:18}{_said(one)}")
    if any(one["status"] == "alarm" for one in found):
        sys.exit(1)


def _said(one: dict[str, Any]) -> str:
    if one["value"] is None:
        return f"n/a, because {one['because']}"
    about = f" ({one['about']})" if one["about"] else ""
    return f"{_percent(one['value'])}{about}  {one['found']} / {one['base']}  {one['title']}"


def _percent(value: float | None) -> str:
    return "never" if value is None else f"{value * 100:.4g} %"


def _given(text: str | None, now: float | None) -> float | None:
    from dashboard.check_page import percent_of

    if text is None:
        return now
    return None if text == "never" else percent_of(text)


def _control(shop_id: str) -> Control:
    control = Control(chosen_settings().control_file)
    if control.find(shop_id) is None:
        control.close()
        raise OperatorError(f"no shop has the id {shop_id!r}; `r46 shop list` shows them")
    return control
