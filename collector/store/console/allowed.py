"""What a question may name, read once from `allowed.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Names in small letters. `tables` maps a table to its columns and their SQL types, in order."""

    expressions: frozenset[str]
    kinds: frozenset[str]
    functions: frozenset[str]
    table_functions: frozenset[str]
    types: frozenset[str]
    narrow: frozenset[str]
    replacing: frozenset[str]
    gathering: frozenset[str]
    parting: frozenset[str]
    raw: frozenset[str]
    tables: Mapping[str, Mapping[str, str]]

    def seen(self, raw: bool) -> Mapping[str, Mapping[str, str]]:
        """The tables that a question may read, with requests as they came or without."""
        return {name: columns for name, columns in self.tables.items() if raw or name not in self.raw}


@cache
def allowed() -> Allowed:
    """The lists of the file."""
    told: dict[str, Any] = tomllib.loads((files(__package__) / "allowed.toml").read_text())
    return Allowed(tables=told.pop("tables"), **{name: frozenset(names) for name, names in told.items()})
