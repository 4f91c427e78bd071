"""What a shop's kinds of pages do not send: findings from counts of seven days.

What a kind of page is for is read from the words of its address; a finding names what was seen,
so that whoever knows the shop better can tell. Nothing is found in fewer than ten page views.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

Row = Mapping[str, Any]
Level = Literal["error", "note", "info"]
LEVELS: Final = ("error", "note", "info")
LEAST: Final = 10
HALF: Final = 0.5
MANY: Final = 0.05
"""A share of sessions that lack the step before which a few strange visits do not explain."""

PRODUCT: Final = {
    "p",
    "product",
    "products",
    "item",
    "items",
    "goods",
    "sku",
    "tovar",
    "produkt",
    "producto",
    "dp",
}
CATEGORY: Final = {"c", "cat", "category", "categories", "catalog", "catalogue", "collection", "collections"}
CATEGORY_MORE: Final = {"katalog", "kategoria", "kategorie", "kategoriya", "department", "shop-by", "dept"}
SEARCH: Final = {"search", "find", "suche", "poisk", "recherche", "buscar", "results"}
THANKS: Final = {
    "thank",
    "thanks",
    "thankyou",
    "thank-you",
    "success",
    "complete",
    "confirmation",
    "spasibo",
    "danke",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is missing. Its words stand under `validator.find_<code>` and `mend_<code>`, filled by `facts`."""

    code: str
    level: Level
    facts: Mapping[str, str | int]
    first_seen: datetime | None
    last_seen: datetime | None
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A kind of page and the event that it should send: pages by words of their path, events by their column."""

    code: str
    words: frozenset[str]
    column: str
    last: bool = False  # the word must stand at the end of the path


DUTIES: Final = (
    Duty(code="product_silent", words=frozenset(PRODUCT), column="views"),
    Duty(code="category_silent", words=frozenset(CATEGORY | CATEGORY_MORE), column="lists"),
    Duty(code="search_silent", words=frozenset(SEARCH), column="searches"),
    Duty(code="purchase_silent", words=frozenset(THANKS), column="purchases", last=True),
)
EVENTS: Final = ("views", "lists", "searches", "carts", "purchases", "clicks", "others")


def findings(pages: Sequence[Row], steps: Sequence[Row], blocks: Sequence[Row]) -> list[Finding]:
    """Everything that is missing, the gravest first."""
    found = [one for row in pages for one in of_page(row)]
    found += [one for row in steps if (one := _step(row))]
    found += [_block(row) for row in blocks]
    return sorted(found, key=lambda one: LEVELS.index(one.level))


def of_page(row: Row) -> Iterable[Finding]:
    """What a kind of page lacks."""
    template = {"template": row["template"]}
    if row["nameless"]:
        yield _found("nameless", "error", row, row["example_nameless"], events=row["nameless"], **template)
    if row["uncoded"]:
        yield _found("uncoded", "note", row, row["example_uncoded"], events=row["uncoded"], **template)
    if row["page_views"] < LEAST:
        return
    duty = next((one for one in DUTIES if _is(one, row["template"])), None)
    if duty and row[duty.column] < HALF * row["page_views"]:
        level: Level = "note" if row[duty.column] else "error"
        sent = {"sent": row[duty.column], "pages": row["page_views"]}
        yield _found(duty.code, level, row, row["example"], **sent, **template)
    elif not duty and not any(row[name] for name in EVENTS):
        yield _found("silent", "info", row, row["example"], pages=row["page_views"], **template)


def _is(duty: Duty, template: str) -> bool:
    """Whether the words of the path say that this is such a page; a list of products is none of one."""
    parts = [part for part in template.lower().split("/") if part]
    if not parts:
        return False
    if duty.last:
        return bool(duty.words & {*re.split(r"[-_.]", parts[-1]), parts[-1]})
    if duty.column == "views":
        return parts[-1] in (":id", ":name") and len(parts) > 1 and parts[-2] in duty.words
    return bool(duty.words & set(parts))


def _step(row: Row) -> Finding | None:
    """Sessions that lack the step before: each is a note, and an error where none has it."""
    if row["found"] < LEAST or row["lacking"] < MANY * row["found"]:
        return None
    level: Level = "error" if row["lacking"] == row["found"] else "note"
    return _found(row["step"], level, row, row["example"], lacking=row["lacking"], found=row["found"])


def _block(row: Row) -> Finding:
    facts = {"tool": row["tool"], "block": row["code"] or "–", "shown": row["shown"]}
    return _found("never_clicked", "note", row, row["example"], **facts)


def _found(code: str, level: Level, row: Row, example: str | None, **facts: str | int) -> Finding:
    return Finding(
        code=code,
        level=level,
        facts=facts,
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        example=example or "",
    )
