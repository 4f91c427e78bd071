"""`r46 erasure`: which customers a shop was asked to erase. The operator does it; this tells whom."""

from __future__ import annotations

import io
from typing import Any

import click
import msgspec

from collector.cli_options import chosen_settings, data_option

_COLUMNS = ("user_id", "device_id", "email", "phone")


@click.group("erasure")
@data_option
def erasure() -> None:
    """Requests to erase a customer."""


@erasure.command("list")
@data_option
@click.option("--shop", "shop_id", required=True)
def list_(shop_id: str) -> None:
    """Whom to erase, since when it was asked, how often; also while the server runs."""
    from collector import commands

    out = io.BytesIO()
    commands.export(chosen_settings(), "erasures", shop_id, out)
    lines = out.getvalue().splitlines()
    for line in lines:
        click.echo(describe(msgspec.json.decode(line)))
    if not lines:
        click.echo("nobody is to be erased")


def describe(job: dict[str, Any]) -> str:
    """One line for people: since when, how often, from which vendor, whose ids. Control characters are escaped."""
    told = {name: job[name] for name in _COLUMNS if name in job}
    told |= job.get("ids", {})
    times = "once" if job["requests"] == 1 else f"{job['requests']} times"
    ids = " ".join(f"{name}={value}" for name, value in told.items())
    printable = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in ids)
    return "\t".join((job["since"], times, job["vendor"], printable))
