"""What is installed here, and what every figure of every page means."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution, requires

from dashboard.control_tables import question
from dashboard.desk import ControlView
from dashboard.page import Row, load_pages
from dashboard.scope import Scope
from dashboard.translated import question as translated

PACKAGE = "r46-collector"
_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def _dictionary(_control: ControlView, scope: Scope) -> list[Row]:
    """Every question of every page that may be seen, once a page, in the order of the pages."""
    rows: list[Row] = []
    for page in load_pages():
        if scope.may(page.role):
            asked = (translated(name, scope.words) for name in page.queries())
            title = scope.words(page.title or f"{page.slug}.title")
            rows += [
                {"page": title, "slug": page.slug, "name": one.name, "title": one.title, "define": one.define}
                for one in asked
            ]
    return rows


def _licences(_control: ControlView, _scope: Scope) -> list[Row]:
    return list(_packages())


@cache
def _packages() -> tuple[Row, ...]:
    """This package and those that it needs to run, as far as they are installed."""
    try:
        needed = [one for one in requires(PACKAGE) or () if "extra ==" not in one]
    except PackageNotFoundError:
        return ()
    names = [PACKAGE, *(match[0] for one in needed if (match := _NAME.match(one)))]
    found = {name: distribution(name) for name in names}
    return tuple(
        {"package": name, "version": one.version, "licence": _licence(one)} for name, one in found.items()
    )


def _licence(one: Distribution) -> str | None:
    """What the package says of itself; None where it says nothing in a line."""
    for field in ("License-Expression", "License"):
        told = str((one.metadata.get_all(field) or [""])[0])
        if 0 < len(told) <= 60:
            return told
    classified = [
        text.rpartition(" :: ")[2]
        for text in one.metadata.get_all("Classifier") or ()
        if text.startswith("License ::")
    ]
    return ", ".join(classified) or None


QUESTIONS = (
    question(
        "dictionary",
        "Every figure and what it means",
        "page:varchar slug:varchar name:varchar title:varchar define:varchar",
        "Every question that the pages ask, with the sentence that defines its answer: "
        "the same that stands behind the “?” of a panel.",
        _dictionary,
    ),
    question(
        "licences",
        "Programs this is made of",
        "package:varchar version:varchar licence:varchar",
        "Packages that the server runs with, as they are installed here, and the licence that each states of itself.",
        _licences,
    ),
)
