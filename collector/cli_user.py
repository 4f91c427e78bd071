"""`r46 user`: who may use the dashboard, and how they sign in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from collector.cli_options import F, chosen_settings, data_option
from collector.control import Control, passwords
from collector.control.users import EVERYWHERE, ROLES, Role, User, email_of
from collector.errors import OperatorError


@click.group("user")
@data_option
def user() -> None:
    """People of the dashboard: add, let into shops, give passwords and one-time links, disable."""


def _where_options(function: F) -> F:
    everywhere = click.option("--everywhere", is_flag=True, help="In all shops, those to come too.")
    return click.option("--shop", "shop_id", default="", help="In this shop.")(everywhere(function))


_role_option = click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True)
_link_option = click.option("--link", is_flag=True, help="Print a one-time link instead of asking.")


@user.command("add")
@data_option
@click.argument("email")
@click.option("--name", default="", help="What they are called.")
@_where_options
@_role_option
@_link_option
def add(email: str, name: str, shop_id: str, everywhere: bool, role: Role, link: bool) -> None:
    """Somebody new with a role. Asks for their password, or prints a link by which they choose it."""
    with opened() as control:
        where = where_of(control, shop_id, everywhere)
        password = "" if link else _asked(email)
        added = control.users.add(email, name, time.time())
        control.users.grant(added.user_id, where, role)
        note(control, where, "user_granted", f"{added.email} {role}")
        _open(control, added, password)


@user.command("list")
@data_option
def list_() -> None:
    """Everybody: e-mail address, name, state, roles."""
    with opened() as control:
        for one in control.users.all():
            click.echo(describe(one))


@user.command("grant")
@data_option
@click.argument("email")
@_where_options
@_role_option
def grant(email: str, shop_id: str, everywhere: bool, role: Role) -> None:
    """Give a role in a shop, or in all, in the place of the one they had there."""
    with opened() as control:
        found, where = _known(control, email), where_of(control, shop_id, everywhere)
        control.users.grant(found.user_id, where, role)
        note(control, where, "user_granted", f"{found.email} {role}")
        click.echo(describe(_known(control, email)))


@user.command("revoke")
@data_option
@click.argument("email")
@_where_options
def revoke(email: str, shop_id: str, everywhere: bool) -> None:
    """Take the role in a shop, or the one in all, away."""
    with opened() as control:
        found, where = _known(control, email), where_of(control, shop_id, everywhere)
        control.users.revoke(found.user_id, where)
        note(control, where, "user_revoked", found.email)
        click.echo(describe(_known(control, email)))


@user.command("password")
@data_option
@click.argument("email")
@_link_option
def password(email: str, link: bool) -> None:
    """Another password, asked for, or a link by which they choose it. With a password every session ends."""
    with opened() as control:
        found = _known(control, email)
        _open(control, found, "" if link else _asked(email))


@user.command("disable")
@data_option
@click.argument("email")
def disable(email: str) -> None:
    """Let somebody in no more, at once."""
    _let(email, time.time(), "user_disabled")


@user.command("enable")
@data_option
@click.argument("email")
def enable(email: str) -> None:
    """Let somebody in again."""
    _let(email, None, "user_enabled")


@user.command("signout")
@data_option
@click.argument("email", default="")
@click.option(
    "--operator", is_flag=True, help="Whoever came by an operator's link, in the place of a person."
)
def signout(email: str, operator: bool) -> None:
    """End every session of somebody, or of the operator."""
    if operator == bool(email):
        raise OperatorError("name an e-mail address, or --operator")
    with opened() as control:
        ended = control.sessions.end_all("" if operator else _known(control, email).user_id)
        note(control, EVERYWHERE, "user_signed_out", email)
        click.echo(f"{ended} sessions ended")


def describe(one: User) -> str:
    """One line for people."""
    told = "disabled" if one.disabled_at else "signs in" if one.has_password else "no password yet"
    roles = ", ".join(
        f"{'all shops' if shop == EVERYWHERE else shop}: {role}" for shop, role in one.roles.items()
    )
    return "\t".join((one.email, one.name or "-", told, roles or "no role"))


@contextmanager
def opened() -> Iterator[Control]:
    """The control data of the chosen folder."""
    control = Control(chosen_settings().control_file)
    try:
        yield control
    finally:
        control.close()


def _known(control: Control, email: str) -> User:
    found = control.users.of_email(email)
    if found is None:
        raise OperatorError(f"there is no user {email!r}")
    return found


def where_of(control: Control, shop_id: str, everywhere: bool = False) -> str:
    """The shop that is meant, or all; raises OperatorError for one that is none."""
    if everywhere == bool(shop_id):
        raise OperatorError("name a shop with --shop, or all of them with --everywhere")
    if shop_id and control.find(shop_id) is None:
        raise OperatorError(f"there is no shop with the id {shop_id!r}")
    return shop_id or EVERYWHERE


def _asked(email: str) -> str:
    told: str = click.prompt("password", hide_input=True, confirmation_prompt=True)
    passwords.check(told, email_of(email))
    return told


def _open(control: Control, found: User, password: str) -> None:
    """Set the password that was asked for, or print a link."""
    if password:
        control.users.set_password(found.user_id, password)
        control.sessions.end_all(found.user_id)
        note(control, EVERYWHERE, "password_set", found.email)
        click.echo(describe(_known(control, found.email)))
        return
    token = control.users.invitations.issue(found.user_id, time.time())
    note(control, EVERYWHERE, "user_link", found.email)
    click.echo(f"{chosen_settings().dashboard_origin}/invite?token={token}")


def _let(email: str, now: float | None, what: str) -> None:
    with opened() as control:
        found = _known(control, email)
        control.users.disable(found.user_id, now)
        control.sessions.end_all(found.user_id)
        note(control, EVERYWHERE, what, found.email)
        click.echo(describe(_known(control, email)))


def note(control: Control, where: str, what: str, about: str) -> None:
    """Keep in the history of changes that the operator did this."""
    control.audit.note(time.time(), "", "" if where == EVERYWHERE else where, what, about)
