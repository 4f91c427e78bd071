"""The parse tree of a question: what it names is looked up in the lists, and its tables become the shop's rows.

The tree is the engine's own (DuckDB's `json_serialize_sql`), so nothing is read here that the engine
reads otherwise. Kinds of nodes that are not listed are refused, new ones too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from collector.store.console import Refused
from collector.store.console.allowed import Allowed

Node = dict[str, Any]
SHOP: Final = "console_shop"
"""The parameter that holds the shop."""
MARK: Final = "asked "
"""What names of common table expressions begin with, so that they meet no table of the store."""
DEEPEST: Final = 300
MOST_NODES: Final = 6_000
MOST_TABLES: Final = 24
_PLACES: Final = ("query_location", "query_location_length")


@dataclass(slots=True)
class Checked:
    """What was found while a tree was read."""

    params: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    tables: list[str] = field(default_factory=list)


def without_places(node: Any) -> Any:
    """The same tree without where in the text its parts stand."""
    if isinstance(node, dict):
        return {name: without_places(value) for name, value in node.items() if name not in _PLACES}
    return [without_places(value) for value in node] if isinstance(node, list) else node


def measured(tree: Any) -> None:
    """Raises Refused for a tree that is too deep or too large to be read by calls of calls."""
    level, nodes = [tree], 0
    for _ in range(DEEPEST):
        nodes += len(level)
        if nodes > MOST_NODES * 8:
            raise Refused("large")
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise Refused("deep")


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, list):
        yield from node


class Tree:
    """Reads one tree. `rows` gives the subquery that stands for a table of the store."""

    def __init__(self, allowed: Allowed, raw: bool, rows: Callable[[str], Node]) -> None:
        self._allowed = allowed
        self._seen = allowed.seen(raw)
        self._rows = rows
        self._named: frozenset[str] = frozenset()
        self.found = Checked()

    def asked(self, statement: Node) -> Node:
        """The statement with the shop's rows for its tables. Raises Refused for whatever is not allowed."""
        self._named = frozenset(_named(statement))
        for name in sorted(self._named):
            if name in self._allowed.tables:
                raise Refused("cte", name=name)
        told: Node = self._read(deepcopy(statement), "")
        together = self.found.functions
        if together & self._allowed.gathering and together & self._allowed.parting:
            raise Refused("together", first=min(together & self._allowed.gathering), second="split_part")
        return told

    def _read(self, node: Any, place: str) -> Any:
        if isinstance(node, list):
            return [self._read(one, place) for one in node]
        if not isinstance(node, dict):
            return node
        if "class" in node:
            self._expression(node, place)
        elif isinstance(node.get("type"), str):
            if node["type"] not in self._allowed.kinds:
                raise Refused("part", name=_plain(node["type"]))
            if node["type"] == "BASE_TABLE":
                return self._table(node)
        self._renamed(node)
        inside = "table" if node.get("type") == "TABLE_FUNCTION" else ""
        return {name: self._read(value, inside) for name, value in node.items()}

    def _expression(self, node: Node, place: str) -> None:
        kind = node["class"]
        if kind not in self._allowed.expressions:
            raise Refused("part", name=_plain(kind))
        if kind == "PARAMETER":
            self._parameter(str(node.get("identifier", "")))
        if kind == "TYPE":
            self._listed("type", "type_name", node, self._allowed.types)
        if kind in ("FUNCTION", "WINDOW"):
            self._function(node, place)

    def _parameter(self, name: str) -> None:
        if not name.isidentifier() or not name.isascii() or name == SHOP:
            raise Refused("parameter", name=name[:40])
        self.found.params.add(name)

    def _function(self, node: Node, place: str) -> None:
        names = self._allowed.table_functions if place == "table" else self._allowed.functions
        self.found.functions.add(self._listed("function", "function_name", node, names))

    @staticmethod
    def _listed(code: str, key: str, node: Node, names: frozenset[str]) -> str:
        """The name of a function or a type, without any schema, as it stands in the list."""
        name = str(node.get(key, "")).lower()
        path = [str(part).lower() for part in (node.get("qualified_name") or {}).get("path", [name])]
        if path != [name] or node.get("schema") or node.get("catalog") or name not in names:
            raise Refused(code, name=".".join(path)[:80])
        return name

    def _renamed(self, node: Node) -> None:
        """Common table expressions are called as no table is, and worked out once as the engine likes."""
        if "cte_name" in node:
            node["cte_name"] = f"{MARK}{node['cte_name'].lower()}"
        held = node.get("cte_map")
        for entry in (held or {}).get("map", ()):
            entry["key"] = f"{MARK}{entry['key'].lower()}"
            entry["value"]["materialized"] = "CTE_MATERIALIZE_DEFAULT"

    def _table(self, node: Node) -> Node:
        path = [str(part) for part in (node.get("qualified_name") or {}).get("path", [])]
        name = str(node.get("table_name", ""))
        if path != [name] or node.get("schema_name") or node.get("catalog_name") or node.get("at_clause"):
            raise Refused("qualified", name=".".join(path or [name])[:80])
        self.found.tables.append(name.lower())
        if len(self.found.tables) > MOST_TABLES:
            raise Refused("large")
        called = {"alias": node.get("alias") or name}
        if name.lower() in self._named:
            marked = f"{MARK}{name.lower()}"
            return {**node, **called, "table_name": marked, "qualified_name": {"path": [marked]}}
        if name.lower() not in self._seen:
            raise Refused("table", name=name[:80])
        kept = {key: node[key] for key in ("column_name_alias", "sample") if node.get(key)}
        return {**self._rows(name.lower()), **self._read(kept, ""), **called}


def proved(tree: Any, whole: Mapping[str, Any]) -> None:
    """Raises Refused unless every table of the final text stands inside one of `whole`, or is its own.

    `whole` are the subqueries that stand for tables, without their places; `tree` has none either.
    """
    if isinstance(tree, list):
        for one in tree:
            proved(one, whole)
    if not isinstance(tree, dict):
        return
    if tree.get("type") == "SUBQUERY" and tree.get("subquery") in whole.values():
        return
    if tree.get("type") == "BASE_TABLE":
        path = tree.get("qualified_name", {}).get("path", [])
        if len(path) != 1 or not str(path[0]).startswith(MARK):
            raise Refused("table", name=_plain(path[-1] if path else ""))
    for value in tree.values():
        proved(value, whole)


def _named(node: Any) -> Iterator[str]:
    """Every name that a `with` of the tree gives, in small letters."""
    if isinstance(node, dict):
        if "cte_name" in node:
            yield str(node["cte_name"]).lower()
        held = node.get("cte_map")
        if isinstance(held, dict):
            yield from (str(entry["key"]).lower() for entry in held.get("map", ()))
    for child in _children(node):
        yield from _named(child)


def _plain(value: object) -> str:
    return str(value).lower().replace("_", " ")[:80]
