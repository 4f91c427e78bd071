"""Shared links: whoever has one sees some pages of one shop, read only, perhaps one segment alone."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from collector.control.invitations import hidden
from collector.control.passwords import Refused
from collector.control.tables import metadata

LONGEST_LABEL: Final = 80
LONGEST_DAYS: Final = 366
MOST: Final = 200
"""Links in force of one shop."""
DAY: Final = 24 * 3600

_shares = sa.Table(
    "shares",
    metadata,
    sa.Column("share_id", sa.Text, primary_key=True),
    sa.Column("token_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("shop_id", sa.Text, nullable=False, index=True),
    sa.Column("segment_id", sa.Text, nullable=False),  # or nothing: all visitors
    sa.Column("pages", sa.Text, nullable=False),  # JSON: slugs; none: all that may be shared
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),  # e-mail address, or nothing: the operator
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("revoked_at", sa.Float),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A shared link without its secret. Moments are epoch seconds."""

    share_id: str
    shop_id: str
    segment_id: str
    pages: tuple[str, ...]
    label: str
    created_at: float
    created_by: str
    expires_at: float
    revoked_at: float | None = None

    def good(self, now: float) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and now < self.expires_at


class Shares:
    """The shared links of all shops. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def of(self, shop_id: str) -> Sequence[Share]:
        """The shop's links, newest first, those that open nothing any more too."""
        found = self._found(_shares.c.shop_id == shop_id)
        return sorted(found, key=lambda one: (-one.created_at, one.share_id))

    def find(self, share_id: str, now: float) -> Share | None:
        """The link of that id while it is good."""
        return next((one for one in self._found(_shares.c.share_id == share_id) if one.good(now)), None)

    def opened(self, token: str, now: float) -> Share | None:
        """The link that a token opens."""
        found = self._found(_shares.c.token_sha256 == hidden(token))
        return next((one for one in found if one.good(now)), None)

    def add(
        self,
        shop_id: str,
        *,
        label: str,
        days: int,
        by: str,
        now: float,
        segment_id: str = "",
        pages: Sequence[str] = (),
    ) -> tuple[Share, str]:
        """A link good for so many days, and its token, which is kept nowhere.

        Whether the shop has such pages and such a segment is the caller's to know. Raises Refused
        for no label, for a time that is none, and for too many links.
        """
        told = label.strip()
        if not told or len(told) > LONGEST_LABEL or not told.isprintable():
            raise Refused("label_none", f"a link needs a label of 1 to {LONGEST_LABEL} printable characters")
        if not 1 <= days <= LONGEST_DAYS:
            raise Refused("days_none", f"a link is good for 1 to {LONGEST_DAYS} days")
        if sum(one.good(now) for one in self.of(shop_id)) >= MOST:
            raise Refused("too_many", f"a shop has at most {MOST} links in force; revoke one first")
        token = secrets.token_urlsafe(24)
        share = Share(
            share_id=secrets.token_hex(6),
            shop_id=shop_id,
            segment_id=segment_id,
            pages=tuple(pages),
            label=told,
            created_at=now,
            created_by=by,
            expires_at=now + days * DAY,
        )
        with self._engine.begin() as connection:
            connection.execute(_shares.insert().values(token_sha256=hidden(token), **_row(share)))
        return share, token

    def revoke(self, shop_id: str, share_id: str, now: float) -> Share | None:
        """Let a link open nothing any more; None where the shop has none of that id that is good."""
        share = self.find(share_id, now)
        if share is None or share.shop_id != shop_id:
            return None
        with self._engine.begin() as connection:
            mine = _shares.c.share_id == share_id
            connection.execute(_shares.update().where(mine).values(revoked_at=now))
        return share

    def _found(self, where: sa.ColumnElement[bool]) -> list[Share]:
        with self._engine.connect() as connection:
            return [_share(row) for row in connection.execute(sa.select(_shares).where(where))]


_COLUMNS: Final = tuple(Share.__dataclass_fields__)


def _row(share: Share) -> dict[str, Any]:
    return {name: getattr(share, name) for name in _COLUMNS} | {"pages": json.dumps(share.pages)}


def _share(row: sa.Row[Any]) -> Share:
    told = {name: getattr(row, name) for name in _COLUMNS}
    return Share(**{**told, "pages": tuple(json.loads(row.pages))})
