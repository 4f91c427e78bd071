"""The command `r46`: reads what was typed, calls what does it, says what happened.

What a command alone needs is imported where it runs: a collector process must never
load the store's engine.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
import uvloop

from collector import __version__
from collector.cli_check import check
from collector.cli_destination import destination
from collector.cli_erasure import erasure
from collector.cli_options import F, chosen_settings, data_option
from collector.cli_preset import preset
from collector.cli_rate import rate
from collector.cli_reconcile import reconcile
from collector.cli_report import report
from collector.cli_secrets import secrets
from collector.cli_segment import segment
from collector.cli_shadow import shadow
from collector.cli_share import share
from collector.cli_shop import shop
from collector.cli_simulate import scenario_of, scenario_options, simulate
from collector.cli_user import user
from collector.control import Control
from collector.errors import OperatorError
from collector.serving import servers
from collector.serving.collect import collect as run_collect


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@data_option
@click.version_option(__version__, prog_name="r46")
def r46() -> None:
    """Collects a shop's events and shows what earned which revenue."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def listening_options(function: F) -> F:
    for option in (
        click.option("--host", help="Address to listen on (R46_HOST; default 127.0.0.1)."),
        click.option("--port", type=int, help="Port of collector and dashboard (R46_PORT; default 4646)."),
        click.option("--dashboard-port", type=int, help="A port of its own for the dashboard."),
        click.option("--public-url", help="What shops' pages call, where it is not http://HOST:PORT."),
    ):
        function = option(function)
    return function


@r46.command()
@data_option
@listening_options
@click.option(
    "--workers", type=int, help="Collector processes beside the engine (default: none, one process)."
)
def serve(**given: Any) -> None:
    """Collector, loader and dashboard: what most shops run."""
    from collector.serving.serve import serve as run_serve

    _run(run_serve(chosen_settings(**given), click.echo))


@r46.command()
@data_option
@listening_options
def engine(**given: Any) -> None:
    """Only the engine: loader and dashboard over a log that collectors write."""
    from collector.serving.serve import serve as run_serve

    _run(run_serve(chosen_settings(**given), click.echo, collecting=False))


@r46.command()
@data_option
@listening_options
@click.option("--socket-fd", type=int, hidden=True)
@click.option("--alive-fd", type=int, hidden=True)
def collect(socket_fd: int | None, alive_fd: int | None, **given: Any) -> None:
    """Only the collector: HTTP in, durable log out."""
    import socket

    chosen = chosen_settings(**given)
    if socket_fd is None:
        listening = servers.bind_tcp(chosen.host, chosen.port)
        click.echo(f"collector  {chosen.origin}")
    else:
        listening = socket.socket(fileno=socket_fd)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the engine decides when its workers end
    _run(run_collect(chosen, listening, proxied=socket_fd is not None, alive=alive_fd))


r46.add_command(shop)
r46.add_command(segment)
r46.add_command(erasure)
r46.add_command(check)
r46.add_command(reconcile)
r46.add_command(simulate)
r46.add_command(preset)
r46.add_command(rate)
r46.add_command(report)
r46.add_command(destination)
r46.add_command(secrets)
r46.add_command(shadow)
r46.add_command(user)
r46.add_command(share)


@r46.command()
@data_option
@listening_options
def link(**given: Any) -> None:
    """Print a link that signs in to the dashboard once, within a day."""
    chosen = chosen_settings(**given)
    control = Control(chosen.control_file)
    click.echo(f"{chosen.dashboard_origin}/signin?token={control.issue_link(time.time())}")
    control.close()


@r46.command()
@data_option
@listening_options
@click.option("--storefront-port", type=int, help="Port of the demo storefront (default: PORT + 1).")
@click.option("--visitors", type=click.IntRange(1), default=400, show_default=True, help="A day.")
@scenario_options
def demo(storefront_port: int | None, **given: Any) -> None:
    """A demo shop with history, its storefront and its dashboard."""
    from collector import demo as demo_module

    scenario = scenario_of(given)
    chosen = chosen_settings(**given)
    storefront = storefront_port or chosen.port + 1
    demo_module.prepare(chosen, scenario, (chosen.port, storefront))
    _run(demo_module.serve(chosen, storefront, click.echo))


@r46.group("import")
@data_option
def import_() -> None:
    """Bring history in through the same log and loader."""


@import_.command("rees46")
@data_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", "shop_id", required=True, help="The shop the events belong to.")
@click.option("--src", help="Only rows of this source, where the file has a column src.")
def import_rees46(file: Path, shop_id: str, src: str | None) -> None:
    """REES46's open data: CSV or Parquet, one event a row. Running it again adds nothing."""
    from collector import commands

    commands.import_rees46(chosen_settings(), file, shop_id, src, click.echo)


@import_.command("retailrocket")
@data_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", "shop_id", required=True, help="The shop the events belong to.")
def import_retailrocket(file: Path, shop_id: str) -> None:
    """Retail Rocket's open data: CSV or Parquet, one event a row. Running it again adds nothing."""
    from collector import commands

    commands.import_retailrocket(chosen_settings(), file, shop_id, click.echo)


@import_.command("orders")
@data_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", "shop_id", required=True, help="The shop the orders belong to.")
@click.option(
    "--map",
    "columns",
    required=True,
    metavar="MEANING=COLUMN,…",
    help="order=InvoiceNo,item=StockCode,time=…",
)
@click.option("--zone", default="", help="The clock of times without an offset (default: the shop's).")
@click.option("--currency", default="", help="The currency of the prices (default: the shop's).")
@click.option("--cancelled-prefix", default="", help="How numbers of orders that give money back begin.")
@click.option("--time-format", default="", help="How times are written, for strptime (default: ISO 8601).")
def import_orders(file: Path, shop_id: str, **told: str) -> None:
    """A shop's own orders: CSV or Parquet, one line of an order a row. Running it again adds nothing."""
    from collector import commands
    from collector.importing.order_columns import order_file

    commands.import_orders(
        chosen_settings(), file, shop_id, lambda shop: order_file(shop, **told), click.echo
    )


@r46.group()
@data_option
def export() -> None:
    """Stream what is stored to standard output; also while the server runs."""


@export.command("events")
@data_option
@click.option("--shop", "shop_id", required=True)
@click.option("--format", "form", type=click.Choice(["ndjson"]), default="ndjson", show_default=True)
def export_events(shop_id: str, form: str) -> None:
    """Canonical records, each event once, ordered by (request_id, seq)."""
    from collector import commands

    commands.export(chosen_settings(), "events", shop_id, sys.stdout.buffer)


@export.command("rejects")
@data_option
@click.option("--shop", "shop_id", default="", help="Only this shop's.")
@click.option("--format", "form", type=click.Choice(["ndjson"]), default="ndjson", show_default=True)
def export_rejects(shop_id: str, form: str) -> None:
    """What was not counted, with its reasons and its raw request."""
    from collector import commands

    commands.export(chosen_settings(), "rejects", shop_id, sys.stdout.buffer)


@r46.command()
@data_option
def rebuild() -> None:
    """Make the store again from the log; the server must be stopped."""
    from collector import commands

    commands.rebuild(chosen_settings(), click.echo)


def _run(main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(main)
        except* OperatorError as group:
            raise _first(group) from None


def _first(group: BaseExceptionGroup[OperatorError]) -> OperatorError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, OperatorError)
    return error


def main() -> None:
    """Entry point: an OperatorError is one line on the terminal and exit code 1."""
    status: str | int | None = 0
    try:
        r46(obj={})
    except OperatorError as error:
        click.echo(f"r46: {error}", err=True)
        status = 1
    except SystemExit as end:
        status = end.code
    if "duckdb" in sys.modules and isinstance(status, int):
        # Everything is closed. The engine's bindings would report each of their own types as leaked now.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    main()
