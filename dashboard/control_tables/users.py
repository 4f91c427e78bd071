"""Who may use the shop's pages, and one's own sessions. Neither passwords nor tokens stand in any table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from collector.control.users import EVERYWHERE, User
from dashboard import periods
from dashboard.access import Access
from dashboard.control_tables import question
from dashboard.desk import ControlView
from dashboard.page import Row
from dashboard.scope import Scope

USERS: Final = "control/users"
SESSIONS: Final = "control/sessions"


def governs(access: Access, user: User) -> bool:
    """Whether somebody owns every shop that a person may see: only then how they sign in is theirs to change.

    Else the owner of one shop could make themselves a way into another.
    """
    if access.everywhere == "owner":
        return True
    shops = [shop for shop in user.roles if shop != EVERYWHERE]
    return EVERYWHERE not in user.roles and bool(shops) and all(access.may(one, "owner") for one in shops)


def shown(access: Access, shop_id: str, user: User) -> bool:
    """Whether the owner of a shop sees that person there: those who may see it, and everybody for who owns all."""
    if not access.may(shop_id, "owner"):
        return False
    return access.everywhere == "owner" or shop_id in user.roles or EVERYWHERE in user.roles


def _users(control: ControlView, scope: Scope) -> list[Row]:
    mine = {
        shop.shop_id: shop.name or shop.shop_id
        for shop in scope.shops
        if scope.access.may(shop.shop_id, "owner")
    }
    now = scope.now.timestamp()
    return [
        {
            "user_id": user.user_id,
            "email": user.email,
            "name": user.name or None,
            "role": user.roles.get(scope.shop.shop_id),
            "everywhere": user.roles.get(EVERYWHERE),
            "shops": _shops(user, mine),
            "state": _state(user),
            "seen_at": _seen(control, user, now),
            "created_at": at(user.created_at),
            "yours": governs(scope.access, user),
        }
        for user in control.users.all()
        if shown(scope.access, scope.shop.shop_id, user)
    ]


def _shops(user: User, mine: Mapping[str, str]) -> str | None:
    """Where else: roles in the shops that whoever asks owns too."""
    told = [f"{name}: {user.roles[shop]}" for shop, name in mine.items() if shop in user.roles]
    return ", ".join(told) or None


def _state(user: User) -> str:
    if user.disabled_at is not None:
        return "disabled"
    return "active" if user.has_password else "invited"


def _seen(control: ControlView, user: User, now: float) -> datetime | None:
    found = control.sessions.of(user.user_id, now)
    return at(found[0].seen_at) if found else None


def _sessions(control: ControlView, scope: Scope) -> list[Row]:
    return [
        {
            "session_id": one.session_id,
            "agent": one.agent or None,
            "created_at": at(one.created_at),
            "seen_at": at(one.seen_at),
            "current": one.session_id == scope.access.session_id,
        }
        for one in control.sessions.of(scope.access.user_id, scope.now.timestamp())
    ]


def _me(control: ControlView, scope: Scope) -> list[Row]:
    user = control.users.find(scope.access.user_id)
    return [{"email": user.email, "name": user.name, "language": user.language}] if user else []


def at(seconds: float) -> datetime:
    """Epoch seconds as tables have moments: naive UTC."""
    return periods.utc(datetime.fromtimestamp(seconds, UTC))


QUESTIONS = (
    question(
        "users",
        "People",
        "user_id:varchar email:varchar name:varchar role:varchar everywhere:varchar shops:varchar "
        "state:varchar seen_at:timestamp created_at:timestamp yours:boolean",
        "Everybody who may see this shop, with the role they have in it and in all shops; a session's use is noted "
        "once an hour.",
        _users,
    ),
    question(
        "me",
        "You",
        "email:varchar name:varchar language:varchar",
        "Who you are here; nobody in particular where you came by the operator's one-time link.",
        _me,
    ),
    question(
        "sessions",
        "Your sessions",
        "session_id:varchar agent:varchar created_at:timestamp seen_at:timestamp current:boolean",
        "Browsers that are signed in as you. A session ends 30 days after its last use, which is noted once an hour.",
        _sessions,
    ),
)
