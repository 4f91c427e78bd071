"""The questions' SQL, read once: a file a question, values are parameters."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from collector.store import Reader

SECONDS = 1.0
"""The longest that one question may take."""


@cache
def text(name: str) -> str:
    """The SQL of `<name>.sql`."""
    return (files("collector.history") / f"{name}.sql").read_text()


def rows(reader: Reader, name: str, **params: Any) -> list[dict[str, Any]]:
    """The answer to `<name>.sql`. Raises QueryTimeout or TooManyRows."""
    return reader.query(text(name), params, seconds=SECONDS).dicts()
