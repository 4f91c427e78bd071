"""The command `r46`: reads what was typed, calls what does it, says what happened.

What a command alone needs is imported where it runs: a collector process must never
load the store's engine.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click
import uvloop

from collector import __version__
from collector import settings as settings_module
from collector.control import Control, sha256
from collector.errors import OperatorError
from collector.serving import servers
from collector.serving.collect import collect as run_collect
from collector.settings import Settings
from collector.snippet import snippet
from collector.wire import Shop

F = TypeVar("F", bound=Callable[..., Any])


def _remember(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(dict)["data"] = value


def data_option(function: F) -> F:
    """`--data DIR`, accepted after the command's name and after every group's."""
    return click.option(
        "--data",
        metavar="DIR",
        expose_value=False,
        is_eager=True,
        callback=_remember,
        help="Folder of the log, the store and the control data (R46_DATA; default: data).",
    )(function)


def _settings(**given: Any) -> Settings:
    context = click.get_current_context()
    return settings_module.load(data=context.ensure_object(dict).get("data"), **given)


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

    _run(run_serve(_settings(**given), click.echo))


@r46.command()
@data_option
@listening_options
def engine(**given: Any) -> None:
    """Only the engine: loader and dashboard over a log that collectors write."""
    from collector.serving.serve import serve as run_serve

    _run(run_serve(_settings(**given), click.echo, collecting=False))


@r46.command()
@data_option
@listening_options
@click.option("--socket-fd", type=int, hidden=True)
@click.option("--alive-fd", type=int, hidden=True)
def collect(socket_fd: int | None, alive_fd: int | None, **given: Any) -> None:
    """Only the collector: HTTP in, durable log out."""
    import socket

    chosen = _settings(**given)
    if socket_fd is None:
        listening = servers.bind_tcp(chosen.host, chosen.port)
        click.echo(f"collector  {chosen.origin}")
    else:
        listening = socket.socket(fileno=socket_fd)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the engine decides when its workers end
    _run(run_collect(chosen, listening, proxied=socket_fd is not None, alive=alive_fd))


@r46.group()
@data_option
def shop() -> None:
    """Shops: add, list."""


@shop.command("add")
@data_option
@click.argument("name")
@click.option("--id", "shop_id", help="Shop id that pages send; made if not given.")
@click.option("--secret", default="", help="Secret of the shop's own server; stored hashed.")
@click.option("--strict", is_flag=True, help="Answer the vendor's error codes instead of mending input.")
@click.option("--currency", default="EUR", show_default=True, help="Currency of amounts that name none.")
@click.option("--timezone", default="UTC", show_default=True, help="Zone of the shop's days.")
@click.option("--origin", "origins", multiple=True, help="Origin of the shop's pages; may repeat.")
@click.option("--tool", "known_tools", multiple=True, help="A further value of recommended_by; may repeat.")
def shop_add(
    name: str,
    shop_id: str | None,
    secret: str,
    strict: bool,
    currency: str,
    timezone: str,
    origins: tuple[str, ...],
    known_tools: tuple[str, ...],
) -> None:
    """Add a shop and print the snippet for its pages. A running server knows it at once."""
    chosen = _settings()
    added = Shop(
        shop_id=shop_id or secrets.token_hex(15),
        name=name,
        secret_sha256=sha256(secret) if secret else "",
        strict=strict,
        currency=_currency(currency),
        timezone=_zone(timezone),
        origins=origins,
        known_tools=known_tools,
    )
    control = Control(chosen.control_file)
    control.add(added)
    control.close()
    click.echo(snippet(added.shop_id, chosen.origin))


@shop.command("list")
@data_option
def shop_list() -> None:
    """List the shops: id, name, currency, time zone."""
    control = Control(_settings().control_file)
    for one in control.shops():
        mode = "strict" if one.strict else "lenient"
        click.echo(f"{one.shop_id}\t{one.name}\t{one.currency}\t{one.timezone}\t{mode}")
    control.close()


@r46.command()
@data_option
@listening_options
def link(**given: Any) -> None:
    """Print a link that signs in to the dashboard once, within a day."""
    chosen = _settings(**given)
    control = Control(chosen.control_file)
    click.echo(f"{chosen.dashboard_origin}/signin?token={control.issue_link(time.time())}")
    control.close()


@r46.command()
@data_option
@listening_options
@click.option("--storefront-port", type=int, help="Port of the demo storefront (default: PORT + 1).")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True)
@click.option("--visitors", type=click.IntRange(1), default=400, show_default=True, help="A day.")
@click.option("--seed", type=int, default=46, show_default=True)
def demo(storefront_port: int | None, days: int, visitors: int, seed: int, **given: Any) -> None:
    """A demo shop with history, its storefront and its dashboard."""
    from collector import demo as demo_module
    from collector.simulator.history import Scenario

    chosen = _settings(**given)
    storefront = storefront_port or chosen.port + 1
    scenario = Scenario(seed=seed, days=days, visitors=visitors)
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

    commands.import_rees46(_settings(), file, shop_id, src, click.echo)


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

    commands.export(_settings(), "events", shop_id, sys.stdout.buffer)


@export.command("rejects")
@data_option
@click.option("--shop", "shop_id", default="", help="Only this shop's.")
@click.option("--format", "form", type=click.Choice(["ndjson"]), default="ndjson", show_default=True)
def export_rejects(shop_id: str, form: str) -> None:
    """What was not counted, with its reasons and its raw request."""
    from collector import commands

    commands.export(_settings(), "rejects", shop_id, sys.stdout.buffer)


@r46.command()
@data_option
def rebuild() -> None:
    """Make the store again from the log; the server must be stopped."""
    from collector import commands

    commands.rebuild(_settings(), click.echo)


def _currency(text: str) -> str:
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise OperatorError(f"{text!r} is no currency; write three letters like EUR")
    return code


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise OperatorError(f"{name!r} is no time zone; write it like Europe/Berlin") from error
    return name


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
    try:
        r46(obj={})
    except OperatorError as error:
        click.echo(f"r46: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
