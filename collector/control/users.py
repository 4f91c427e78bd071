"""The people who may use the dashboard: who they are, their role in each shop, how they sign in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from collector.control import passwords
from collector.control.attempts import Attempts
from collector.control.invitations import Invitations
from collector.control.passwords import Passwords, Refused
from collector.control.tables import metadata

Role = Literal["viewer", "analyst", "owner"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
EVERYWHERE: Final = "*"
"""Stands for all shops, those to come too, in the place of one's id."""
LONGEST_EMAIL: Final = 254
LONGEST_NAME: Final = 80
TRIES: Final = 10  # of one e-mail address
TRIES_FROM: Final = 30  # from one network address
TRIES_SECONDS: Final = 15 * 60

_users = sa.Table(
    "users",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),  # case folded
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("password", sa.Text, nullable=False),  # argon2id, or nothing yet
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("disabled_at", sa.Float),
)
_grants = sa.Table(
    "grants",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("shop_id", sa.Text, primary_key=True),  # or EVERYWHERE
    sa.Column("role", sa.Text, nullable=False),
)


class TooOften(Exception):
    """Too many wrong passwords of late; `seconds` until the next one may be tried."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"try again in {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person. `roles` by shop id, EVERYWHERE among them; moments are epoch seconds."""

    user_id: str
    email: str
    name: str = ""
    language: str = ""
    created_at: float
    disabled_at: float | None = None
    has_password: bool = False
    roles: Mapping[str, Role] = field(default_factory=dict)


class Users:
    """The people of one installation. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine, hashes: Passwords | None = None) -> None:
        self._engine = engine
        self._hashes = hashes or Passwords()
        self.invitations = Invitations(engine)
        self._of_email = Attempts(TRIES, TRIES_SECONDS)
        self._from = Attempts(TRIES_FROM, TRIES_SECONDS)

    def all(self) -> Sequence[User]:
        """Everybody, by e-mail address."""
        return self._found(sa.true())

    def find(self, user_id: str) -> User | None:
        """The person of that id."""
        return next(iter(self._found(_users.c.user_id == user_id)), None)

    def of_email(self, email: str) -> User | None:
        """The person of that e-mail address, however it is written."""
        return next(iter(self._found(_users.c.email == email.strip().casefold())), None)

    def add(self, email: str, name: str, now: float) -> User:
        """Somebody new without password and roles; raises Refused for no e-mail address or a known one."""
        address = email_of(email)
        added: dict[str, Any] = {
            "user_id": secrets.token_hex(6),
            "email": address,
            "name": name_of(name),
            "created_at": now,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(_users.insert().values(password="", language="", **added))
        except sa.exc.IntegrityError as error:
            raise Refused("email_taken", f"there is already a user {address}") from error
        return User(**added)

    def describe(self, user_id: str, *, name: str, language: str) -> None:
        """Change what a person is called and spoken to in. Raises Refused for a name that is none."""
        self._set(user_id, name=name_of(name), language=language)

    def grant(self, user_id: str, shop_id: str, role: Role) -> None:
        """Give a role in a shop, in the place of the one they had there.

        A one-time link that is out opens nothing in a shop that is added later: it is withdrawn.
        """
        user = self.find(user_id)
        if user is not None and shop_id not in user.roles:
            self.invitations.withdraw(user_id)
        with self._engine.begin() as connection:
            connection.execute(
                sqlite.insert(_grants)
                .values(user_id=user_id, shop_id=shop_id, role=role)
                .on_conflict_do_update(index_elements=["user_id", "shop_id"], set_={"role": role})
            )

    def revoke(self, user_id: str, shop_id: str) -> None:
        """Take the role in a shop away; nothing happens where there is none."""
        mine = (_grants.c.user_id == user_id) & (_grants.c.shop_id == shop_id)
        with self._engine.begin() as connection:
            connection.execute(_grants.delete().where(mine))

    def disable(self, user_id: str, now: float | None) -> None:
        """Let a person in no more, by a link neither; `now` None lets them in again."""
        self.invitations.withdraw(user_id)
        self._set(user_id, disabled_at=now)

    def is_last_owner(self, user_id: str) -> bool:
        """Whether nobody else who may sign in owns everything."""
        owners = [
            one.user_id
            for one in self.all()
            if one.roles.get(EVERYWHERE) == "owner" and one.disabled_at is None
        ]
        return owners == [user_id]

    def set_password(self, user_id: str, password: str) -> None:
        """Give a password, which takes the one-time link back; raises Refused for one that is easily guessed."""
        user = self.find(user_id)
        if user is None:
            raise Refused("nobody", "there is no such user")
        passwords.check(password, user.email)
        self.invitations.withdraw(user_id)
        self._set(user_id, password=self._hashes.made(password))

    def sign_in(self, email: str, password: str, address: str, now: float) -> User | None:
        """The person of that e-mail address and password; None for any other pair, and for who may not.

        It takes as long for an address that nobody has. `address` is where it comes from, "" where
        that says nothing. Raises TooOften.
        """
        key = email.strip().casefold()[:LONGEST_EMAIL]
        counted = [(self._of_email, key), *([(self._from, address)] if address else [])]
        seconds = max(tries.wait(name, now) for tries, name in counted)
        if seconds:
            raise TooOften(seconds)
        user = self.of_email(key)
        stored = self._stored(user.user_id) if user else ""
        if not self._hashes.fits(stored, password) or user is None or user.disabled_at is not None:
            return None
        for tries, name in counted:
            tries.forgive(name)
        if self._hashes.stale(stored):
            self._set(user.user_id, password=self._hashes.made(password))
        return user

    def _stored(self, user_id: str) -> str:
        asked = sa.select(_users.c.password).where(_users.c.user_id == user_id)
        with self._engine.connect() as connection:
            return str(connection.execute(asked).scalar_one_or_none() or "")

    def _set(self, user_id: str, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(_users.update().where(_users.c.user_id == user_id).values(**values))

    def _found(self, where: sa.ColumnElement[bool]) -> Sequence[User]:
        chosen = sa.select(_users.c.user_id).where(where)
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_users).where(where).order_by(_users.c.email)).all()
            roles: dict[str, dict[str, Role]] = {}
            for row in connection.execute(
                sa.select(_grants).where(_grants.c.user_id.in_(chosen)).order_by(_grants.c.shop_id)
            ):
                roles.setdefault(row.user_id, {})[row.shop_id] = row.role
        return [_user(row, roles.get(row.user_id, {})) for row in rows]


def email_of(text: str) -> str:
    """An e-mail address as it is kept; raises Refused for a text that is none."""
    email = text.strip().casefold()
    name, _, host = email.rpartition("@")
    whole = name and host and "@" not in name and len(email) <= LONGEST_EMAIL
    if not whole or not email.isprintable() or any(sign in email for sign in ' <>"'):
        raise Refused("email_none", "that is no e-mail address")
    return email


def name_of(text: str) -> str:
    """A person's name as it is kept, which may be nothing; raises Refused for one that cannot be printed."""
    name = text.strip()
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused("name_none", f"a name has at most {LONGEST_NAME} printable characters")
    return name


def _user(row: sa.Row[Any], roles: Mapping[str, Role]) -> User:
    return User(
        user_id=row.user_id,
        email=row.email,
        name=row.name,
        language=row.language,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        has_password=bool(row.password),
        roles=roles,
    )
