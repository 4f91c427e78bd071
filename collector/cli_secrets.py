"""`r46 secrets`: the key that seals what shops' vendors and webhooks are told apart from the data."""

from __future__ import annotations

import sys

import click

from collector.cli_options import chosen_settings, data_option
from collector.cli_user import note
from collector.control import opened
from collector.control.users import EVERYWHERE


@click.group("secrets")
@data_option
def secrets() -> None:
    """Secrets of destinations and webhooks: replace the key, see whether all of them open."""


@secrets.command("rotate")
@data_option
@click.option("--lost", is_flag=True, help="The former key is lost: forget what does not open.")
def rotate(lost: bool) -> None:
    """Seal everything with a new key, also while the server runs. Interrupted, it is ended by running it again."""
    control = opened(chosen_settings())
    try:
        done = control.sealing.rotate(lost=lost)
        note(control, EVERYWHERE, "secrets_rotated", f"{done.sealed} sealed, {len(done.lost)} forgotten")
    finally:
        control.close()
    click.echo(
        f"{done.sealed} secrets are sealed with the new key; keep a copy of {control.sealing.vault.key_file}"
    )
    for about in done.lost:
        click.echo(f"forgotten\t{about}")


@secrets.command("check")
@data_option
def check() -> None:
    """Every secret by what it belongs to, and whether it opens; never the secret. Exit code 1 where one does not."""
    control = opened(chosen_settings())
    found = control.sealing.state()
    control.close()
    for about, fault in found:
        click.echo(f"{about}\t{fault or 'opens'}")
    if not found:
        click.echo("no secrets")
    if any(fault for _, fault in found):
        sys.exit(1)
