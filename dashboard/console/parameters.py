"""Values of a question: `$name` in its text, a field of the form, and a bound value.

A line `-- $least: number = 10` says what is typed there (text, number or day) and what it is if
nothing is typed. A name without such a line is a text. The page's own need no field: `$start` and
`$until` (the period, UTC), `$now`, `$zone`, `$currency`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from collector.errors import OperatorError
from dashboard.scope import Scope

Kind = Literal["text", "number", "day"]
KINDS: Final[tuple[Kind, ...]] = ("text", "number", "day")
OF_THE_PAGE: Final = ("start", "until", "now", "zone", "currency")
FIELD: Final = "p_"
"""What names of fields begin with."""
LONGEST: Final = 1_000
MOST: Final = 30
_LINE: Final = re.compile(
    r"^[ \t]*--[ \t]*\$(\w+)[ \t]*:[ \t]*(\w+)[ \t]*(?:=[ \t]*(.*?))?[ \t]*$", re.M | re.A
)
_NAME: Final = re.compile(r"\$([A-Za-z_]\w*)", re.A)
_STRAY: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.S)
_DIGITS: Final = re.compile(r"-?\d{1,18}(?:\.\d{1,9})?", re.A)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value that a question takes; `usual` is what it is if nothing is typed."""

    name: str
    kind: Kind
    usual: str

    @property
    def field(self) -> str:
        return f"{FIELD}{self.name}"


def parameters(sql: str) -> Sequence[Parameter]:
    """What a question asks for, in the order of its text. Raises OperatorError for too many or a strange kind."""
    said = {name: (kind, usual or "") for name, kind, usual in _LINE.findall(sql)}
    for kind, _ in said.values():
        if kind not in KINDS:
            raise OperatorError(f"{kind[:40]!r} is no kind of value; there are text, number and day")
    names = [name for name in dict.fromkeys(_NAME.findall(_STRAY.sub(" ", sql))) if name not in OF_THE_PAGE]
    if len(names) > MOST:
        raise OperatorError(f"a question takes at most {MOST} values")
    found = ((name, *said.get(name, ("text", ""))) for name in names)
    return [Parameter(name, kind, usual) for name, kind, usual in found]


def typed(sql: str, fields: Mapping[str, str]) -> dict[str, str]:
    """What was typed for each value, as text. Raises OperatorError for one that is not of its kind."""
    given: dict[str, str] = {}
    for one in parameters(sql):
        text = fields.get(one.field, one.usual).strip()
        value_of(one, text)
        given[one.name] = text
    return given


def values(sql: str, given: Mapping[str, str], scope: Scope) -> dict[str, Any]:
    """What is bound: the values, and those of the page. Raises OperatorError as `typed` does."""
    own = {one.name: value_of(one, given.get(one.name, one.usual)) for one in parameters(sql)}
    page = scope.params()
    return {**own, **{name: page[name] for name in OF_THE_PAGE}}


def value_of(one: Parameter, text: str) -> Any:
    """The value of a text; None where nothing was typed. Raises OperatorError where it is not of its kind."""
    if not text:
        return None
    if len(text) > LONGEST or "\0" in text:
        raise OperatorError(f"the value of {one.name} is too long")
    try:
        if one.kind == "number":
            return _number(text)
        return date.fromisoformat(text) if one.kind == "day" else text
    except (ValueError, InvalidOperation) as error:
        raise OperatorError(f"the value of {one.name} is no {one.kind}") from error


def _number(text: str) -> int | Decimal:
    if not _DIGITS.fullmatch(text):
        raise ValueError(text)
    return Decimal(text) if "." in text else int(text)
