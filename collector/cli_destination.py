"""`r46 destination`: where a shop's events are sent on. A running server knows every change within a second or two."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from collector.cli_destination_told import condition, described, facts, line, needed
from collector.cli_forwarding import (
    FORWARDING,
    found,
    json_option,
    moment_of,
    opened_control,
    print_json,
    printable,
    reading_of,
)
from collector.cli_options import F, chosen_settings, data_option
from collector.cli_secret_options import secret_options, told_secrets
from collector.cli_user import note
from collector.control.destination_options import options_of, secrets_of, written
from collector.destinations import kinds as every_kind
from collector.errors import OperatorError


@click.group("destination")
@data_option
def destination() -> None:
    """Destinations of a shop's events: set up, test, watch, replay. Secrets are never arguments."""


for command in FORWARDING:
    destination.add_command(command)


def _option(function: F) -> F:
    text = "An option of the kind or of all; see `kinds`. Of a list or a mapping one entry, to be repeated."
    return click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help=text)(function)


@destination.command("kinds")
@data_option
@click.argument("kind", default="")
def kinds(kind: str) -> None:
    """The kinds of destinations; of one of them its options and secrets."""
    known = every_kind()
    if not kind:
        for name, one in known.items():
            secrets = ", ".join(told.name for told in secrets_of(one)) or "-"
            click.echo(f"{name}\tneeds {needed(one.settings)}\tsecrets {secrets}")
        return
    if kind not in known:
        raise OperatorError(f"{kind!r} is no kind of destination; there are {', '.join(known)}")
    for told in (*secrets_of(known[kind]), *options_of(known[kind])):
        click.echo(f"{told.name:24} {described(told)}")


@destination.command("add")
@data_option
@click.argument("name")
@click.option("--shop", "shop_id", required=True)
@click.option("--kind", required=True, help="What it is; see `kinds`.")
@_option
@secret_options
@click.option("--since", metavar="DAY", help="Send what was received from then on (default: from now on).")
def add(
    name: str, shop_id: str, kind: str, options: tuple[str, ...], since: str | None, **secrets: Sequence[str]
) -> None:
    """Send a shop's events on, from now or from a day on; try it first with `test`."""
    now = time.time()
    with opened_control() as control:
        shop = control.find(shop_id)
        if shop is None:
            raise OperatorError(f"there is no shop with the id {shop_id!r}")
        added = control.destinations.add(
            shop_id,
            kind,
            name,
            _options(options),
            told_secrets(**secrets),
            start_at=moment_of(since, ZoneInfo(shop.timezone)) if since else now,
            now=now,
            references=True,
        )
        note(control, shop_id, "destination_added", f"{added.name} ({kind})")
        click.echo(line(added))


@destination.command("set")
@data_option
@click.argument("destination_id")
@click.option("--name", help="What it is called.")
@_option
@secret_options
@click.option("--forget", multiple=True, metavar="NAME", help="A secret to take away. May repeat.")
def change(
    destination_id: str,
    name: str | None,
    options: tuple[str, ...],
    forget: tuple[str, ...],
    **secrets: Sequence[str],
) -> None:
    """Change what is named, the rest stays; an option without a value goes back to its default."""
    with opened_control() as control:
        changed = control.destinations.change(
            destination_id,
            name=name,
            options=_options(options),
            secrets={**told_secrets(**secrets), **dict.fromkeys(forget, "")},
            now=time.time(),
            references=True,
        )
        note(control, changed.shop_id, "destination_changed", changed.name)
        click.echo(line(changed))


@destination.command("list")
@data_option
@click.option("--shop", "shop_id", default="", help="Only of this shop.")
@json_option
def list_(shop_id: str, as_json: bool) -> None:
    """Every destination: id, shop, kind, name, condition, what waits, what was delivered."""
    with opened_control() as control:
        rows = [one for one in control.destinations.all() if shop_id in ("", one.shop_id)]
        if as_json:
            print_json([facts(control, one) for one in rows])
            return
    for one in rows:
        health = reading_of(one).health()
        delivered = health.counts.get("delivered", 0) + health.counts.get("delivered_with_loss", 0)
        told = (condition(one, health), f"{health.waiting} wait", f"{delivered} delivered")
        click.echo("\t".join((line(one), *told)))
    if not rows:
        click.echo("no destinations")


@destination.command("show")
@data_option
@click.argument("destination_id")
@json_option
def show(destination_id: str, as_json: bool) -> None:
    """A destination with its options, its health and its counts; of secrets only which are set."""
    with opened_control() as control:
        told = facts(control, found(control, destination_id))
    if as_json:
        print_json(told)
        return
    options, counts = told.pop("options"), told.pop("counts")
    for name, value in {**told, **options, **counts}.items():
        lines = [] if value is None else written(value).splitlines()
        click.echo(f"{name:24} {', '.join(lines) or '–'}")


@destination.command("test")
@data_option
@click.argument("destination_id")
def test(destination_id: str) -> None:
    """Ask the vendor now, without an event, whether address and key are right. Exit code 1 where they are not."""
    from collector.serving.sending import tested_now

    chosen = chosen_settings()
    with opened_control() as control:
        one = found(control, destination_id)
        judged = asyncio.run(tested_now(chosen, control, one, datetime.now(UTC)))
        note(control, one.shop_id, "destinations_test", f"{one.name} {judged.verdict}")
    click.echo(f"{judged.verdict}\t{printable(judged.text)}".rstrip())
    if judged.verdict != "delivered":
        raise OperatorError(f"{one.name} does not take events as it is set up")


@destination.command("remove")
@data_option
@click.argument("destination_id")
def remove(destination_id: str) -> None:
    """Send nothing there any more, and forget its settings and secrets."""
    with opened_control() as control:
        gone = control.destinations.remove(destination_id)
        note(control, gone.shop_id, "destination_removed", f"{gone.name} ({gone.kind})")
        click.echo(f"removed\t{gone.name}")


def _options(given: Sequence[str]) -> Mapping[str, str]:
    """`NAME=VALUE`, one entry a time; entries of one name stand on lines of their own."""
    told: dict[str, str] = {}
    for one in given:
        name, mark, value = one.partition("=")
        if not mark:
            raise OperatorError(f"{one[:80]!r} is no option; write NAME=VALUE")
        told[name.strip()] = f"{told[name.strip()]}\n{value}" if name.strip() in told else value
    return told
