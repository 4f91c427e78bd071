"""Values written as code that can be pasted: a call of the script, or JSON. What was changed is marked.

The parts joined are the whole text; nothing in them ends a script element.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

Path = tuple[str | int, ...]
Mark = Literal["", "changed", "ask"]
"""As it was sent; other than it was sent; for the developer to fill in."""
BLANK: Final = "…"
_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ask:
    """A value that only the shop's page knows."""


ASK: Final = Ask()


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the text."""

    text: str
    mark: Mark = ""


def call(arguments: list[Any], marks: Mapping[Path, Mark]) -> tuple[Part, ...]:
    """`r46(…)` with these arguments."""
    parts = [Part("r46(")]
    for place, one in enumerate(arguments):
        parts += [Part(", ")] if place else []
        parts += _Writer(marks, script=True).write(one, (place,))
    return _joined([*parts, Part(")")])


def link(address: str, name: str) -> tuple[Part, ...]:
    """The address with one more parameter, its value a blank."""
    plain, hash_, place = address.partition("#")
    joiner = "&" if "?" in plain else "?"
    found = [Part(plain), Part(f"{joiner}{name}=", "changed"), Part(BLANK, "ask")]
    return tuple([*found, Part(hash_ + place)] if hash_ else found)


def body(value: Any, marks: Mapping[Path, Mark]) -> tuple[Part, ...]:
    """The value as JSON on one line."""
    return _joined(list(_Writer(marks, script=False).write(value, ())))


@dataclass(frozen=True, slots=True)
class _Writer:
    marks: Mapping[Path, Mark]
    script: bool

    def write(self, value: Any, path: Path) -> Iterator[Part]:
        if isinstance(value, Ask):
            yield Part(self._text(BLANK), "ask")
        else:
            mark = self.marks.get(path, "")
            yield from (Part(part.text, part.mark or mark) for part in self._plain(value, path))

    def _plain(self, value: Any, path: Path) -> Iterator[Part]:
        if isinstance(value, dict):
            yield Part("{")
            for number, (name, one) in enumerate(value.items()):
                yield from self._member(str(name), one, (*path, name), first=not number)
            yield Part("}")
        elif isinstance(value, list):
            yield Part("[")
            for number, one in enumerate(value):
                yield from [Part(", ")] if number else []
                yield from self.write(one, (*path, number))
            yield Part("]")
        else:
            yield Part(self._scalar(value))

    def _member(self, name: str, value: Any, path: Path, *, first: bool) -> Iterator[Part]:
        """A name and its value. The name of one that is new is marked with it."""
        bare = self.script and _NAME.fullmatch(name)
        head = f"{name if bare else self._text(name)}: "
        yield from [] if first else [Part(", ")]
        new = isinstance(value, Ask) or bool(self.marks.get(path))
        yield Part(head, "changed" if new else "")
        yield from self.write(value, path)

    def _scalar(self, value: Any) -> str:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Decimal):
            return str(value)
        return json.dumps(value)

    def _text(self, value: str) -> str:
        """A text in quotes. `</` would end the script element that it is pasted into."""
        quoted = json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
        quoted = quoted.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        if not self.script:
            return quoted
        inner = quoted[1:-1].replace('\\"', '"').replace("'", "\\'")
        return f"'{inner}'"


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    """The same with neighbours of one mark in one piece."""
    found: list[Part] = []
    for part in parts:
        if found and found[-1].mark == part.mark and part.mark != "ask":
            found[-1] = Part(found[-1].text + part.text, part.mark)
        else:
            found.append(part)
    return tuple(found)
