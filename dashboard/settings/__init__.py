"""The tabs of Settings: each module of this folder binds `TAB`, and nothing else names it.

A tab's panels stand in `templates/settings/<name>.html`, its words in `texts/<language>/settings_<name>.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules

from dashboard.access import Role
from dashboard.desk import Desk
from dashboard.page import Act, Panel
from dashboard.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One tab. `role` is needed to see it and, unless `acts` say otherwise, to use its forms.

    Names of acts and panels are those of the whole page: they begin with the tab's name.
    """

    name: str
    order: int
    role: Role
    panels: tuple[Panel, ...]
    acts: Mapping[str, Act] = field(default_factory=dict)


def load_tabs() -> tuple[Tab, ...]:
    """Every tab, in order."""
    found: list[Tab] = []
    for module in iter_modules(__path__):
        tab: Tab | None = getattr(import_module(f"{__name__}.{module.name}"), "TAB", None)
        if tab is None:
            continue  # a part of a tab
        if not all(name.startswith(tab.name) for name in (*tab.acts, *(one.name for one in tab.panels))):
            raise LookupError(f"an act or a panel of {tab.name!r} is not named after it")
        found.append(tab)
    return tuple(sorted(found, key=lambda tab: (tab.order, tab.name)))


def noted(desk: Desk, scope: Scope, what: str, about: str = "") -> None:
    """Keep in the history of changes that whoever asks did this to the shop; `about` holds no secret."""
    when = scope.now.timestamp()
    desk.control.audit.note(when, scope.access.who, scope.shop.shop_id, what, about)
