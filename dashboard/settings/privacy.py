"""Who is to be erased, what becomes of visitors who do not want to be seen, and how long things are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboard.page import Column, Grid, Panel, Tables
from dashboard.scope import Scope
from dashboard.settings import Tab

WORDS: Final = "settings_privacy"
ERASURES: Final = "settings/erasures"
NOT_SENT: Final = f"{WORDS}.not_sent"
GRID: Final = (
    Column(name="since", kind="time", title=f"{WORDS}.since"),
    Column(name="requests", kind="count", title=f"{WORDS}.requests"),
    Column(name="vendor", title="settings_keys.vendor", words="vendors"),
    *(
        Column(name=name, title=f"{WORDS}.{name}", absent=NOT_SENT)
        for name in ("user_id", "device_id", "email", "phone", "other")
    ),
)
KEPT: Final = ("log", "store", "rejected", "saved", "people", "cookies")
"""What is kept, and for how long: a row of texts each."""


def erasures(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = scope.sorted("erasures", tables[ERASURES].rows)
    grid = Grid(columns=GRID, rows=rows, name="erasures", empty=f"{WORDS}.none")
    return {"grid": grid, "command": f"r46 erasure list --shop {scope.shop.shop_id}"}


def consent(_tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """What holds for this shop, in words, and where it is changed."""
    shop = scope.shop
    return {
        "gpc": scope.words(f"settings_shop.gpc_{shop.gpc}"),
        "consent": scope.words(f"settings_shop.consent_off_{shop.consent_off}"),
        "change": scope.here(tab="shop") + "#shop_people",
    }


def kept(_tables: Tables, _scope: Scope) -> Mapping[str, Any]:
    return {"kept": KEPT}


TAB: Final = Tab(
    name="privacy",
    order=30,
    role="owner",
    panels=(
        Panel(name="privacy_erasures", queries=(ERASURES,), view=erasures, title=f"{WORDS}.erasures"),
        Panel(name="privacy_consent", queries=(), view=consent, title=f"{WORDS}.consent"),
        Panel(name="privacy_kept", queries=(), view=kept, title=f"{WORDS}.kept"),
    ),
)
