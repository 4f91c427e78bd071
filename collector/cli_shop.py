"""`r46 shop`: add a shop, see it, change it. A running server knows every change at once."""

from __future__ import annotations

import secrets
from typing import Any

import click

from collector import shop_settings
from collector.cli_key import describe, key
from collector.cli_options import F, chosen_settings, data_option
from collector.control import Control, sha256
from collector.errors import OperatorError
from collector.options import OPTIONS
from collector.snippet import snippet
from collector.wire import Shop

_LISTS = {
    "origins": ("--origin", "Origin of the shop's pages."),
    "known_tools": ("--tool", "A further value of recommended_by."),
    "custom_names": ("--custom-event", "A custom event that may come; none given: all may."),
    "cancelled_statuses": ("--cancelled-status", "An order status that takes back its revenue."),
}
_SWITCHES = {
    "strict": ("--strict/--lenient", "Answer the vendor's error codes, or mend input and note it (default)."),
    "active": ("--on/--off", "A shop that is off is answered 403, and nothing of it is stored."),
    "pageviews": ("--pageviews/--no-pageviews", "Whether page views of the script are kept."),
    "first_party_cookie": (
        "--first-party-cookie/--no-first-party-cookie",
        "Keep the device id in a cookie of the collector's host as well.",
    ),
    "url_identity": ("--url-identity/--no-url-identity", "Believe an e-mail address in a link."),
    "external_did": ("--external-did/--no-external-did", "Device ids are the shop's own, of any form."),
}
_CHOICES = {
    "gpc": "What becomes of visitors with Global Privacy Control.",
    "consent_off": "What is kept of visitors who did not consent.",
    "unserved_writes": "What is answered to subscriptions nobody serves here.",
}
_NUMBERS = {
    "session_gap_s": ("--session-gap", "SECONDS", "Silence after which a session is over."),
    "now_window_min": ("--now-window", "MINUTES", "What `now` means in product counters."),
    "rate_limit": ("--rate-limit", "N", "Requests a second that are taken; 0: all."),
}


def _setting_options(function: F) -> F:
    """An option for every setting of a shop; one that is not given is None (or empty)."""
    for field, (flag, text) in _LISTS.items():
        function = click.option(flag, field, multiple=True, help=f"{text} May repeat.")(function)
    for field, (names, metavar, text) in _NUMBERS.items():
        bounds = shop_settings.NUMBERS[field]
        number = click.IntRange(bounds.least, bounds.most)
        function = click.option(names, field, type=number, metavar=metavar, help=text)(function)
    for field, text in _CHOICES.items():
        name = "--" + field.replace("_", "-")
        choice = click.Choice(shop_settings.CHOICES[field])
        function = click.option(name, field, type=choice, help=text)(function)
    for field, (names, text) in _SWITCHES.items():
        function = click.option(names, field, default=None, help=text)(function)
    option = click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help=_options_help())
    function = option(function)
    for names, text in (
        ("--secret", "Secret of the shop's own server; stored hashed."),
        ("--currency", "Currency of amounts that name none (EUR)."),
        ("--timezone", "Zone of the shop's days (UTC)."),
    ):
        function = click.option(names, help=text)(function)
    return function


def _options_help() -> str:
    return f"An option of a vendor's protocol; may repeat. Names: {', '.join(OPTIONS)}."


def _settings_of(given: dict[str, Any]) -> dict[str, Any]:
    """The settings that were typed, checked; an empty list item alone empties the list."""
    typed = {name: value for name, value in given.items() if value is not None and value != ()}
    secret = typed.pop("secret", None)
    settings = shop_settings.checked(typed)
    if secret is not None:
        settings["secret_sha256"] = sha256(secret) if secret else ""
    return settings


@click.group()
@data_option
def shop() -> None:
    """Shops: add, list, show, set; and their keys at vendors."""


shop.add_command(key)


@shop.command("add")
@data_option
@click.argument("name")
@click.option("--id", "shop_id", help="Shop id that pages send; made if not given.")
@_setting_options
def add(name: str, shop_id: str | None, **given: Any) -> None:
    """Add a shop and print the snippet for its pages."""
    chosen = chosen_settings()
    added = Shop(shop_id=shop_id or secrets.token_hex(15), **_settings_of({"name": name, **given}))
    control = Control(chosen.control_file)
    control.add(added)
    control.close()
    click.echo(snippet(added.shop_id, chosen.origin))


@shop.command("set")
@data_option
@click.argument("shop_id")
@click.option("--name", help="The name on the pages.")
@_setting_options
def change(shop_id: str, **given: Any) -> None:
    """Change the settings that are named; the others stay."""
    control = Control(chosen_settings().control_file)
    settings = _settings_of(given)
    found = control.find(shop_id)
    if found is not None and "options" in settings:
        settings["options"] = {**found.options, **settings["options"]}
    changed = control.change(shop_id, settings)
    control.close()
    _print(changed)


@shop.command("show")
@data_option
@click.argument("shop_id")
def show(shop_id: str) -> None:
    """Print a shop's settings and its snippet; never its secret."""
    chosen = chosen_settings()
    control = Control(chosen.control_file)
    found = control.find(shop_id)
    if found is None:
        raise OperatorError(f"there is no shop with the id {shop_id!r}")
    _print(found)
    for one in control.keys_of(shop_id):
        click.echo(f"{'key':20} {describe(one)}")
    control.close()
    click.echo()
    click.echo(snippet(found.shop_id, chosen.origin))


@shop.command("list")
@data_option
def list_() -> None:
    """List the shops: id, name, currency, time zone."""
    control = Control(chosen_settings().control_file)
    for one in control.shops():
        mode = "strict" if one.strict else "lenient"
        click.echo(f"{one.shop_id}\t{one.name}\t{one.currency}\t{one.timezone}\t{mode}")
    control.close()


def _print(one: Shop) -> None:
    told: dict[str, Any] = {name: getattr(one, name) for name in Shop.__dataclass_fields__}
    told["secret"] = "set" if told.pop("secret_sha256") else "none"
    told["options"] = tuple(f"{name}={value}" for name, value in one.options.items())
    for name, value in told.items():
        written = ", ".join(value) if isinstance(value, tuple) else str(value)
        click.echo(f"{name:20} {written}")
