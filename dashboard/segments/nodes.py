"""Ids of a list as they are typed or exported elsewhere, and as the store calls them.

A file is CSV with a column `did`, `user_id`, `email` or `phone` (several are several ids), or one
id a line. What cannot be an id is told with its line, and the rest is taken.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

KINDS: Final = ("did", "user_id", "email", "phone")
PREFIX: Final = {"did": "", "user_id": "u:", "email": "e:", "phone": "p:"}
LONGEST: Final = 255
_NOT_DIGIT: Final = re.compile(r"[^0-9]", re.ASCII)


@dataclass(slots=True)
class Read:
    """Nodes in the file's order, and lines (from 1) that hold no id."""

    nodes: list[str] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


def node_of(kind: str, value: str) -> str:
    """The node of an id, empty where the value is none: e-mails in lower case, phones as digits."""
    text = value.strip()
    if kind == "email":
        text = text.lower() if "@" in text else ""
    elif kind == "phone":
        digits = _NOT_DIGIT.sub("", text)
        text = ("+" if text.startswith("+") else "") + digits if len(digits) >= 5 else ""
    if not text or len(text) > LONGEST or not text.isprintable():
        return ""
    return PREFIX[kind] + text


def read(lines: Iterable[str], kind: str) -> Read:
    """The ids of a file. `kind` is what a line is where the file has no heading."""
    found = Read()
    for number, cells in _rows(lines, kind):
        nodes = [node_of(name, value) for name, value in cells if value.strip()]
        found.nodes += filter(None, nodes)
        if cells and not all(nodes or [""]):
            found.refused.append(number)
    return found


def _rows(lines: Iterable[str], kind: str) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Number and named cells of each line that is not blank."""
    columns: list[tuple[int, str]] = []
    for number, cells in enumerate(csv.reader(lines), 1):
        if not any(cell.strip() for cell in cells):
            continue
        heads = [cell.strip().lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").lower() for cell in cells]
        if not columns and any(head in KINDS for head in heads):
            columns = [(place, head) for place, head in enumerate(heads) if head in KINDS]
            continue
        columns = columns or [(0, kind)]
        yield number, [(name, cells[place]) for place, name in columns if place < len(cells)]
