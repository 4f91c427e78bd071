"""A rule that is being built: parts added, turned and taken away, as text of an address.

Nothing here asks whether the rule means anything; `check` does. A place is the numbers that
lead to a part (`1.0`: the first part of the second), the empty text is the whole rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from dashboard.segments.grammar import CONDITIONS, GROUPS, VERSION

Node = dict[str, Any]
WHOLE: Final = ("least", "most", "days", "months")


def opened(text: str) -> Node:
    """The rule of a text as a group; an empty one where the text is none."""
    try:
        whole = msgspec.json.decode(text.encode())
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        whole = None
    rule = whole.get("rule") if isinstance(whole, dict) else None
    if not isinstance(rule, dict):
        return {"is": "all", "of": []}
    return rule if rule.get("is") in GROUPS and isinstance(rule.get("of"), list) else group([rule])


def closed(rule: Node) -> str:
    """The text of a rule."""
    return msgspec.json.encode({"version": VERSION, "rule": rule}).decode()


def group(parts: list[Node], kind: str = "all") -> Node:
    return {"is": kind, "of": parts}


def parts_of(node: Any) -> list[Any]:
    """The parts of a group or of a negation; a condition has none."""
    if not isinstance(node, dict):
        return []
    inner = node.get("of")
    if node.get("is") == "not":
        return [inner]
    return inner if isinstance(inner, list) else []


def added(rule: Node, place: str, part: Node) -> Node:
    """The rule with one more part in the group of that place."""
    return _changed(rule, place, lambda node: {**node, "of": [*parts_of(node), part]})


def removed(rule: Node, place: str) -> Node:
    """The rule without the part of that place; groups that lose their last part go with it."""
    kept = _without(rule, _steps(place))
    return kept if isinstance(kept, dict) else group([])


def negated(rule: Node, place: str) -> Node:
    """The rule with that part turned into its opposite."""
    return _changed(
        rule, place, lambda node: node.get("of") if node.get("is") == "not" else {"is": "not", "of": node}
    )


def turned(rule: Node, place: str) -> Node:
    """The rule with `all` for `any` in the group of that place, or the other way round."""
    return _changed(rule, place, lambda node: {**node, "is": "any" if node.get("is") == "all" else "all"})


def condition(kind: str, fields: Mapping[str, str]) -> Node:
    """A condition of what a form said; fields left empty are not said. Lists have a value a line."""
    found: Node = {"is": kind}
    for name in CONDITIONS[kind].__struct_fields__:
        text = fields.get(name, "").strip()
        if not text:
            continue
        if name == "values":
            found[name] = [line.strip() for line in text.splitlines() if line.strip()]
        elif name in WHOLE and text.isascii() and text.isdigit():
            found[name] = int(text[:15])
        else:
            found[name] = text
    return found


def _changed(rule: Node, place: str, change: Callable[[Node], Any]) -> Node:
    found = _at(rule, _steps(place), change)
    return found if isinstance(found, dict) else rule


def _steps(place: str) -> list[int]:
    numbers = [part for part in place.split(".") if part]
    return [int(part[:4]) if part.isascii() and part.isdigit() else -1 for part in numbers]


def _at(node: Any, steps: list[int], change: Callable[[Node], Any]) -> Any:
    """The node with its part at the end of the steps changed; as it was where the steps lead nowhere."""
    if not steps:
        return change(node) if isinstance(node, dict) else node
    parts = parts_of(node)
    if not 0 <= steps[0] < len(parts):
        return node
    parts = [*parts]
    parts[steps[0]] = _at(parts[steps[0]], steps[1:], change)
    return {**node, "of": parts[0] if node["is"] == "not" else parts}


def _without(node: Any, steps: list[int]) -> Any:
    """The node without the part at the end of the steps; None where nothing is left of it."""
    if not steps:
        return None
    parts = parts_of(node)
    if not 0 <= steps[0] < len(parts):
        return node
    inner = _without(parts[steps[0]], steps[1:])
    rest = [*parts[: steps[0]], *([] if inner is None else [inner]), *parts[steps[0] + 1 :]]
    if not rest:
        return None
    return {**node, "of": rest[0] if node["is"] == "not" else rest}
