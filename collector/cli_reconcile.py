"""`r46 reconcile`: a shop's own export of orders against what is stored here."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click

from collector.cli_options import chosen_settings, data_option
from collector.cli_quality import asked

COLUMNS = ("number", "outcome", "reason", "day", "there", "here", "status_there", "status_here")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@click.command()
@data_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", "shop_id", required=True, help="The shop whose orders these are.")
@click.option(
    "--map",
    "columns",
    default="",
    metavar="MEANING=COLUMN,…",
    help="id=Number,total=Sum,date=…,status=…,currency=…; usual names are found by themselves.",
)
@click.option("--tolerance", default="", help="Up to which difference amounts are equal (0.01).")
@click.option(
    "--encoding", type=click.Choice(["utf-8", "cp1251", "latin-1"]), help="Found by itself if not given."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print the orders that do not match as CSV.")
def reconcile(
    file: Path, shop_id: str, columns: str, tolerance: str, encoding: str | None, as_csv: bool
) -> None:
    """Compare a CSV, one row an order, with the orders here; the result is kept and shown on Data quality."""
    params = {"shop": shop_id, "file": str(file.resolve()), "map": columns, "tolerance": tolerance}
    told = asked(chosen_settings(), "reconcile", {**params, "encoding": encoding or ""})
    if as_csv:
        _print_rows(told["rows"])
        return
    summary = told["summary"]
    for name in (
        "matched",
        "missing_here",
        "unknown_there",
        "amount_differs",
        "status_differs",
        "unreadable",
    ):
        click.echo(f"{name:16}{summary[name]:>10}")
    for side in ("there", "here"):
        amount = f"{summary[f'sum_{side}']} {summary['currency']}"
        click.echo(f"{'sum_' + side:16}{amount:>14}  of {summary[f'orders_{side}']} orders")


def _print_rows(rows: list[dict[str, str | None]]) -> None:
    """RFC 4180; text that a spreadsheet would run as a formula is quoted off, as everywhere."""
    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(name, row.get(name)) for name in COLUMNS])


def _cell(name: str, value: str | None) -> str:
    text = value or ""
    return f"'{text}" if text.startswith(FORMULA) and name not in ("there", "here") else text
