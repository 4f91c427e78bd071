"""`r46 rate`: what other currencies are worth in a shop's own. A running server knows it within seconds."""

from __future__ import annotations

import csv
from pathlib import Path

import click

from collector.cli_options import chosen_settings, data_option
from collector.control import Control
from collector.control.rates import rate_of, read_rates
from collector.errors import OperatorError


@click.group()
@data_option
def rate() -> None:
    """Rates of other currencies, by day."""


@rate.command("import")
@data_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", "shop_id", required=True)
def import_(file: Path, shop_id: str) -> None:
    """A CSV with the columns day, currency and rate (units of the shop's currency for one). All of it or nothing."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rates = list(read_rates(lines))
    except (UnicodeDecodeError, csv.Error) as error:
        raise OperatorError(f"{file.name} is no CSV in UTF-8: {error}") from error
    control = Control(chosen_settings().control_file)
    control.rates.put(shop_id, rates)
    control.close()
    currencies = sorted({one.currency for one in rates})
    click.echo(f"{len(rates)} rates of {', '.join(currencies) or 'no currency'}")


@rate.command("set")
@data_option
@click.argument("day", metavar="YYYY-MM-DD")
@click.argument("currency", metavar="CURRENCY")
@click.argument("value", metavar="RATE")
@click.option("--shop", "shop_id", required=True)
def set_(day: str, currency: str, value: str, shop_id: str) -> None:
    """One rate: units of the shop's currency for one of CURRENCY, from that day of the shop's clock on."""
    told = rate_of(day, currency, value)
    control = Control(chosen_settings().control_file)
    control.rates.put(shop_id, [told])
    control.close()
    click.echo(f"{told.day}\t{told.currency}\t{told.rate:f}")


@rate.command("list")
@data_option
@click.option("--shop", "shop_id", required=True)
@click.option("--currency", default="", help="Only of this currency.")
def list_(shop_id: str, currency: str) -> None:
    """The shop's rates by currency and day."""
    control = Control(chosen_settings().control_file)
    rates = control.rates.of(shop_id, currency.upper())
    control.close()
    for one in rates:
        click.echo(f"{one.day}\t{one.currency}\t{one.rate:f}")
    if not rates:
        click.echo("no rates; amounts of other currencies are shown in their own")
