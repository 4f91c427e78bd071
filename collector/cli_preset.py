"""`r46 preset`: a shop's own rules of attribution. A running dashboard offers every change at once."""

from __future__ import annotations

import click

from collector.cli_options import F, chosen_settings, data_option
from collector.control import Control
from collector.control.presets import (
    KINDS,
    MATCHES,
    RESETS,
    UNITS,
    VALUES,
    WINNERS,
    Preset,
    preset_of,
)

_CHOICES = {
    "unit": (UNITS, "line", "What is credited: an order line or the whole order."),
    "kinds": (KINDS, "click_add", "Which touches count."),
    "winner": (WINNERS, "last", "The model: who of them gets it."),
    "match": (MATCHES, "item", "What must have been touched; a whole order matches any."),
    "value": (
        VALUES,
        "booked",
        "What it is worth: booked, net (less what was given back), or gross (with shipping and tax).",
    ),
    "reset": (RESETS, "none", "Whether a later visit from an external source ends the credit."),
}


def _parts(function: F) -> F:
    for name, (allowed, usual, text) in reversed(_CHOICES.items()):
        kind = click.Choice(allowed)
        function = click.option(f"--{name}", type=kind, default=usual, show_default=True, help=text)(function)
    return function


@click.group("preset")
@data_option
def preset() -> None:
    """A shop's own presets of attribution: add, list, remove."""


@preset.command("add")
@data_option
@click.argument("name")
@click.option("--shop", "shop_id", required=True)
@click.option(
    "--window",
    default="session",
    show_default=True,
    help="session, run (pauses up to 30 min), day (calendar day), hours (24h) or days (7d).",
)
@_parts
def add(name: str, shop_id: str, **given: str) -> None:
    """Save a preset; one of the same name is replaced."""
    saved = preset_of({**given, "name": name})
    control = Control(chosen_settings().control_file)
    new = control.presets.save(shop_id, saved)
    control.close()
    click.echo(f"{'added' if new else 'replaced'}\t{describe(saved)}")


@preset.command("list")
@data_option
@click.option("--shop", "shop_id", required=True)
def list_(shop_id: str) -> None:
    """List a shop's own presets, one a line."""
    control = Control(chosen_settings().control_file)
    for one in control.presets.of(shop_id):
        click.echo(describe(one))
    control.close()


@preset.command("remove")
@data_option
@click.argument("name")
@click.option("--shop", "shop_id", required=True)
def remove(name: str, shop_id: str) -> None:
    """Forget a preset; addresses that name it show the usual one."""
    control = Control(chosen_settings().control_file)
    control.presets.remove(shop_id, name)
    control.close()
    click.echo(f"removed\t{name}")


def describe(one: Preset) -> str:
    """A preset as a line: its name and its seven parameters."""
    window = f"{one.hours}h" if one.span == "time" else one.span
    parts = (one.unit, one.kinds, window, one.winner, one.match, one.value, one.reset)
    return "\t".join((one.name, *parts))
