"""`r46 shadow …`: vendors' own exports, and what they claim beside what is here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from collector.cli_options import chosen_settings, data_option
from collector.cli_quality import asked
from collector.control import Control
from collector.errors import OperatorError
from dashboard import reconcile_table
from dashboard.shadow.words import MEANINGS

shop_option = click.option("--shop", "shop_id", required=True, help="The shop that it is about.")
TOTALS = (
    ("orders here", "orders", ""),
    ("orders there", "their_orders", ""),
    ("revenue here", "revenue", "money"),
    ("revenue there", "their_revenue", "money"),
    ("credited here", "credited", "money"),
    ("claimed there", "their_attributed", "money"),
    ("claimed less credited", "attributed_difference", "money"),
)
BOXES = (
    "both",
    "only_they",
    "only_we",
    "neither",
    "untold",
    "missing_there",
    "missing_here",
    "uncovered",
)


@click.group("shadow")
def shadow() -> None:
    """What vendors say themselves, beside what is here and what was delivered."""


@shadow.command("import")
@data_option
@shop_option
@click.option("--vendor", required=True, help="Whose export it is: a kind of destination, as r46.")
@click.option(
    "--map",
    "columns",
    default="",
    metavar="MEANING=COLUMN,…",
    help=f"Meanings are {', '.join(MEANINGS)}; usual names are found by themselves.",
)
@click.option("--clock", default="", metavar="ZONE", help="The export's time zone, if not the shop's.")
@click.option(
    "--encoding", type=click.Choice(reconcile_table.ENCODINGS), help="Found by itself if not given."
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def take_in(file: Path, shop_id: str, vendor: str, columns: str, clock: str, encoding: str | None) -> None:
    """Keep a vendor's export (CSV): orders, or sums by day. It counts in place of older ones on its days."""
    from dashboard.shadow import uploads

    told = uploads.told_of(reconcile_table.read_map(columns, tuple(MEANINGS)), encoding or "", clock)
    data = _bytes(file, uploads.LARGEST)
    with _control() as control:
        shop = control.find(shop_id)
        if shop is None:
            raise OperatorError(f"no shop has the id {shop_id!r}; `r46 shop list` shows them")
        made = uploads.keep(
            control.vendor_exports,
            shop,
            vendor,
            data,
            name=file.name,
            told=told,
            who="",
            now=datetime.fromtimestamp(time.time(), UTC),
        )
        (one,) = (one for one in control.vendor_exports.of(shop_id, vendor) if one.export_id == made)
    click.echo(f"{made}  {_about(one.summary)}")


@shadow.command("list")
@data_option
@shop_option
def listed(shop_id: str) -> None:
    """Exports that were uploaded, the newest first."""
    with _control() as control:
        for one in control.vendor_exports.of(shop_id):
            made = datetime.fromtimestamp(one.made_at, UTC)
            click.echo(f"{one.export_id}  {one.vendor:14}{made:%Y-%m-%d %H:%M}  {_about(one.summary)}")


@shadow.command("undo")
@data_option
@shop_option
@click.argument("export_id")
def undo(export_id: str, shop_id: str) -> None:
    """Take an export back; older ones count again on its days."""
    with _control() as control:
        one = control.vendor_exports.remove(shop_id, export_id)
    click.echo(f"{one.export_id} is taken back: {_about(one.summary)}")


@shadow.command("show")
@data_option
@shop_option
@click.option("--vendor", default="", help="A vendor or the id of a destination; by default the first.")
@click.option("--period", default="28d", show_default=True)
@click.option("--rule", default="", help="The preset to credit by; by default the vendor's own.")
def show(shop_id: str, vendor: str, period: str, rule: str) -> None:
    """Both sides by day, totals of the days that can be compared, and orders by who credits them."""
    params = {"shop": shop_id, "vendor": vendor, "period": period, "rule": rule}
    told = asked(chosen_settings(), "shadow", params)
    chosen = next((row for row in told["choice"] if row["chosen"]), None)
    if chosen is None:
        raise OperatorError("there is nobody to compare with: name a vendor with --vendor")
    click.echo(f"{chosen['name'] or chosen['vendor']} ({chosen['vendor']}), credited by {chosen['rule']}")
    for row in told["claims"]:
        click.echo(_day(row))
    days = [row for row in told["claims"] if row["covered"] and not row["immature"]]
    click.echo(f"{len(days)} of {len(told['claims'])} days can be compared:")
    for title, name, kind in TOTALS:
        click.echo(f"  {title:24}{_total(days, name, kind):>16}")
    click.echo("orders of all days:")
    for box in BOXES:
        click.echo(f"  {box:24}{sum(row[box] for row in told['claims']):>16}")


def _day(row: dict[str, Any]) -> str:
    """A line: what is here, what is there (– where they do not tell it)."""
    there = ["–" if row[name] is None else f"{row[name]}" for name in ("their_orders", "their_attributed")]
    note = "  can still change" if row["immature"] else ""
    return (
        f"{row['day']}  orders {row['orders']:>6} / {there[0]:>6}   "
        f"credited {float(row['credited']):>12.2f} / claimed {there[1]:>12}{note}"
    )


def _total(rows: list[dict[str, Any]], name: str, kind: str) -> str:
    known = [row[name] for row in rows if row[name] is not None]
    if not known:
        return "n/a"
    return f"{sum(map(float, known)):,.2f}" if kind else f"{sum(known):,}"


def _about(summary: Any) -> str:
    days = f"{summary.first_day} – {summary.last_day}" if summary.first_day else "no days"
    left = [
        f"{count} {why}"
        for count, why in (
            (summary.unreadable, "unreadable"),
            (summary.repeated, "repeated"),
            (summary.other_currency, "in another currency"),
        )
        if count
    ]
    more = f" ({', '.join(left)} left out)" if left else ""
    return (
        f"{summary.name}: {summary.shape}, {days}, {summary.orders} orders, claims {summary.attributed}{more}"
    )


def _bytes(file: Path, most: int) -> bytes:
    try:
        if file.stat().st_size > most:
            raise OperatorError(f"{file} is larger than {most // 1024**2} MiB")
        return file.read_bytes()
    except OSError as error:
        raise OperatorError(f"{file} cannot be read: {error.strerror}") from error


@contextmanager
def _control() -> Iterator[Control]:
    """The control data of the chosen folder."""
    control = Control(chosen_settings().control_file)
    try:
        yield control
    finally:
        control.close()
