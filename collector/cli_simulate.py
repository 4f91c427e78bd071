"""Options of a simulated history, and `r46 simulate`: a history with its truth beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from collector.cli_options import F, chosen_settings, data_option
from collector.errors import OperatorError
from collector.simulator.scenario import ALL, Scenario

_SHARES = {
    "returning": "Visits of a browser that was here before.",
    "accounts": "People who have an account and sign in.",
    "second_devices": "New browsers of somebody who has one already.",
    "shared_devices": "Returning browsers that change hands.",
    "anonymous": "Visits without consent or without a device id.",
    "bots": "Crawlers beside visits.",
    "monitors": "Programs that shop to see whether the shop works, beside visits.",
    "duplicates": "Requests sent twice.",
    "reloads": "Thank-you pages loaded again.",
    "server_copies": "Orders that the shop's server tells as well.",
    "server_orders": "Orders by telephone, told by the server alone, beside the others.",
    "late": "Visits that arrive hours or days later.",
    "skew": "Browsers whose clock is up to two hours wrong.",
    "broken_clocks": "Browsers whose clock goes backwards.",
    "cancelled": "Orders cancelled later.",
    "returned": "Orders given back later.",
    "edited": "Orders changed by the visitor.",
    "split": "Orders paid in two parts within five minutes.",
}
_PAIR = re.compile(r"([A-Za-z_]+)=(-?[0-9.]+)")
_DEFAULT = Scenario()


def scenario_options(function: F) -> F:
    """Everything a scenario has, as options of a command."""
    pairs = {
        "currencies": ("CODE=SHARE", "Orders placed in another currency; 'none' for none. Several times."),
        "uplift": ("PLACE=SHARE", "How much more readily arm B pays, helped by that tool or by 'all'. Several times."),
    }  # fmt: skip
    options = [
        click.option("--seed", type=int, default=_DEFAULT.seed, show_default=True),
        click.option("--days", type=click.IntRange(1, 366), default=_DEFAULT.days, show_default=True),
        *(
            click.option(
                f"--{name.replace('_', '-')}",
                type=click.FloatRange(0, 1),
                default=getattr(_DEFAULT, name),
                show_default=True,
                help=told,
            )
            for name, told in _SHARES.items()
        ),
        click.option(
            "--late-hours", type=click.IntRange(1, 160), default=_DEFAULT.late_hours, show_default=True
        ),
        *(
            click.option(
                f"--{name}",
                multiple=True,
                metavar=form,
                default=[f"{key}={share:g}" for key, share in getattr(_DEFAULT, name).items()],
                show_default=True,
                help=told,
            )
            for name, (form, told) in pairs.items()
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def scenario_of(given: dict[str, Any]) -> Scenario:
    """The scenario that the options say, taken out of them. Raises OperatorError for impossible ones."""
    from collector.simulator.effect import places

    told = {one.name: given.pop(one.name) for one in fields(Scenario) if one.name in given}
    told["currencies"] = _pairs(told["currencies"], re.compile(r"[A-Z]{3}"), "a currency")
    told["uplift"] = _pairs(told["uplift"], re.compile("|".join((ALL, *places()))), "a place of a tool")
    try:
        return Scenario(**told)
    except ValueError as error:
        raise OperatorError(str(error)) from None


def _pairs(given: tuple[str, ...], allowed: re.Pattern[str], what: str) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for one in given:
        pair = _PAIR.fullmatch(one)
        if one == "none":
            continue
        if pair is None or not allowed.fullmatch(pair[1]) or pair[2].count(".") > 1:
            raise OperatorError(
                f"{one!r} is not {what} and a share, as in {allowed.pattern.split('|')[0]}=0.1"
            )
        found[pair[1]] = float(pair[2])
    return found


@click.command()
@data_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Records as NDJSON, instead of a data folder.",
)
@click.option("--truth", type=click.Path(dir_okay=False, path_type=Path), help="The right answers, as JSON.")
@click.option(
    "--until", metavar="TIME", help="The end of the history, ISO 8601 with an offset (default: now)."
)
@click.option(
    "--visitors", type=click.IntRange(1), default=_DEFAULT.visitors, show_default=True, help="A day."
)
@scenario_options
def simulate(out: Path | None, truth: Path | None, until: str | None, **given: Any) -> None:
    """A history of the demo shop whose every answer is known.

    The same options with the same --until write the same bytes. Without --out it goes into the
    data folder, which must not hold a history yet.
    """
    from collector import demo

    scenario, now = scenario_of(given), _moment(until)
    if out is not None:
        events = demo.write_records(out, scenario, now, truth)
    else:
        events = demo.fill(chosen_settings(), scenario, now, truth)
    click.echo(f"{events} events, {scenario.days} days, seed {scenario.seed}")


def _moment(until: str | None) -> datetime:
    if until is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise OperatorError(f"{until!r} is not a time with an offset, as in 2026-03-30T11:30+00:00")
    return moment.astimezone(UTC)
