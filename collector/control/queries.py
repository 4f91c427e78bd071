"""Questions in SQL that people of a shop asked: those saved under a name, and the last of each person."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from collector.control.tables import metadata
from collector.errors import OperatorError

MOST_SAVED: Final = 200
MOST_RECENT: Final = 50
LONGEST_NAME: Final = 80
LONGEST_SQL: Final = 10_000

_queries = sa.Table(
    "console_queries",
    metadata,
    sa.Column("query_id", sa.Text, primary_key=True),
    sa.Column("shop_id", sa.Text, nullable=False, index=True),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # "" for one that was only asked
    sa.Column("sql", sa.Text, nullable=False),
    sa.Column("given", sa.Text, nullable=False),  # JSON: values by parameter, as typed
    sa.Column("asked_at", sa.Float, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuery:
    """A question and the values it was asked with, as texts. `name` is "" where it was not saved."""

    query_id: str
    who: str
    name: str
    sql: str
    given: Mapping[str, str] = field(default_factory=dict)
    asked_at: float = 0.0


class SavedQueries:
    """The questions of shops. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def find(self, shop_id: str, query_id: str) -> AskedQuery | None:
        """A question of that shop, whoever asked it; None where there is none of that id."""
        mine = (_queries.c.shop_id == shop_id) & (_queries.c.query_id == query_id)
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(_queries).where(mine)).one_or_none()
        return _query(row) if row else None

    def saved(self, shop_id: str) -> Sequence[AskedQuery]:
        """The shop's saved questions by name."""
        mine = (_queries.c.shop_id == shop_id) & (_queries.c.name != "")
        with self._engine.connect() as connection:
            found = connection.execute(sa.select(_queries).where(mine).order_by(_queries.c.name))
            return [_query(row) for row in found]

    def recent(self, shop_id: str, who: str) -> Sequence[AskedQuery]:
        """What that person asked of the shop, the last first."""
        asked = sa.select(_queries).where(_of(shop_id, who)).order_by(*_LAST)
        with self._engine.connect() as connection:
            return [_query(row) for row in connection.execute(asked)]

    def asked(self, shop_id: str, who: str, sql: str, given: Mapping[str, str], now: float) -> str:
        """Note a question; gives its id. A person's oldest beyond `MOST_RECENT` are forgotten."""
        with self._engine.begin() as connection:
            query_id = _add(connection, shop_id, who, "", sql, given, now)
            kept = sa.select(_queries.c.query_id).where(_of(shop_id, who)).order_by(*_LAST).limit(MOST_RECENT)
            stale = _of(shop_id, who) & _queries.c.query_id.not_in(kept)
            connection.execute(_queries.delete().where(stale))
        return query_id

    def save(self, shop_id: str, who: str, name: str, sql: str, given: Mapping[str, str], now: float) -> str:
        """Keep a question under a name, in the place of one of that name, whose id it takes.

        Raises OperatorError for no name or too many.
        """
        if not name or len(name) > LONGEST_NAME:
            raise OperatorError(f"a question needs a name of at most {LONGEST_NAME} characters")
        with self._engine.begin() as connection:
            names = sa.select(_queries.c.name, _queries.c.query_id)
            rows = connection.execute(names.where(_queries.c.shop_id == shop_id, _queries.c.name != ""))
            known = {row.name: row.query_id for row in rows}
            if name not in known:
                if len(known) >= MOST_SAVED:
                    raise OperatorError(f"a shop keeps at most {MOST_SAVED} questions; remove one first")
                return _add(connection, shop_id, who, name, sql, given, now)
            told = {"who": who, "sql": sql, "given": msgspec.json.encode(given).decode(), "asked_at": now}
            connection.execute(_queries.update().where(_queries.c.query_id == known[name]).values(told))
            return str(known[name])

    def remove(self, shop_id: str, query_id: str) -> None:
        """Forget a question; nothing happens where the shop has none of that id."""
        mine = (_queries.c.shop_id == shop_id) & (_queries.c.query_id == query_id)
        with self._engine.begin() as connection:
            connection.execute(_queries.delete().where(mine))


_LAST: Final = (_queries.c.asked_at.desc(), _queries.c.query_id)


def _of(shop_id: str, who: str) -> sa.ColumnElement[bool]:
    return (_queries.c.shop_id == shop_id) & (_queries.c.who == who) & (_queries.c.name == "")


def _add(
    connection: sa.Connection,
    shop_id: str,
    who: str,
    name: str,
    sql: str,
    given: Mapping[str, str],
    now: float,
) -> str:
    if not sql.strip() or len(sql) > LONGEST_SQL:
        raise OperatorError(f"a question is a text of at most {LONGEST_SQL} characters")
    query_id = secrets.token_urlsafe(12)
    connection.execute(
        _queries.insert().values(
            query_id=query_id,
            shop_id=shop_id,
            who=who,
            name=name,
            sql=sql,
            given=msgspec.json.encode(given).decode(),
            asked_at=now,
        )
    )
    return query_id


def _query(row: Any) -> AskedQuery:
    return AskedQuery(
        query_id=row.query_id,
        who=row.who,
        name=row.name,
        sql=row.sql,
        given=msgspec.json.decode(row.given, type=dict[str, str]),
        asked_at=row.asked_at,
    )
