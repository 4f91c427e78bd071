"""Persons out of what identified them: the rules of docs/definitions.md, "Visitor", and nothing else.

Pure: links in, periods and identifiers out. The answer depends on the set of links alone and
not on their order, so that a part of the graph can be told again at any time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

BEGIN = datetime.fromisoformat("0001-01-01")
END = datetime.fromisoformat("9999-01-01")
PRIMARY = ("email", "phone", "user_id")
"""Kinds of identifiers, the strongest first; other kinds are weaker than all of them."""

NOBODY = (
    "null",
    "undefined",
    "none",
    "nil",
    "nan",
    "guest",
    "anonymous",
    "unknown",
    "true",
    "false",
    "[object object]",
)
"""Values, in small letters, that programs send where they know nobody. They identify nobody, as zeros alone do."""

_NAMES = {"email": "e:", "phone": "p:", "user_id": "u:"}


@dataclass(frozen=True, slots=True)
class Link:
    """What the events of one session of a node stated together.

    `marks` are `kind:value`, the strongest first and at least one; `stated` are further ones that
    the sender says are the same person's. Times are naive UTC; `started_at` is the session's.
    """

    shop_id: str
    node: str
    session_key: str
    started_at: datetime
    marks: tuple[str, ...]
    stated: tuple[str, ...]
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """Sessions of `node` that began in [since, until) are the visitor's."""

    shop_id: str
    node: str
    since: datetime
    until: datetime
    visitor_id: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier of a visitor, and when it was first stated. `node` is who stated it."""

    shop_id: str
    visitor_id: str
    node: str
    kind: str
    value: str
    first_at: datetime


@dataclass(slots=True)
class _Person:
    """One person; `joined` leads to whom it turned out to be."""

    held: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    joined: _Person | None = None


def persons(links: Sequence[Link]) -> tuple[list[Period], list[Identifier]]:
    """Whose every node is, and was, of whole connected parts of the graph of one or several shops."""
    graph = _Graph()
    ordered = sorted(
        links, key=lambda link: (link.first_at, link.shop_id, link.node, link.session_key, link.marks)
    )
    owners = [graph.take(link) for link in ordered]
    periods = list(_periods(list(zip(ordered, owners, strict=True))))
    names = _names(ordered, periods)
    told = [
        Period(link.shop_id, link.node, since, until, names[id(owner)])
        for link, since, until, owner in periods
    ]
    return told, _identifiers(ordered, graph, names)


class _Graph:
    """Persons as they become known, link by link in the order of time."""

    def __init__(self) -> None:
        self._of_mark: dict[tuple[str, str], _Person] = {}
        self._of_node: dict[tuple[str, str], _Person] = {}

    def owner(self, shop_id: str, mark: str) -> _Person | None:
        """Whose the identifier is."""
        found = self._of_mark.get((shop_id, mark))
        return _root(found) if found else None

    def take(self, link: Link) -> _Person:
        """The person that a link is about. Its strongest identifier decides."""
        person = self._stated_together(link)
        for mark in link.stated:
            other = self._owned(link.shop_id, mark)
            if other is not person and not _both(person, other, ("email",)):
                person = _join(person, other)
        node = (link.shop_id, link.node)
        before = _root(self._of_node[node]) if node in self._of_node else person
        if before is not person and not _both(before, person, before.held):
            person = _join(before, person)
        self._of_node[node] = person
        return person

    def _stated_together(self, link: Link) -> _Person:
        """Identifiers of one event are one person's, but two e-mails or user ids never meet."""
        person = self._owned(link.shop_id, link.marks[0])
        strongest = _kind(link.marks[0])
        for mark in link.marks[1:]:
            other = self.owner(link.shop_id, mark)
            if other is None:
                if _kind(mark) != "user_id" or not person.held["user_id"]:
                    self._give(link.shop_id, mark, person)
            elif other is not person and not _both(person, other, ("email", "user_id", strongest)):
                person = _join(person, other)
        return person

    def _owned(self, shop_id: str, mark: str) -> _Person:
        return self.owner(shop_id, mark) or self._give(shop_id, mark, _Person())

    def _give(self, shop_id: str, mark: str, person: _Person) -> _Person:
        kind, _, value = mark.partition(":")
        person.held[kind].add(value)
        self._of_mark[shop_id, mark] = person
        return person


def _kind(mark: str) -> str:
    return mark.partition(":")[0]


def _both(one: _Person, other: _Person, kinds: Iterable[str]) -> bool:
    """Whether both hold an identifier of one of the kinds; those they hold are never the same."""
    return any(one.held.get(kind) and other.held.get(kind) for kind in tuple(kinds))


def _join(one: _Person, other: _Person) -> _Person:
    for kind, values in other.held.items():
        one.held[kind] |= values
    other.joined = one
    return one


def _root(person: _Person) -> _Person:
    while person.joined:
        person = person.joined
    return person


def _periods(
    owned: Sequence[tuple[Link, _Person]],
) -> Iterable[tuple[Link, datetime, datetime, _Person]]:
    """Of each node: from which session's beginning on it is whose. Its first owner has all before too."""
    nodes: dict[tuple[str, str], dict[tuple[datetime, str], tuple[Link, _Person]]] = defaultdict(dict)
    for link, owner in owned:
        sessions = nodes[link.shop_id, link.node]
        before = sessions.get((link.started_at, link.session_key))
        if before is None or _when(link) > _when(before[0]):
            sessions[link.started_at, link.session_key] = (link, owner)
    for sessions in nodes.values():
        changes: list[tuple[Link, datetime, _Person]] = []
        for (started_at, _), (link, owner) in sorted(sessions.items(), key=lambda item: item[0]):
            root = _root(owner)
            if changes and changes[-1][1] == started_at:
                changes.pop()
            if not changes or changes[-1][2] is not root:
                changes.append((link, started_at if changes else BEGIN, root))
        ends = [since for _, since, _ in changes[1:]] + [END]
        yield from (
            (link, since, until, root) for (link, since, root), until in zip(changes, ends, strict=True)
        )


def _when(link: Link) -> tuple[datetime, datetime, tuple[str, ...]]:
    """Of several links of a session the one that was stated last decides."""
    return link.last_at, link.first_at, link.marks


def _names(
    ordered: Sequence[Link], periods: Sequence[tuple[Link, datetime, datetime, _Person]]
) -> dict[int, str]:
    """A person is called like the first node it was the first owner of, else like its strongest identifier."""
    first = {(link.shop_id, link.node): root for link, since, _, root in periods if since == BEGIN}
    names: dict[int, str] = {}
    for link in ordered:
        names.setdefault(id(first[link.shop_id, link.node]), link.node)
    taken = set(names.values())
    for _, _, _, root in periods:
        if id(root) not in names:
            names[id(root)] = _named(root, taken)
            taken.add(names[id(root)])
    return names


def _named(person: _Person, taken: set[str]) -> str:
    kind = next(kind for kind in (*PRIMARY, *sorted(person.held)) if person.held.get(kind))
    name = _NAMES.get(kind, f"{kind}:") + min(person.held[kind])
    while name in taken:
        name += "*"
    return name


def _identifiers(ordered: Sequence[Link], graph: _Graph, names: dict[int, str]) -> list[Identifier]:
    """Identifiers of persons that own a session, each with who stated it first."""
    told: dict[tuple[str, str], Link] = {}
    for link in ordered:
        for mark in (*link.marks, *link.stated):
            told.setdefault((link.shop_id, mark), link)
    found: list[Identifier] = []
    for (shop_id, mark), link in told.items():
        owner = graph.owner(shop_id, mark)
        if owner is not None and id(owner) in names:
            kind, _, value = mark.partition(":")
            found.append(Identifier(shop_id, names[id(owner)], link.node, kind, value, link.first_at))
    return found
