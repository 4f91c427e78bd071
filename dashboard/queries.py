"""Questions in files. A query is a text with a header that says what it takes and gives.

A line `-- include: NAME` in a body stands for the body of that other file, so that a
model is written once. Bodies are never put together from values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("queries")
_LIST = """(select list(one order by one.row_no) from (
select row_number() over () as row_no, * from (
QUESTION
) answer) one)"""
_HEADER = re.compile(r"-- (\w+): (.*)")
_INCLUDE = re.compile(r"^([ \t]*)-- include: (\S+)[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question. `takes` and `gives` map names to SQL types, in order."""

    name: str
    title: str
    takes: tuple[tuple[str, str], ...]
    gives: tuple[tuple[str, str], ...]
    define: str
    sql: str
    seconds: float = 5.0
    max_rows: int = 10_000
    shares: str = ""  # the included part that is worked out once for all questions of a page

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.gives)

    @property
    def params(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.takes)


@cache
def load(name: str) -> Query:
    """The query in dashboard/queries/<name>.sql; raises ValueError for a header that is not whole."""
    head, body = _read(name)
    try:
        return Query(
            name=name,
            title=head["title"],
            takes=_pairs(head["takes"]),
            gives=_pairs(head["gives"]),
            define=head["define"],
            sql=_expand(body, (name,)),
            seconds=float(head.get("seconds", "5")),
            max_rows=int(head.get("rows", "10000")),
            shares=head.get("shares", ""),
        )
    except KeyError as error:
        raise ValueError(f"{name}.sql: no {error.args[0]!r} in its header") from None


@cache
def together(*names: str) -> str:
    """Questions that share a part as one: a single row with a list of numbered rows for each, in order."""
    (shared,) = {load(name).shares for name in names}
    lists = [_LIST.replace("QUESTION", _expand(_read(name)[1], (name,), shared)) for name in names]
    return "".join(("with shared as materialized (\n", load(shared).sql, "\n)\nselect\n", ",\n".join(lists)))


def names() -> tuple[str, ...]:
    """Every query there is."""
    return tuple(sorted(p.relative_to(FOLDER).with_suffix("").as_posix() for p in FOLDER.rglob("*.sql")))


def _read(name: str) -> tuple[dict[str, str], str]:
    """Header and body. Header lines stand at the top; other comments there belong to neither."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a query")
    head: dict[str, str] = {}
    lines = (FOLDER / f"{name}.sql").read_text().splitlines()
    count = 0
    for line in lines:
        if not line.startswith("--"):
            break
        count += 1
        if (match := _HEADER.match(line)) and match[1] != "include":
            head[match[1]] = match[2].strip()
    return head, "\n".join(lines[count:]).strip()


def _expand(body: str, seen: tuple[str, ...], shared: str = "") -> str:
    def replace(match: re.Match[str]) -> str:
        name = match[2]
        if name in seen:
            raise ValueError(f"{seen[0]}.sql includes itself through {name}")
        inner = "select * from shared" if name == shared else _expand(_read(name)[1], (*seen, name), shared)
        return "\n".join(f"{match[1]}{line}" if line else "" for line in inner.splitlines())

    return _INCLUDE.sub(replace, body)


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """`shop varchar, start timestamp` as pairs; `-` or nothing means none. Types keep their commas."""
    if text in ("", "-", "nothing"):
        return ()
    parts = [part.strip() for part in re.split(r",(?![^(]*\))", text)]
    return tuple((name, kind) for name, _, kind in (part.partition(" ") for part in parts))
