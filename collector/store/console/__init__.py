"""Questions that a person wrote, to the rows of one shop.

Whoever asks is not trusted: the text may name only what `allowed.toml` lists, is asked with its
values bound, and ends at its limits. Engines stand beside this file; docs/console.md tells what holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from collector.store.stopping import Stop


class Refused(Exception):
    """The question is not asked, or was ended; `code` says why, filled by `facts`.

    Codes: empty, long, deep, large, statement, syntax, table, qualified, function, type, cte, part, parameter,
    column_type, together, busy, running, time, memory, left, closed, error.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one question may take. `rows` and `size` (bytes of the answer) cut it, the others end it."""

    seconds: float = 10.0
    rows: int = 1_000
    size: int = 32 * 1024 * 1024
    memory: int = 768 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Untrusted:
    """One question of one person. `raw` allows the tables that hold requests as they came."""

    sql: str
    shop: str
    who: str
    params: Mapping[str, Any] = field(default_factory=dict)
    raw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer: columns with their SQL types, rows of plain values, and whether there are more than these."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    more: bool
    seconds: float


class Asks(Protocol):
    """What an engine offers for such questions. Safe to call from any thread."""

    def ask(self, question: Untrusted, limits: Limits, stop: Stop) -> Told:
        """The answer, cut at its limits, while nobody strikes `stop`. Raises Refused."""
