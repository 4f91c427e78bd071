"""What this is, which version, what every figure means, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import collector
from dashboard.export import DEFINITIONS
from dashboard.page import Column, Grid, Panel, Tables
from dashboard.scope import Scope
from dashboard.settings import Tab

WORDS: Final = "settings_about"
DICTIONARY: Final = "control/dictionary"
LICENCES: Final = "control/licences"
MADE_OF: Final = (
    Column(name="package", kind="code", title=f"{WORDS}.package"),
    Column(name="version", kind="code", title=f"{WORDS}.version"),
    Column(name="licence", title=f"{WORDS}.licence", absent=f"{WORDS}.no_licence"),
)


def version(_tables: Tables, _scope: Scope) -> Mapping[str, Any]:
    return {"version": collector.__version__, "definitions": DEFINITIONS}


def dictionary(tables: Tables, _scope: Scope) -> Mapping[str, Any]:
    """Definitions by page; each can be linked to."""
    rows = [{**row, "id": f"define-{row['slug']}-{_plain(row['name'])}"} for row in tables[DICTIONARY].rows]
    pages = groupby(rows, key=itemgetter("slug"))
    return {"pages": [(slug, list(questions)) for slug, questions in pages]}


def _plain(name: str) -> str:
    return name.replace("/", "-").replace("_", "-")


def licences(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = scope.sorted("licences", tables[LICENCES].rows)
    return {"grid": Grid(columns=MADE_OF, rows=rows, name="licences", empty=f"{WORDS}.no_packages")}


TAB: Final = Tab(
    name="about",
    order=90,
    role="viewer",
    panels=(
        Panel(name="about_version", queries=(), view=version, title=f"{WORDS}.about"),
        Panel(name="about_dictionary", queries=(DICTIONARY,), view=dictionary, title=f"{WORDS}.dictionary"),
        Panel(name="about_licences", queries=(LICENCES,), view=licences, title=f"{WORDS}.licences"),
    ),
)
