"""One's own name, language, password and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.control.passwords import LONGEST, SHORTEST, Refused
from collector.control.users import LONGEST_NAME, TooOften, User
from dashboard.control_tables.users import SESSIONS
from dashboard.desk import Desk
from dashboard.forms import Form
from dashboard.page import Panel, Tables
from dashboard.refusal import in_words
from dashboard.scope import Scope
from dashboard.settings import Tab
from dashboard.texts import languages

WORDS: Final = "settings_me"
OWN: Final = "control/me"


def oneself(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Who one is; nothing for the operator, who is nobody in particular."""
    rows = tables[OWN].rows
    return {"user": rows[0] if rows else None, "action": scope.here(), "longest": LONGEST_NAME}


def password(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {**oneself(tables, scope), "shortest": SHORTEST, "longest": LONGEST}


def sessions(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {"rows": tables[SESSIONS].rows, "action": scope.here()}


def describe(desk: Desk, scope: Scope, form: Form) -> str:
    """Another name, another language."""
    with in_words(scope.words):
        user = _user(desk, scope)
        language = form.get("language")
        if language not in ("", *languages()):
            raise Refused("language_none", "there is no such language")
        desk.control.users.describe(user.user_id, name=form.get("name"), language=language)
    return scope.here()


def change_password(desk: Desk, scope: Scope, form: Form) -> str:
    """Another password, for who knows the present one; every other session ends."""
    given = form.fields
    new = given.get("password", "")
    with in_words(scope.words):
        user = _user(desk, scope)
        if new != given.get("again", ""):
            raise Refused("password_differs", "the two passwords are not the same")
        if not _knows(desk, scope, user, given.get("current", "")):
            raise Refused("password_wrong", "that is not your present password")
        desk.control.users.set_password(user.user_id, new)
    desk.control.sessions.end_all(user.user_id, but=scope.access.session_id)
    _note(desk, scope, "password_set")
    return scope.here()


def end(desk: Desk, scope: Scope, form: Form) -> str:
    """End one of one's other sessions, or all of them."""
    mine, chosen = scope.access.user_id, form.get("session_id")
    with in_words(scope.words):
        if chosen and not desk.control.sessions.end(mine, chosen):
            raise Refused("session_none", "that session has ended already")
    if not chosen:
        desk.control.sessions.end_all(mine, but=scope.access.session_id)
    _note(desk, scope, "sessions_ended")
    return scope.here()


def _user(desk: Desk, scope: Scope) -> User:
    user = desk.control.users.find(scope.access.user_id)
    if user is None:
        raise Refused("operator", "the operator has neither name nor password here")
    return user


def _knows(desk: Desk, scope: Scope, user: User, current: str) -> bool:
    """Whether that is the present password; tries count as those of signing in do."""
    try:
        return desk.control.users.sign_in(user.email, current, "", scope.now.timestamp()) is not None
    except TooOften as error:
        raise Refused("too_often", str(error)) from error


def _note(desk: Desk, scope: Scope, what: str) -> None:
    """What one does about oneself belongs to no shop."""
    desk.control.audit.note(scope.now.timestamp(), scope.access.who, "", what)


TAB: Final = Tab(
    name="me",
    order=90,
    role="viewer",
    panels=(
        Panel(name="me_self", queries=(OWN,), view=oneself, title=f"{WORDS}.self"),
        Panel(name="me_password", queries=(OWN,), view=password, title=f"{WORDS}.password"),
        Panel(name="me_sessions", queries=(SESSIONS,), view=sessions, title=f"{WORDS}.sessions"),
    ),
    acts={"me_describe": describe, "me_password": change_password, "me_end": end},
)
