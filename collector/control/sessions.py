"""Who is signed in: a session a browser, known by a random token of which only the hash is kept.

A session is a person's, the operator's (of a one-time link) or a shared link's. It ends 30 days
after it was last used, and at once where it is ended here.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from collector.control.invitations import hidden
from collector.control.tables import metadata

SESSION_SECONDS: Final = 30 * 24 * 3600
NOTED_SECONDS: Final = 3600
"""A use is noted once an hour."""
OF_A_SHARE: Final = 200
"""Sessions of one shared link; the one used longest ago makes room."""
LONGEST_AGENT: Final = 80

_sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("token_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("user_id", sa.Text, nullable=False, index=True),
    sa.Column("share_id", sa.Text, nullable=False, index=True),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser's. Without user and share it is the operator's; moments are epoch seconds.

    `noted` says that this very use was noted, so that its cookie should be sent again.
    """

    session_id: str
    user_id: str
    share_id: str
    created_at: float
    seen_at: float
    agent: str
    noted: bool = False


class Sessions:
    """The sessions of one installation. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def open(self, now: float, *, user_id: str = "", share_id: str = "", agent: str = "") -> str:
        """A new session's token. Those that ended by themselves are forgotten."""
        token = secrets.token_urlsafe(32)
        row = {
            "session_id": secrets.token_hex(8),
            "token_sha256": hidden(token),
            "user_id": user_id,
            "share_id": share_id,
            "created_at": now,
            "seen_at": now,
            "agent": "".join(sign for sign in agent if sign.isprintable())[:LONGEST_AGENT],
        }
        with self._engine.begin() as connection:
            connection.execute(_sessions.delete().where(_sessions.c.seen_at < now - SESSION_SECONDS))
            connection.execute(_sessions.insert().values(**row))
            if share_id:
                connection.execute(_sessions.delete().where(_too_old(share_id)))
        return token

    def find(self, token: str, now: float) -> Session | None:
        """The session of a token, which counts as a use; None for one that has ended, or never was."""
        fresh = _sessions.c.seen_at >= now - SESSION_SECONDS
        asked = sa.select(_sessions).where(_sessions.c.token_sha256 == hidden(token), fresh)
        with self._engine.connect() as connection:
            row = connection.execute(asked).one_or_none()
        if row is None:
            return None
        noted = now - row.seen_at >= NOTED_SECONDS
        if noted:
            self._note(row.session_id, now)
        return _session(row, noted=noted)

    def of(self, user_id: str, now: float) -> Sequence[Session]:
        """A person's sessions, those of the operator for "", last used first."""
        mine = (_sessions.c.user_id == user_id) & (_sessions.c.share_id == "")
        fresh = _sessions.c.seen_at >= now - SESSION_SECONDS
        asked = sa.select(_sessions).where(mine, fresh)
        with self._engine.connect() as connection:
            rows = connection.execute(
                asked.order_by(_sessions.c.seen_at.desc(), _sessions.c.session_id)
            ).all()
        return [_session(row) for row in rows]

    def end(self, user_id: str, session_id: str) -> bool:
        """End one session of a person, or of the operator; False where they have none of that id."""
        mine = (_sessions.c.user_id == user_id) & (_sessions.c.share_id == "")
        return self._end(mine & (_sessions.c.session_id == session_id)) == 1

    def end_all(self, user_id: str, but: str = "") -> int:
        """End a person's sessions, or the operator's, but for the one of that id; how many."""
        mine = (_sessions.c.user_id == user_id) & (_sessions.c.share_id == "")
        return self._end(mine & (_sessions.c.session_id != but))

    def end_share(self, share_id: str) -> int:
        """End every session of a shared link."""
        return self._end((_sessions.c.share_id == share_id) & (_sessions.c.share_id != ""))

    def end_token(self, token: str) -> None:
        """End the session of a token, where there is one."""
        self._end(_sessions.c.token_sha256 == hidden(token))

    def _end(self, where: sa.ColumnElement[bool]) -> int:
        with self._engine.begin() as connection:
            return connection.execute(_sessions.delete().where(where)).rowcount

    def _note(self, session_id: str, now: float) -> None:
        mine = _sessions.c.session_id == session_id
        with self._engine.begin() as connection:
            connection.execute(_sessions.update().where(mine).values(seen_at=now))


def _too_old(share_id: str) -> sa.ColumnElement[bool]:
    kept = (
        sa.select(_sessions.c.session_id)
        .where(_sessions.c.share_id == share_id)
        .order_by(_sessions.c.seen_at.desc(), _sessions.c.session_id)
        .limit(OF_A_SHARE)
    )
    return (_sessions.c.share_id == share_id) & _sessions.c.session_id.not_in(kept)


def _session(row: sa.Row[Any], *, noted: bool = False) -> Session:
    return Session(
        session_id=row.session_id,
        user_id=row.user_id,
        share_id=row.share_id,
        created_at=row.created_at,
        seen_at=row.seen_at,
        agent=row.agent,
        noted=noted,
    )
