"""Questions in files. A query is a text with a header that says what it takes and gives.

A line `-- include: NAME` in a body stands for the body of that other file, so that a
model is written once. `-- include: NAME with PART as CTE, …` is the same, but that the parts
called PART in it are read from the includer's CTE: worked out once, or another choice.

The chain of attribution serves every preset. What only others than REES46 by its own winner
need stands between `-- other presets:` and `-- end`, what that one has in its place after
`-- rees46:`. The plain form of a question leaves the first out and takes the second in. A
question with `-- presets: all` in its header is about all of them and has no plain form.
Bodies are never put together from values.

A part with `-- settles: day` in its header has rows that belong to one day of the shop each. Where
it is included as it stands it is marked, so that `dashboard.settled` may read days that are
prepared instead of asking for them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

FOLDER = Path(__file__).with_name("queries")
_LIST = """(select list(one order by one.row_no) from (
select row_number() over () as row_no, * from (
QUESTION
) answer) one)"""
_HEADER = re.compile(r"-- (\w+): (.*)")
_PARAMETER = re.compile(r"\$(\w+)")
_INCLUDE = re.compile(r"^([ \t]*)-- include: (\S+)(?: with (.+))?[ \t]*$", re.MULTILINE)
_GIVEN = re.compile(r"([a-z0-9_/]+) as ([a-z0-9_]+)")
_OTHERS = re.compile(r"^[ \t]*-- other presets:\n.*?^[ \t]*-- end\n", re.MULTILINE | re.DOTALL)
_PLAIN = re.compile(r"^([ \t]*)-- rees46: ", re.MULTILINE)
_SETTLED = re.compile(r"^[ \t]*-- settled(?: end)?: .*\n?", re.MULTILINE)
_NAME = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question. `takes` and `gives` map names to SQL types, in order.

    `plain` asks the same under REES46 by its own winner, with nothing of other presets.
    """

    name: str
    title: str
    takes: tuple[tuple[str, str], ...]
    gives: tuple[tuple[str, str], ...]
    define: str
    sql: str
    plain: str
    seconds: float = 5.0
    max_rows: int = 10_000
    shares: str = ""  # the included part that is worked out once for all questions of a page
    settles: bool = False  # whether its rows belong to one day each, so that days can be prepared

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.gives)

    @property
    def params(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.takes)

    def given(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """What of these parameters the question takes."""
        return {name: params[name] for name in self.params}


def is_plain(params: Mapping[str, Any]) -> bool:
    """Whether these parameters choose REES46 by its own winner."""
    return params.get("preset") == "rees46" and params.get("model") == "last"


def fitting(sql: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the parameters that the text names."""
    named = set(_PARAMETER.findall(sql))
    return {name: value for name, value in given.items() if name in named}


def unmarked(sql: str) -> str:
    """The text without the marks of its parts, as it is asked where prepared days do not hold."""
    return _SETTLED.sub("", sql)


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
            plain=_plainly(name, head, body),
            seconds=float(head.get("seconds", "5")),
            max_rows=int(head.get("rows", "10000")),
            shares=head.get("shares", ""),
            settles=head.get("settles") == "day",
        )
    except KeyError as error:
        raise ValueError(f"{name}.sql: no {error.args[0]!r} in its header") from None


def _plainly(name: str, head: Mapping[str, str], body: str) -> str:
    """The plain form; a question that is about all presets has none of its own."""
    if head.get("presets") == "all":
        return _expand(body, (name,))
    return _expand(_variant(body, plain=True), (name,), plain=True)


@cache
def together(*names: str, plain: bool = False) -> str:
    """Questions that share a part as one: a single row with a list of numbered rows for each, in order."""
    (shared,) = {load(name).shares for name in names}
    given = {shared: "shared"}
    bodies = [_variant(_read(name)[1], plain=plain) for name in names]
    lists = [
        _LIST.replace("QUESTION", _expand(body, (name,), given, plain=plain))
        for name, body in zip(names, bodies, strict=True)
    ]
    part = load(shared).plain if plain else load(shared).sql
    if load(shared).settles:
        part = _marked(shared, part)
    return "".join(("with shared as materialized (\n", part, "\n)\nselect\n", ",\n".join(lists)))


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


def _variant(body: str, *, plain: bool) -> str:
    """The body without what other presets need, and with what stands for it."""
    return _PLAIN.sub(r"\1", _OTHERS.sub("", body + "\n")).rstrip() if plain else body


def _expand(
    body: str,
    seen: tuple[str, ...],
    given: Mapping[str, str] = MappingProxyType({}),
    *,
    plain: bool = False,
) -> str:
    """The body with its includes; `given` maps parts that are there already to their CTE."""

    def replace(match: re.Match[str]) -> str:
        margin, name, more = match.groups()
        if name in seen:
            raise ValueError(f"{seen[0]}.sql includes itself through {name}")
        known = {**given, **dict(_GIVEN.findall(more or ""))}
        if name in given:
            inner = " ".join(("select * from", given[name]))
        else:
            head, part = _read(name)
            inner = _expand(_variant(part, plain=plain), (*seen, name), known, plain=plain)
            if head.get("settles") == "day" and not known.keys() & _inside(name):
                inner = _marked(name, inner)
        return "\n".join(f"{margin}{line}" if line else "" for line in inner.splitlines())

    return _INCLUDE.sub(replace, body)


def _marked(name: str, inner: str) -> str:
    """The text of a part between the lines by which `dashboard.settled` finds it again."""
    return f"-- settled: {name} {digest(inner)}\n{inner}\n-- settled end: {name}"


def digest(text: str) -> str:
    """Stands for a text: one that is written otherwise is another question."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _inside(name: str) -> frozenset[str]:
    """Every part that this one includes, and those include."""
    parts = {match[2] for match in _INCLUDE.finditer(_read(name)[1])}
    return frozenset(parts).union(*(_inside(part) for part in parts - {name}))


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """`shop varchar, start timestamp` as pairs; `-` or nothing means none. Types keep their commas."""
    if text in ("", "-", "nothing"):
        return ()
    parts = [part.strip() for part in re.split(r",(?![^(]*\))", text)]
    return tuple((name, kind) for name, _, kind in (part.partition(" ") for part in parts))
