"""Switches of a page that every question obeys, without a word about them in any question.

A question reads tables by name. Through a lens a name means rows of that table: those of
the visitors a page is about, with money as the page counts it. The text of the question
stays as it is; common table expressions that bear the tables' names stand before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from dashboard import queries

MONEY: Final = ("booked", "net", "gross")
CONVERT: Final = ("own", "shop")
MEMBERS: Final = "lens_members"
APART: Final = "lens_apart"
NOBODY: Final = "parts/apart"
"""The question that a segment set apart stands for."""
OF_MEMBERS: Final = "where visitor_id in (select visitor_id from lens_members)"
OF_VISITORS: Final = (
    "events",
    "items",
    "sessions",
    "order_versions",
    "orders",
    "order_lines",
    "touches",
    "cart_moves",
    "cart_removals",
)
OF_MONEY: Final = ("orders", "order_lines")
_WORD: Final = re.compile(r"[a-z_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The visitors a page is about: a question that gives `visitor_id`, and its own parameters.

    Names of parameters begin with `audience_`, so that they meet none of the page's.
    """

    segment_id: str
    name: str
    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """What a page looks through; the default shows everything as it is stored."""

    audience: Audience | None = None
    money: str = "booked"
    convert: str = "own"
    apart: Audience | None = None  # a segment that a question tells apart from everybody else

    @property
    def clear(self) -> bool:
        """Whether nothing is changed, so that prepared answers hold."""
        people = self.audience is None and self.apart is None
        return people and self.money == "booked" and self.convert == "own"


CLEAR: Final = Lens()


def through(lens: Lens, sql: str) -> str:
    """The question as it is asked through the lens: only tables that it names are changed."""
    if lens.clear:
        return sql
    sql = queries.unmarked(sql)
    named = set(_WORD.findall(sql))
    parts = [] if lens.audience is None else [f"{MEMBERS} as materialized (\n{lens.audience.sql}\n)"]
    if lens.apart is not None:
        parts.append(f"{APART} as materialized (\n{lens.apart.sql}\n)")
        sql = sql.replace(queries.load(NOBODY).sql, " ".join(("select visitor_id from", APART)))
    parts += [
        f"{table} as not materialized (\n{_rows(lens, table)}\n)" for table in OF_VISITORS if table in named
    ]
    before = ",\n".join(parts)
    if sql.startswith("with "):
        return f"with {before},\n{sql.removeprefix('with ')}"
    return f"with {before}\n{sql}"


def params(lens: Lens, given: Mapping[str, Any]) -> dict[str, Any]:
    """The page's parameters, those of its audience and of the segment set apart."""
    both = (one.params for one in (lens.audience, lens.apart) if one)
    return {**given, **{name: value for params in both for name, value in params.items()}}


def set_apart(audience: Audience) -> Audience:
    """The same visitors, with parameters that meet none of a page's own audience."""
    return _renamed(audience, "apart_")


def intersect(audiences: Sequence[Audience]) -> Audience | None:
    """The visitors whom all of these hold; None where there is none to ask."""
    if len(audiences) < 2:
        return next(iter(audiences), None)
    apart = [_renamed(one, f"audience_{place}_") for place, one in enumerate(audiences)]
    return Audience(
        segment_id="",
        name=" · ".join(one.name for one in audiences),
        sql="\nintersect\n".join(
            "".join(("select visitor_id from (\n", one.sql, "\n) one")) for one in apart
        ),
        params={name: value for one in apart for name, value in one.params.items()},
    )


def _renamed(audience: Audience, prefix: str) -> Audience:
    """The same visitors, with parameters of their own names."""
    return replace(
        audience,
        sql=audience.sql.replace("$audience_", f"${prefix}"),
        params={name.replace("audience_", prefix, 1): value for name, value in audience.params.items()},
    )


def _rows(lens: Lens, table: str) -> str:
    """Rows of a table: with the page's money where it has any, of the page's visitors."""
    counted = table in OF_MONEY and (lens.money, lens.convert) != ("booked", "own")
    inner = "".join(("(\n", queries.load(f"lens/{table}").sql, "\n) counted")) if counted else f"main.{table}"
    rows = " ".join(("select * from", inner))
    if lens.audience is None:
        return rows
    return "\n".join((rows, OF_MEMBERS))
