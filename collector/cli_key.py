"""`r46 shop key`: what a shop is known by at the vendors whose protocols it speaks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

import click

from collector.cli_options import F, chosen_settings, data_option
from collector.control import Control, credentials
from collector.control.credentials import FORMS
from collector.errors import OperatorError
from collector.wire import Key

_HELP = {
    "partner_id": "Retail Rocket: public id of the shop.",
    "api_key": "Secret key: Retail Rocket, Yespo; Intempt as PREFIX.SECRET.",
    "site_id": "Yespo: site of the web tracker.",
    "org_id": "Yespo: organisation of the web tracker.",
    "org": "Intempt: organisation.",
    "project": "Intempt: project.",
    "source": "Intempt: source; without it, any source of the project.",
    "project_token": "Exponea: project.",
    "public_token": "Exponea: token of browsers and apps; opens only what they need.",
    "private_key": "Exponea: ID:SECRET of servers.",
    "stream_id": "Exponea: stream of the Data Hub form.",
    "jwt_secret": "Exponea: what customer tokens are signed with (HS256).",
    "test_key": "Tag check: secret key of automated tests; reads the last events with their sources.",
    "feed_key": "Feeds: public key that pages ask with; opens nothing else.",
}


def _part_options(function: F) -> F:
    for part in reversed(_HELP):
        flag = "--" + part.replace("_", "-")
        function = click.option(flag, part, help=_HELP[part])(function)
    return function


@click.group("key")
@data_option
def key() -> None:
    """Credentials in vendors' protocols: add, list, rotate, revoke. A secret given as - is asked for."""


@key.command("add")
@data_option
@click.argument("shop_id")
@click.option("--vendor", type=click.Choice(list(FORMS)), required=True)
@_part_options
def add(shop_id: str, vendor: str, **given: str | None) -> None:
    """Let a shop's requests in a vendor's protocol in. A running server knows at once."""
    parts = _parts(vendor, given)
    credentials.complete(vendor, parts)
    control = Control(chosen_settings().control_file)
    _say(control.add_key(shop_id, vendor, **credentials.stored(vendor, parts), now=time.time()))
    control.close()


@key.command("list")
@data_option
@click.argument("shop_id")
def list_(shop_id: str) -> None:
    """All keys of a shop; of a secret only that there is one."""
    control = Control(chosen_settings().control_file)
    if control.find(shop_id) is None:
        raise OperatorError(f"there is no shop with the id {shop_id!r}")
    for one in control.keys_of(shop_id):
        _say(one)
    control.close()


@key.command("rotate")
@data_option
@click.argument("key_id")
@click.option("--keep", is_flag=True, help="Leave the old key in force until it is revoked.")
@_part_options
def rotate(key_id: str, keep: bool, **given: str | None) -> None:
    """A new key with other secrets and the same public parts; the old one is revoked."""
    control = Control(chosen_settings().control_file)
    old = next(
        (one for shop in control.shops() for one in control.keys_of(shop.shop_id) if one.key_id == key_id),
        None,
    )
    if old is None or old.revoked_at is not None:
        raise OperatorError(f"there is no key {key_id!r} in force")
    stored = credentials.stored(old.vendor, _parts(old.vendor, given))
    public = {**old.public, **stored["public"]}
    hashes, kept = {**old.hashes, **stored["hashes"]}, {**old.kept, **stored["kept"]}
    if (public, hashes, kept) == (old.public, old.hashes, old.kept):
        raise OperatorError("nothing of the key would be new")
    _say(control.add_key(old.shop_id, old.vendor, public=public, hashes=hashes, kept=kept, now=time.time()))
    if not keep:
        _say(control.revoke_key(key_id, time.time()))
    control.close()


@key.command("revoke")
@data_option
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Take a key out of force at once."""
    control = Control(chosen_settings().control_file)
    _say(control.revoke_key(key_id, time.time()))
    control.close()


def describe(one: Key) -> str:
    """One line for people: id, vendor, public parts, names of the secrets, state."""
    told = [f"{name}={value}" for name, value in one.public.items()]
    told += [f"{name}=set" for name in (*one.hashes, *one.kept)]
    if one.revoked_at is None:
        state = "in force"
    else:
        state = f"revoked {datetime.fromtimestamp(one.revoked_at, UTC):%Y-%m-%d %H:%M} UTC"
    return "\t".join((one.key_id, one.vendor, " ".join(told), state))


def _say(one: Key) -> None:
    click.echo(describe(one))


def _parts(vendor: str, given: Mapping[str, str | None]) -> dict[str, str]:
    """The parts that were typed; a secret given as `-` is asked for."""
    typed = dict(given)
    for name in (*FORMS[vendor].hashed, *FORMS[vendor].kept):
        if typed.get(name) == "-":
            typed[name] = click.prompt(name.replace("_", " "), hide_input=True)
    return credentials.checked(vendor, typed)
