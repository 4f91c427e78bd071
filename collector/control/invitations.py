"""One-time links that let a person choose a password: the first one, or another.

A person has one at most: a new one takes the place of the former, and so does every password.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from collector.control.tables import metadata

INVITED_SECONDS: Final = 3 * 24 * 3600

_invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("token_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("issued_at", sa.Float, nullable=False),
)


class Invitations:
    """The links that are out. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def issue(self, user_id: str, now: float) -> str:
        """A token for that person, good once and within three days of `now` (epoch seconds)."""
        token = secrets.token_urlsafe(24)
        told = {"token_sha256": hidden(token), "issued_at": now}
        with self._engine.begin() as connection:
            connection.execute(
                sqlite.insert(_invitations)
                .values(user_id=user_id, **told)
                .on_conflict_do_update(index_elements=["user_id"], set_=told)
            )
        return token

    def whose(self, token: str, now: float) -> str:
        """The id of the person a good token is for, "" for any other text. The token stays good."""
        asked = sa.select(_invitations.c.user_id).where(_good(token, now))
        with self._engine.connect() as connection:
            return str(connection.execute(asked).scalar_one_or_none() or "")

    def redeem(self, token: str, now: float) -> bool:
        """Whether the token was good; it is not good again."""
        with self._engine.begin() as connection:
            return connection.execute(_invitations.delete().where(_good(token, now))).rowcount == 1

    def withdraw(self, user_id: str) -> None:
        """Make that person's link good for nothing."""
        with self._engine.begin() as connection:
            connection.execute(_invitations.delete().where(_invitations.c.user_id == user_id))


def hidden(token: str) -> str:
    """What is kept of a token: it is only ever compared."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _good(token: str, now: float) -> sa.ColumnElement[bool]:
    fresh = _invitations.c.issued_at >= now - INVITED_SECONDS
    return (_invitations.c.token_sha256 == hidden(token)) & fresh
