"""How much a question may grow: a short text can ask for more than any computer holds.

Each expression weighs as much as what it is made of, a name as much as what it stands for, so that
`x || x` of `x || x` of … counts what it would make, and an alias of an alias as often as it is copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.store.console import Refused
from collector.store.console.allowed import Allowed

HEAVIEST: Final = 20_000
LONG: Final = 100  # characters of a written text that weigh one
UNKNOWN: Final = 20  # times that a text may grow where a bound value replaces something
Names = Mapping[str, int]


class Growth:
    """Weighs one tree. Raises Refused where anything in it weighs more than `HEAVIEST`."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._tables: dict[str, Names] = {}  # of every `with`, by its name

    def query(self, node: Any, outer: Names) -> Names:
        """What a query gives, by column; "" is the heaviest of them."""
        if not isinstance(node, dict):
            return {}
        self._with(node, outer)
        parts = [
            self.query(node[side], outer) for side in ("left", "right", "child", "query") if side in node
        ]
        parts += [self.query(one, outer) for one in node.get("children") or ()]
        given: dict[str, int] = {}
        for part in parts:
            for name, weight in part.items():
                given[name] = max(given.get(name, 1), weight)
        if node.get("type") != "SELECT_NODE":
            return self._whole(given)
        return self._whole(self._select(node, {**outer, **self._sources(node.get("from_table"), outer)}))

    def _with(self, node: Mapping[str, Any], outer: Names) -> None:
        for entry in (node.get("cte_map") or {}).get("map", ()):
            body = entry["value"].get("query_node") or entry["value"].get("query")
            body = body.get("node", body) if isinstance(body, dict) else body
            self._tables[str(entry["key"]).lower()] = self.query(body, outer)

    def _select(self, node: Mapping[str, Any], names: dict[str, int]) -> dict[str, int]:
        given: dict[str, int] = {}
        for one in node.get("select_list") or ():
            if one.get("class") == "STAR":
                given |= {name: max(weight, given.get(name, 1)) for name, weight in names.items()}
            weight = self._weight(one, names)
            called = str(one.get("alias") or (one.get("column_names") or [""])[-1]).lower()
            given[called] = max(weight, given.get(called, 1))
            if one.get("alias"):  # a later part of the list may mean this one
                names[called] = max(weight, names.get(called, 1))
        rest = {
            name: value
            for name, value in node.items()
            if name not in ("select_list", "from_table", "cte_map")
        }
        self._weight(rest, names)
        return given

    def _sources(self, node: Any, outer: Names) -> dict[str, int]:
        """Columns of what stands behind `from`."""
        if not isinstance(node, dict):
            return {}
        if node.get("type") == "BASE_TABLE":
            name = str(node.get("table_name", "")).lower()
            return dict(self._tables.get(name) or dict.fromkeys(self._allowed.tables.get(name, ()), 1))
        if node.get("type") == "SUBQUERY":
            return dict(self.query((node.get("subquery") or {}).get("node"), outer))
        found: dict[str, int] = {}
        for side in ("left", "right"):
            for name, weight in self._sources(node.get(side), {**outer, **found}).items():
                found[name] = max(weight, found.get(name, 1))
        rest = {name: value for name, value in node.items() if name not in ("left", "right")}
        weight = self._weight(rest, {**outer, **found})
        return found if node.get("type") == "JOIN" else {"": weight, **found}

    def _weight(self, node: Any, names: Names) -> int:
        if isinstance(node, list):
            return self._checked(sum(self._weight(one, names) for one in node))
        if not isinstance(node, dict):
            return 0
        if "node" in node and isinstance(node["node"], dict):
            return self.query(node["node"], names).get("", 1)
        if node.get("class") == "COLUMN_REF":
            known = [names[part] for part in map(str.lower, node["column_names"]) if part in names]
            return max(known) if known else names.get("", 1)
        own = 1 + _written(node) if "class" in node else 0
        weight = own + sum(self._weight(value, names) for value in node.values())
        name = str(node.get("function_name", "")).lower()
        if name in self._allowed.narrow:
            return 1
        return self._checked(weight * self._grows(node) if name in self._allowed.replacing else weight)

    def _grows(self, node: Mapping[str, Any]) -> int:
        """How many times longer a text gets; what is put in has to be written out, or bound."""
        given = [one.get("expression", one) for one in node.get("arguments") or node.get("children") or ()]
        if any(one.get("class") not in ("CONSTANT", "PARAMETER") for one in given[1:]):
            raise Refused("function", name=f"{node['function_name']} with a text that is worked out"[:80])
        put = given[2] if len(given) > 2 else {}
        return UNKNOWN if put.get("class") == "PARAMETER" else max(1, _length(put))

    @staticmethod
    def _checked(weight: int) -> int:
        if weight > HEAVIEST:
            raise Refused("large")
        return weight

    @staticmethod
    def _whole(given: dict[str, int]) -> Names:
        return {**given, "": max(given.values(), default=1)}


def _length(node: Mapping[str, Any]) -> int:
    literal = node.get("literal") or node.get("value") or {}
    return len(str(literal.get("text") or literal.get("value") or "")) if isinstance(literal, dict) else 0


def _written(node: Mapping[str, Any]) -> int:
    return _length(node) // LONG if node.get("class") == "CONSTANT" else 0
