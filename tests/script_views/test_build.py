"""The built file: its size, its syntax, what it never does."""

from __future__ import annotations

import re

import pytest

import static
from tests.script.test_build import NEWER
from tools.build_script import build, size
from tools.build_views import BUDGET, SOURCE

BUILT = static.path("views.js").read_text(encoding="utf-8")


def test_it_fits_the_budget() -> None:
    assert size(BUILT) <= BUDGET == 1536


def test_it_is_what_the_build_makes_of_the_source() -> None:
    assert build(SOURCE.read_text(encoding="utf-8")) == BUILT


@pytest.mark.parametrize("feature", NEWER)
def test_it_uses_no_syntax_newer_than_2015(feature: str) -> None:
    assert re.findall(NEWER[feature], BUILT) == []


@pytest.mark.parametrize(
    "word",
    [
        "getBoundingClientRect",
        "offset",
        "getComputedStyle",
        "Storage",
        "cookie",
        "fetch",
        "XMLHttpRequest",
        "sendBeacon",
        "eval",
        "innerHTML",
        "unload",
        "scroll",
        "http",
        "preventDefault",
    ],
)
def test_it_reads_no_layout_stores_nothing_and_asks_nobody(word: str) -> None:
    assert word not in BUILT
