"""Parts of a rule in words, also of one that has mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from collector.control.segments import Segment
from dashboard import translated
from dashboard.segments.check import Mistake
from dashboard.segments.edit import parts_of
from dashboard.segments.grammar import CONDITIONS, DEEPEST, GROUPS
from dashboard.texts import Texts

LONGEST: Final = 80
WORDED: Final = ("measure", "part", "method", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One part of a rule: where it stands, what it says, and what is wrong with it."""

    place: str
    depth: int
    kind: str
    text: str
    mistakes: tuple[str, ...]

    @property
    def is_group(self) -> bool:
        return self.kind in GROUPS


def lines(
    rule: Any, words: Texts, segments: Sequence[Segment], mistakes: Sequence[Mistake] = ()
) -> list[Line]:
    """A line a part, a group before its parts; what lies too deep to be anything is left out."""
    return list(
        _lines(rule, "", "rule", 0, _Saying(words, {s.segment_id: s.name for s in segments}, mistakes))
    )


@dataclass(frozen=True, slots=True)
class _Saying:
    words: Texts
    names: Mapping[str, str]
    mistakes: Sequence[Mistake]


def _lines(node: Any, place: str, path: str, depth: int, saying: _Saying) -> Iterator[Line]:
    kind = str(node.get("is", "")) if isinstance(node, dict) else ""
    inner = kind in GROUPS or kind == "not"
    yield Line(
        place=place,
        depth=depth,
        kind=kind,
        text=_text(node, kind, saying),
        mistakes=tuple(_about(saying.mistakes, path, saying.words, whole=not inner)),
    )
    if depth > DEEPEST:
        return
    for number, part in enumerate(parts_of(node)):
        further = f"{path}.of" if kind == "not" else f"{path}.of[{number}]"
        yield from _lines(part, f"{place}.{number}".strip("."), further, depth + 1, saying)


def _about(mistakes: Sequence[Mistake], path: str, words: Texts, *, whole: bool) -> Iterator[str]:
    """Mistakes of this part; of a condition also those of its fields."""
    for one in mistakes:
        if one.path in (path, f"{path}.of") or (whole and one.path.startswith(f"{path}.")):
            field = one.path.removeprefix(path).strip(".")
            reason = translated.refusal(one.reason, words)
            yield f"{field}: {reason}" if field and field != "of" else reason


def _text(node: Any, kind: str, saying: _Saying) -> str:
    words = saying.words
    if kind in GROUPS or kind == "not":
        return words(f"rules.{kind}")
    if kind not in CONDITIONS:
        return words("rules.strange")
    said = [_field(name, node[name], saying) for name in CONDITIONS[kind].__struct_fields__ if name in node]
    return " · ".join((words(f"rules.{kind}"), *said))


def _field(name: str, value: Any, saying: _Saying) -> str:
    words = saying.words
    told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if name in WORDED and words.has(f"rules.{name}_{told}"):
        told = words(f"rules.{name}_{told}")
    elif name == "event" and words.has(f"events.{told}"):
        told = words(f"events.{told}")
    elif name == "id":
        told = saying.names.get(told, told)
    elif name == "cell" and words.has(f"rfm.{told}"):
        told = words(f"rfm.{told}")
    shown = told if len(told) <= LONGEST else f"{told[:LONGEST]}…"
    return f"{words(f'rules.field_{name}')} {shown}"
