"""What was sent, while it is being corrected: values by their place, and what became of each.

A call of the script is its list of arguments, anything else the object that was sent. Where a
product's own fields stand differs between the two, and only here.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from dashboard.literal import Mark, Part, Path, body, call

ALIASES: Final = {
    "order_id": ("order", "order_id"),
    "items": ("products", "items"),
    "search_query": ("query", "search_query"),
    "category_id": ("category_id", "id"),
    "quantity": ("amount", "quantity"),
    "recommended_code": ("recommended_code", "recommender_code"),
}
"""Other names of a field: that of a call first."""
_LISTS: Final = ("items", "products")


@dataclass(slots=True)
class Draft:
    """A value under correction. `call` tells the arguments of a call from an object."""

    value: Any
    call: bool
    marks: dict[Path, Mark] = field(default_factory=dict)

    @classmethod
    def of(cls, source: Any) -> Draft:
        """What was sent, copied: the call of an entry of the script, else the whole."""
        if isinstance(source, dict) and isinstance(source.get("call"), list):
            return cls(copy.deepcopy(source["call"]), call=True)
        return cls(copy.deepcopy(source), call=False)

    @property
    def data(self) -> Path:
        """Where the fields of the event stand."""
        return (2,) if self.call else ()

    def at(self, path: Path) -> Any:
        """The value at a place; None where there is none."""
        found = self.value
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def put(self, path: Path, value: Any) -> None:
        """Another value at a place, marked. Raises LookupError where its parent is no place for it."""
        parent = self.at(path[:-1])
        if isinstance(parent, list) and path[-1] == len(parent):
            parent.append(value)
        elif isinstance(parent, (dict, list)):
            parent[path[-1]] = value  # type: ignore[index]
        else:
            raise LookupError(path)
        self.marks[path] = "changed"

    def drop(self, path: Path) -> None:
        """A field left out."""
        parent = self.at(path[:-1])
        if isinstance(parent, dict):
            parent.pop(path[-1], None)

    def found(self, name: str) -> list[Path]:
        """The places of a field, by any of its names, outermost first."""
        names = ALIASES.get(name, (name,))
        return sorted(self._search(self.value, (), lambda key: key in names), key=len)

    def _search(self, value: Any, path: Path, fits: Callable[[Any], bool]) -> Iterator[Path]:
        pairs = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, one in pairs:
            if isinstance(value, dict) and fits(key):
                yield (*path, key)
            if len(path) < 8:
                yield from self._search(one, (*path, key), fits)

    def named(self, name: str) -> str:
        """The name under which a field that is missing belongs here."""
        names = ALIASES.get(name, (name,))
        return names[0] if self.call else names[-1]

    def opened(self) -> Path:
        """The object of the event's fields; an id alone becomes one. Raises LookupError for a list."""
        held = self.at(self.data)
        if self.call and not isinstance(held, (dict, list)) and held is not None:
            self.put(self.data, {"id": held})
        if not isinstance(self.at(self.data), dict):
            raise LookupError(self.data)
        return self.data

    def items(self) -> list[Path]:
        """The products: those of a list, or the only one."""
        held = self.at(self.data)
        if self.call and isinstance(held, list):
            return [(*self.data, number) for number in range(len(held))]
        for name in _LISTS:
            if isinstance(listed := self.at((*self.data, name)), list):
                return [(*self.data, name, number) for number in range(len(listed))]
        return [] if self.many or held is None else [self.data]

    @property
    def many(self) -> bool:
        """Whether products stand in a list of their own, and never as the event's own fields."""
        return not self.call or self.at((1,)) == "purchase"

    def written(self) -> tuple[Part, ...]:
        """As text that can be pasted."""
        return call(self.value, self.marks) if self.call else body(self.value, self.marks)
