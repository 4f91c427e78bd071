"""The built script: its size, its syntax, and that it is what the build makes."""

from __future__ import annotations

import gzip
import re

import pytest

import static
from tools.build_script import BUDGET, SOURCE, build, minified
from tools.repack import Choice, repacked, search

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


ANY = Choice(order=(2, 0, 1), names=("zz", "$", "_", "a"))


@pytest.mark.parametrize("choice", [Choice(), ANY], ids=["none", "another"])
def test_any_choice_of_names_gives_a_script_of_the_same_words(choice: Choice) -> None:
    source = SOURCE.read_text(encoding="utf-8")
    assert words(build(source, choice)) == words(minified(source))


def words(script: str) -> list[str]:
    """What is no variable: words of the language, properties, texts, numbers; in no order."""
    return sorted(re.findall(r"[\w$]{3,}|\d+", script))


def test_variables_are_renamed_and_nothing_that_only_looks_like_one() -> None:
    script = (
        "let a=1,b=c=>a+c.a,d={a:b,b:`a${b(`${a}`)}c`},e=/a[/b]/,f='b',g=[...a];if(d)for(let a of g)e.b(a,f)"
    )
    choice = Choice(names=("z", "y", "x", "w", "v", "u", "t"))
    assert repacked(script, choice) == (
        "let z=y=>x+y.a,x=1,w={a:z,b:`a${z(`${x}`)}c`},v=/a[/b]/,u='b',t=[...x];if(w)for(let x of t)v.b(x,u)"
    )


def test_a_choice_is_written_and_read() -> None:
    assert Choice.of(str(ANY)) == ANY
    assert Choice.of("") == Choice()


def test_a_search_only_finds_what_is_no_larger() -> None:
    script = minified(
        "(() => { const one = x => x + 1; const two = y => one(y) + one(2); window.z = two })()"
    )
    found = search(script, Choice(), 200, 1)
    assert len(repacked(script, found)) <= len(repacked(script, Choice()))
