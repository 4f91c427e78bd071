"""Who may use the shop's pages: invited, given a role, let out again; and who changed what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from collector.control.passwords import Refused
from collector.control.users import EVERYWHERE, ROLES, Role, User
from dashboard.control_tables.audit import AUDIT
from dashboard.control_tables.users import USERS, governs, shown
from dashboard.desk import Desk, Once
from dashboard.forms import Form
from dashboard.page import Column, Grid, Panel, Row, Tables
from dashboard.refusal import in_words
from dashboard.scope import Scope
from dashboard.settings import Tab, noted

WORDS: Final = "settings_users"
_ROLE: Final = re.compile(rf": ({'|'.join(ROLES)})(?=, |$)")
CHANGES: Final = (
    Column(name="at", kind="time", title=f"{WORDS}.at"),
    Column(name="who", title=f"{WORDS}.who"),
    Column(name="what", words="audit", title=f"{WORDS}.what"),
    Column(name="about", title=f"{WORDS}.about"),
)


def people(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Everybody with what whoever asks may do about them."""

    def role(found: re.Match[str]) -> str:
        return f": {scope.words(f'roles.{found[1]}')}"

    rows: list[Row] = [
        {
            **row,
            "me": row["user_id"] == scope.access.user_id,
            "shops": row["shops"] and _ROLE.sub(role, row["shops"]),
        }
        for row in tables[USERS].rows
    ]
    return {"rows": rows, "action": scope.here(), "roles": ROLES, "all": _owns_all(scope)}


def inviting(_tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {"action": scope.here(), "roles": ROLES, "all": _owns_all(scope)}


def changes(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The history, in which the operator has no other name."""
    operator = scope.words(f"{WORDS}.operator_name")
    rows = [{**row, "who": row["who"] or operator, "about": row["about"] or ""} for row in tables[AUDIT].rows]
    return {"grid": Grid(columns=CHANGES, rows=rows, empty=f"{WORDS}.no_changes")}


def invite(desk: Desk, scope: Scope, form: Form) -> str | Once:
    """Let somebody in, known here or not. Raises OperatorError for somebody who belongs to other shops.

    Who has no password yet gets a one-time link, shown once; the others sign in as they do.
    """
    where = EVERYWHERE if form.get("where") == EVERYWHERE else scope.shop.shop_id
    users = desk.control.users
    with in_words(scope.words):
        role = _role(form.get("role"))
        if where == EVERYWHERE and not _owns_all(scope):
            raise Refused("more_than_yours", "nobody gives more than they have")
        user = users.of_email(form.get("email"))
        if user and user.roles and not governs(scope.access, user):
            raise Refused("elsewhere", "they belong to other shops too")
        if user and user.roles.get(where) == "owner" and role != "owner":
            _spare_last_owner(desk, user, where)
        user = user or users.add(form.get("email"), form.get("name"), scope.now.timestamp())
        users.grant(user.user_id, where, role)
    noted(desk, scope, "user_granted", _told(user, where, role))
    return scope.here() if user.has_password or user.disabled_at is not None else _link(desk, scope, user)


def change(desk: Desk, scope: Scope, form: Form) -> str:
    """Another role in this shop, or in all; none takes it away. Raises OperatorError for what may not be."""
    with in_words(scope.words):
        user = _person(desk, scope, form)
        wanted = {scope.shop.shop_id: form.get("role")}
        if "everywhere" in form.fields:
            if not _owns_all(scope):
                raise Refused("more_than_yours", "nobody gives more than they have")
            wanted[EVERYWHERE] = form.get("everywhere")
        for where, role in wanted.items():
            if role != user.roles.get(where, ""):
                _give(desk, scope, user, where, role)
    return scope.here()


def link(desk: Desk, scope: Scope, form: Form) -> Once:
    """A new one-time link to choose a password; the former one is good for nothing."""
    with in_words(scope.words):
        user = _governed(desk, scope, form)
        if user.disabled_at is not None:
            raise Refused("disabled", "they are disabled")
    return _link(desk, scope, user)


def disable(desk: Desk, scope: Scope, form: Form) -> str:
    """Let somebody in no more, at once; or again."""
    with in_words(scope.words):
        user = _governed(desk, scope, form)
        if user.user_id == scope.access.user_id:
            raise Refused("yourself", "nobody disables themselves")
        if user.disabled_at is None:
            _spare_last_owner(desk, user, EVERYWHERE)
    now = None if user.disabled_at is not None else scope.now.timestamp()
    desk.control.users.disable(user.user_id, now)
    desk.control.sessions.end_all(user.user_id)
    noted(desk, scope, "user_disabled" if now else "user_enabled", user.email)
    return scope.here()


def sign_out(desk: Desk, scope: Scope, form: Form) -> str:
    """End every session of somebody."""
    with in_words(scope.words):
        user = _governed(desk, scope, form)
    desk.control.sessions.end_all(user.user_id)
    noted(desk, scope, "user_signed_out", user.email)
    return scope.here()


def _give(desk: Desk, scope: Scope, user: User, where: str, role: str) -> None:
    """The role, or none, in a shop or in all."""
    if user.roles.get(where) == "owner":
        _spare_last_owner(desk, user, where)
    if role:
        desk.control.users.grant(user.user_id, where, _role(role))
        noted(desk, scope, "user_granted", _told(user, where, role))
    else:
        desk.control.users.revoke(user.user_id, where)
        noted(desk, scope, "user_revoked", _told(user, where, ""))


def _link(desk: Desk, scope: Scope, user: User) -> Once:
    token = desk.control.users.invitations.issue(user.user_id, scope.now.timestamp())
    noted(desk, scope, "user_link", user.email)
    return Once(f"{WORDS}.link_made", f"/invite?{urlencode({'token': token})}", link=True)


def _person(desk: Desk, scope: Scope, form: Form) -> User:
    """Whom a form is about; raises Refused for anybody who is not seen here."""
    user = desk.control.users.find(form.get("user_id"))
    if user is None or not shown(scope.access, scope.shop.shop_id, user):
        raise Refused("nobody", "there is no such user")
    return user


def _governed(desk: Desk, scope: Scope, form: Form) -> User:
    user = _person(desk, scope, form)
    if not governs(scope.access, user):
        raise Refused("elsewhere", "they belong to other shops too")
    return user


def _spare_last_owner(desk: Desk, user: User, where: str) -> None:
    if where == EVERYWHERE and desk.control.users.is_last_owner(user.user_id):
        raise Refused("last_owner", "they are the last owner of everything")


def _role(text: str) -> Role:
    for role in ROLES:
        if role == text:
            return role
    raise Refused("role_none", "there is no such role")


def _owns_all(scope: Scope) -> bool:
    return scope.access.everywhere == "owner"


def _told(user: User, where: str, role: str) -> str:
    """An entry of the history: an e-mail address, and a role, with a star where it holds in all shops."""
    return f"{user.email} {role}{'*' if where == EVERYWHERE else ''}".strip()


TAB: Final = Tab(
    name="users",
    order=60,
    role="owner",
    panels=(
        Panel(name="users_people", queries=(USERS,), view=people, title=f"{WORDS}.people"),
        Panel(name="users_invite", queries=(), view=inviting, title=f"{WORDS}.invite"),
        Panel(name="users_changes", queries=(AUDIT,), view=changes, title=f"{WORDS}.changes"),
    ),
    acts={
        "users_invite": invite,
        "users_role": change,
        "users_link": link,
        "users_disable": disable,
        "users_signout": sign_out,
    },
)
