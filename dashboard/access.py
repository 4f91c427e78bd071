"""Who asks, and what they may see and do.

A person has a role in each shop that was granted to them, the operator's one-time link has the
greatest in all. A shared link shows one shop, read only, and through its segment alone. Whatever
reads or changes data of a shop asks here: pages, data, streams and forms go through one door.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from collector.wire import Shop

Role = Literal["viewer", "analyst", "owner"]
RANKS: Final[Mapping[str, int]] = {"viewer": 1, "analyst": 2, "owner": 3}
"""A role may whatever a lower one may. Viewers read, analysts save and ask, owners set up."""


class Forbidden(Exception):
    """Whoever asks may not; `key` is the text key of the reason."""

    def __init__(self, key: str = "errors.forbidden") -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What somebody may. `everywhere` is a role in all shops, those to come too.

    `user_id` is "" for a link, which belongs to nobody. `segment` is the id of the only segment
    that a shared link shows, `pages` its only pages ("" and none: no such bound). `session_id` is
    the session they ask by, `language` the one they chose for themselves.
    """

    who: str = ""
    user_id: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)
    everywhere: Role | None = None
    shared: bool = False
    segment: str = ""
    pages: tuple[str, ...] = ()
    session_id: str = ""
    language: str = ""

    def role(self, shop_id: str) -> Role | None:
        """The greatest role in that shop; None where it may not be seen at all."""
        known = [role for role in (self.roles.get(shop_id), self.everywhere) if role]
        return max(known, key=lambda role: RANKS[role], default=None)

    def may(self, shop_id: str, need: Role) -> bool:
        """Whether the role in that shop is `need` or greater."""
        role = self.role(shop_id)
        return role is not None and RANKS[role] >= RANKS[need]

    def seen(self, shops: Sequence[Shop]) -> tuple[Shop, ...]:
        """Those of the shops that may be seen, in their order."""
        return tuple(shop for shop in shops if self.may(shop.shop_id, "viewer"))


OPERATOR: Final = Access(everywhere="owner")
"""Whoever runs the installation: the holder of a one-time link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """One request's person and language, and where shops' pages reach the collector."""

    access: Access
    language: str = "en"
    origin: str = ""
