"""How is the shop set up, who may see it, and what is sent to whom?"""

from __future__ import annotations

from dataclasses import replace

from dashboard.page import Page
from dashboard.settings import load_tabs

TABS = load_tabs()

PAGE = Page(
    slug="settings",
    order=99,
    period=False,
    segments=False,
    shared=False,
    tabs=tuple(tab.name for tab in TABS),
    tab_roles={tab.name: tab.role for tab in TABS},
    panels=tuple(replace(panel, tabs=(tab.name,)) for tab in TABS for panel in tab.panels),
    acts={name: act for tab in TABS for name, act in tab.acts.items()},
    act_roles={name: tab.role for tab in TABS for name in tab.acts},
)
