"""The built script: its size, its syntax, and that it is what the build makes."""

from __future__ import annotations

import gzip
import re

import pytest

import static
from tools.build_script import BUDGET, SOURCE, build

BUILT = static.path("v3.js").read_text(encoding="utf-8")

NEWER = {
    "exponent": r"\*\*",
    "optional chaining": r"\?\.\D",
    "nullish coalescing": r"\?\?",
    "logical assignment": r"(\|\||&&)=",
    "catch without binding": r"catch\s*\{",
    "async function": r"\basync\b|\bawait\b",
    "object spread or rest": r"[{,]\.\.\.\w+(\([^()]*\))?\}",
    "private member": r"\.#\w",
    "bigint literal": r"\b\d+n\b",
    "numeric separator": r"\b\d+_\d",
    "named group or look-behind": r"\(\?<",
    "regular expression flags s, v, d": r"/[gimuy]*[svd][gimuy]*\.(test|exec)",
    "method newer than 2015": (
        r"\.(includes|padStart|padEnd|flat|flatMap|fromEntries|matchAll|replaceAll|at|finally|allSettled|any)\("
        r"|Object\.(values|entries|hasOwn)\b|globalThis"
    ),
}


def test_it_fits_the_budget() -> None:
    assert len(gzip.compress(BUILT.encode(), compresslevel=9, mtime=0)) <= BUDGET == 4096


def test_it_is_what_the_build_makes_of_the_source() -> None:
    assert build(SOURCE.read_text(encoding="utf-8")) == BUILT


@pytest.mark.parametrize("feature", NEWER)
def test_it_uses_no_syntax_newer_than_2015(feature: str) -> None:
    # String.includes is of 2015, Array.includes of 2016; neither is needed.
    assert re.findall(NEWER[feature], BUILT) == []


@pytest.mark.parametrize(
    "word", ["eval", "Function(", "innerHTML", "document.write", "unload", "beforeunload", "offset"]
)
def test_it_does_nothing_a_shop_would_forbid(word: str) -> None:
    assert word not in BUILT.replace("getTimezoneOffset", "")


def test_it_names_no_host() -> None:
    assert re.findall(r"https?://[\w.]+", BUILT) == []
