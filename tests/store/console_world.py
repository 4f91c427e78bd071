"""Two stores for questions that people wrote: one holds another shop too, with its marks in every table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import duckdb

from collector.store.console import Limits, Refused, Told, Untrusted
from collector.store.console.duck import DuckConsole
from collector.store.stopping import Stop

SCHEMA: Final = Path(__file__).parents[2] / "collector/store/schema"
SHOP: Final = "kettles"
OTHER: Final = "lamps"
MARK: Final = "lampshade"
"""What every text of the other shop says, and no text of the tests' own questions."""
NUMBER: Final = 66_613
MOMENT: Final = datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None)
QUICK: Final = Limits(seconds=5.0, rows=200)


def both_shops() -> duckdb.DuckDBPyConnection:
    """A store with rows of both shops in every table that has shops."""
    db = one_shop()
    _plant(db, OTHER, MARK, NUMBER, UUID(int=NUMBER))
    return db


def one_shop() -> duckdb.DuckDBPyConnection:
    """The same store without the other shop."""
    db = duckdb.connect(config={"threads": 1, "memory_limit": "1GB"})
    for path in sorted(SCHEMA.glob("*.sql")):
        db.execute(path.read_text())
    for number in (1, 2, 3):
        _plant(db, SHOP, str(number), number, UUID(int=number))
    return db


def _plant(db: duckdb.DuckDBPyConnection, shop: str, text: str, number: int, name: UUID) -> None:
    found = db.execute(
        "select table_name, list({'name': column_name, 'type': data_type} order by column_index)"
        " from duckdb_columns() where not internal group by 1 order by 1"
    ).fetchall()
    values: Mapping[str, Any] = {
        "VARCHAR": text,
        "VARCHAR[]": [text],
        "TIMESTAMP": MOMENT,
        "DATE": MOMENT.date(),
        "BOOLEAN": False,
        "UUID": name,
    }
    for table, columns in found:
        if "shop_id" not in {column["name"] for column in columns}:
            continue
        row = {column["name"]: values.get(column["type"], number) for column in columns}
        row |= {column["name"]: None for column in columns if column["type"].startswith("STRUCT")}
        row["shop_id"] = shop
        places = ", ".join(f"${column}" for column in row)
        names = ", ".join(f'"{column}"' for column in row)
        db.execute(f"insert into {table} ({names}) values ({places})", row)


class Asking:
    """Asks one store as somebody of the first shop."""

    def __init__(self, db: duckdb.DuckDBPyConnection, wait: float = 3.0) -> None:
        self.db = db
        self.console = DuckConsole(db.cursor, wait)

    def ask(self, sql: str, limits: Limits = QUICK, *, raw: bool = False, **params: Any) -> Told:
        """The answer. Raises Refused."""
        return self.console.ask(
            Untrusted(sql=sql, shop=SHOP, who="ann", params=params, raw=raw), limits, Stop()
        )

    def outcome(self, sql: str, *, raw: bool = False) -> str:
        """Whatever can be seen from outside: columns and rows, or the refusal with all it says."""
        try:
            told = self.ask(sql, raw=raw)
        except Refused as refused:
            return f"{refused.code} {sorted(refused.facts.items())}"
        return f"{told.columns} {told.types} {sorted(map(repr, told.rows))} {told.more}"
