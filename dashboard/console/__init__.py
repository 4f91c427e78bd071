"""The SQL page's own part: a person's text becomes a question with values, and its answer a table.

`console/answer` is a question like any other of a page: it has a definition, JSON, CSV and Parquet. What
may be asked is the engine's to decide (collector/store/console).
"""

from __future__ import annotations

from typing import Final

from dashboard.queries import Query

ANSWER: Final = "console/answer"
_ANSWER: Final = Query(
    name=ANSWER,
    title="Answer",
    takes=(),
    gives=(),
    define="What the question above gives, asked of this shop's rows alone: the first 1,000 rows here, "
    "up to 100,000 rows or 32 MB as a file.",
    sql="",
    plain="",
)


def is_console(name: str) -> bool:
    """Whether this is the question that a person wrote."""
    return name == ANSWER


def described() -> Query:
    """Its header; columns are those of the answer."""
    return _ANSWER
