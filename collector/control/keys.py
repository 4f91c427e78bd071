"""Credentials of shops at the vendors whose protocols they speak.

What is public in a credential (a partner id, a project) is stored as it is, because it says
whose request it is; what is secret is stored as a hash, because it is only ever compared.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from collector.control.tables import metadata
from collector.errors import OperatorError
from collector.wire import Key

_keys = sa.Table(
    "vendor_keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("shop_id", sa.Text, nullable=False),
    sa.Column("vendor", sa.Text, nullable=False),
    sa.Column("public", sa.Text, nullable=False),  # JSON: name to value
    sa.Column("hashes", sa.Text, nullable=False),  # JSON: name to hex SHA-256
    sa.Column("kept", sa.Text, nullable=False),  # JSON: name to secret, where it signs
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("revoked_at", sa.Float),
)


NAMES_A_SHOP: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "retailrocket": (("partner_id",),),
    "yespo": (("site_id",), ("org_id",)),
    "intempt": (("org", "project", "source"),),
    "exponea": (("project_token",), ("stream_id",)),
    "feeds": (("feed_key",),),
}
"""Public parts that, taken together, say whose a request is."""


class KeyRing:
    """Keys in force, found by vendor and one of their values. Frozen: a change makes a new one."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._found: dict[tuple[str, str, str], list[Key]] = {}
        for key in keys:
            for name, value in (*key.public.items(), *key.hashes.items()):
                self._found.setdefault((key.vendor, name, value), []).append(key)

    def find(self, vendor: str, name: str, value: str) -> Sequence[Key]:
        """Keys whose public value of that name, or whose hash of that name, is this one."""
        return self._found.get((vendor, name, value), ())


def in_force(connection: sa.Connection) -> KeyRing:
    """The keys that are not revoked, oldest first."""
    rows = connection.execute(
        sa.select(_keys).where(_keys.c.revoked_at.is_(None)).order_by(_keys.c.created_at, _keys.c.key_id)
    )
    return KeyRing([_key(row) for row in rows])


def listed(connection: sa.Connection, shop_id: str) -> Sequence[Key]:
    """All keys of a shop, oldest first, revoked ones too."""
    rows = connection.execute(
        sa.select(_keys).where(_keys.c.shop_id == shop_id).order_by(_keys.c.created_at, _keys.c.key_id)
    )
    return [_key(row) for row in rows]


def add(
    connection: sa.Connection,
    *,
    shop_id: str,
    vendor: str,
    public: Mapping[str, str],
    hashes: Mapping[str, str],
    kept: Mapping[str, str],
    now: float,
) -> Key:
    """Store a key; raises OperatorError where another shop of the vendor has the same public values."""
    _refuse_taken(connection, shop_id, vendor, public)
    key = Key(
        key_id=secrets.token_hex(4),
        shop_id=shop_id,
        vendor=vendor,
        public=dict(public),
        hashes=dict(hashes),
        kept=dict(kept),
        created_at=now,
    )
    connection.execute(
        _keys.insert().values(
            key_id=key.key_id,
            shop_id=shop_id,
            vendor=vendor,
            public=msgspec.json.encode(key.public, order="sorted").decode(),
            hashes=msgspec.json.encode(key.hashes, order="sorted").decode(),
            kept=msgspec.json.encode(key.kept, order="sorted").decode(),
            created_at=now,
        )
    )
    return key


def revoke(connection: sa.Connection, key_id: str, now: float) -> Key:
    """Take a key out of force; raises OperatorError where there is none in force of that id."""
    mine = (_keys.c.key_id == key_id) & _keys.c.revoked_at.is_(None)
    row = connection.execute(sa.select(_keys).where(mine)).one_or_none()
    if row is None:
        raise OperatorError(f"there is no key {key_id!r} in force")
    connection.execute(_keys.update().where(mine).values(revoked_at=now))
    return _key(row)


def _refuse_taken(connection: sa.Connection, shop_id: str, vendor: str, public: Mapping[str, str]) -> None:
    """One partner, project or site belongs to one shop: else nobody could say whose an event is."""
    others = connection.execute(
        sa.select(_keys.c.public, _keys.c.shop_id).where(
            _keys.c.vendor == vendor, _keys.c.shop_id != shop_id, _keys.c.revoked_at.is_(None)
        )
    )
    names = NAMES_A_SHOP.get(vendor, ())
    for stored, owner in others:
        taken = msgspec.json.decode(stored, type=dict[str, str])
        for together in names:
            mine = [public.get(name) for name in together]
            if any(mine) and mine == [taken.get(name) for name in together]:
                told = ", ".join(f"{name} {public[name]}" for name in together if name in public)
                raise OperatorError(f"{told} belongs to the shop {owner!r}; revoke its key first")


def _key(row: Any) -> Key:
    return Key(
        key_id=row.key_id,
        shop_id=row.shop_id,
        vendor=row.vendor,
        public=msgspec.json.decode(row.public, type=dict[str, str]),
        hashes=msgspec.json.decode(row.hashes, type=dict[str, str]),
        kept=msgspec.json.decode(row.kept, type=dict[str, str]),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
