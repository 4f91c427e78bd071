"""What is known of this installation: an id of its own, and where its server was last reached."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from collector.control.tables import metadata

_installation = sa.Table(
    "installation",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


class Installation:
    """Facts of one data folder. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def id(self) -> str:
        """The id, the same for every process and for good: 32 hexadecimal digits, and no secret."""
        known = self._value("id")
        if known is not None:
            return known
        made = sqlite.insert(_installation).values(name="id", value=secrets.token_hex(16))
        with self._engine.begin() as connection:
            connection.execute(made.on_conflict_do_nothing())
        kept = self._value("id")
        assert kept is not None
        return kept

    def serves(self, origins: Sequence[str]) -> None:
        """A server is reached at these: what is typed into another process is checked against them too."""
        value = json.dumps(list(dict.fromkeys(origins)))
        told = sqlite.insert(_installation).values(name="origins", value=value)
        with self._engine.begin() as connection:
            connection.execute(told.on_conflict_do_update(index_elements=["name"], set_={"value": value}))

    def origins(self) -> Sequence[str]:
        """Where the server was last reached, as far as one has run."""
        return tuple(json.loads(self._value("origins") or "[]"))

    def _value(self, name: str) -> str | None:
        asked = sa.select(_installation.c.value).where(_installation.c.name == name)
        with self._engine.connect() as connection:
            value: str | None = connection.execute(asked).scalar_one_or_none()
        return value
