"""What of a page somebody may see and use, and what the history of changes calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from collector.wire import Shop
from dashboard.access import Access, Forbidden, Role
from dashboard.annotations import ACTS as NOTING
from dashboard.page import Act, Page

SETTINGS: Final = "settings"
"""Its forms tell the history of changes themselves, and more."""
PASSING: Final = ("segments_add", "sql_run")
"""Forms that keep nothing that others see."""


def allow(page: Page, access: Access, shop: Shop, thing: str) -> None:
    """Raises Forbidden where whoever asks may not see the page, or a thing of it."""
    if not allowed(page, access, shop) or (thing and access.shared):
        raise Forbidden


def allowed(page: Page, access: Access, shop: Shop) -> bool:
    """A shared link shows its own pages, and through a segment only those that obey it."""
    return linked(page, access) if access.shared else access.may(shop.shop_id, page.role)


def linked(page: Page, access: Access) -> bool:
    """Whether a shared link shows the page."""
    seen = page.shared and (page.segments or not access.segment)
    return seen and (not access.pages or page.slug in access.pages)


def acts_of(page: Page) -> Mapping[str, Act]:
    """The forms of a page: its own, and those of notes where it shows charts over days."""
    noting = NOTING if page.period and any(panel.draw for panel in page.panels) else {}
    return {**noting, **page.acts}


def did(page: Page, name: str) -> str:
    """What the history of changes calls a form."""
    return name if name in NOTING else f"{page.slug}_{name}"


def role_of(page: Page, name: str) -> Role:
    """The role that a form of a page needs."""
    return page.act_roles.get(name, "analyst" if name in NOTING else page.acting)


def tab_role(page: Page, tab: str) -> Role:
    """The role that a tab of a page needs."""
    return page.tab_roles.get(tab, page.role)
