"""Released scripts: frozen once, kept unchanged, and served at their address for ever."""

from __future__ import annotations

import base64
import hashlib
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

import static
from collector.script import Resource, Script
from collector.snippet import element, snippet
from collector.wire import WireReply
from static import versions
from static.versions import Release, describe, releases
from tools.freeze_script import freeze

ROOT = Path(__file__).resolve().parents[1]
DAY = date(2026, 11, 21)
FOR_EVER = "public, max-age=31536000, immutable"


def test_a_release_is_described_by_its_bytes() -> None:
    assert describe("v3", b"hello", version="0.1.0", day=DAY) == Release(
        script="v3",
        version="0.1.0",
        date=DAY,
        file="v3.0.1.0.2cf24dba5fb0.js",
        hash="2cf24dba5fb0",
        integrity="sha384-WeF0h3dEjGnea4ANejO7+5/xtGPkQ1TDVTvNucZm+pASWjx5+QOXvfX2oT3oKGhP",
        bytes=5,
        packed=25,
    )


def test_freezing_keeps_files_and_lists_them_oldest_first(tmp_path: Path) -> None:
    first = freeze(tmp_path, {"v3": b"one", "views": b"two"}, version="0.1.0", day=DAY)
    second = freeze(tmp_path, {"v3": b"three", "views": b"two"}, version="0.2.0", day=date(2026, 12, 1))
    assert [one.version for one in (*first, *second)] == ["0.1.0", "0.1.0", "0.2.0"]
    assert releases(tmp_path) == (*first, *second)
    assert [(tmp_path / one.file).read_bytes() for one in releases(tmp_path)] == [b"one", b"two", b"three"]


def test_freezing_again_changes_nothing(tmp_path: Path) -> None:
    built = {"v3": b"one", "views": b"two"}
    freeze(tmp_path, built, version="0.1.0", day=DAY)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert freeze(tmp_path, built, version="0.2.0", day=date(2027, 1, 1)) == ()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_freeze_that_was_cut_short_is_completed(tmp_path: Path) -> None:
    (release,) = freeze(tmp_path, {"v3": b"one"}, version="0.1.0", day=DAY)
    (tmp_path / versions.INDEX).unlink()
    (tmp_path / release.file).write_bytes(b"on")
    assert freeze(tmp_path, {"v3": b"one"}, version="0.1.0", day=DAY) == (release,)
    assert (tmp_path / release.file).read_bytes() == b"one"


def test_no_index_is_no_release(tmp_path: Path) -> None:
    assert releases(tmp_path) == ()


def test_every_kept_file_is_listed_and_is_what_its_entry_says() -> None:
    listed = releases()
    assert {path.name for path in versions.FOLDER.glob("*.js")} == {one.file for one in listed}
    for one in listed:
        content = (versions.FOLDER / one.file).read_bytes()
        assert describe(one.script, content, version=one.version, day=one.date) == one
    assert {one.script for one in listed} <= set(versions.SCRIPTS)


def kept(*contents: bytes) -> Script:
    """A server's scripts with older releases of these bytes."""
    files = {f"/v3.{versions.short_hash(content)}.js": Resource.of(content) for content in contents}
    return Script(main=Resource.of(b"now"), kept=files)


def test_an_older_release_is_served_at_its_address_and_may_be_kept_for_ever() -> None:
    script = kept(b"old", b"older")
    address = f"/v3.{versions.short_hash(b'older')}.js"
    assert script.serve(address, {}) == WireReply(
        body=b"older",
        content_type="text/javascript; charset=utf-8",
        headers={
            "ETag": f'"{versions.short_hash(b"older")}"',
            "Vary": "Accept-Encoding",
            "Cache-Control": FOR_EVER,
            "Access-Control-Allow-Origin": "*",  # without it no page can check the integrity
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


def test_every_release_and_every_file_of_today_is_served() -> None:
    script = Script.load()
    views = static.path("views.js").read_bytes()
    paths = [one.path for one in releases()]
    for path in (*paths, "/v3.js", "/views.js", f"/views.{versions.short_hash(views)}.js", "/r46.d.ts"):
        reply = script.serve(path, {})
        assert reply is not None
        assert reply.status == 200
        pinned = re.fullmatch(r"/\w+\.[0-9a-f]{12}\.js", path)
        assert reply.headers["Cache-Control"] == (FOR_EVER if pinned else "public, max-age=3600")


def test_the_integrity_in_the_index_is_that_of_the_bytes_served() -> None:
    script = Script.load()
    for one in releases():
        reply = script.serve(one.path, {})
        assert reply is not None
        digest = base64.b64encode(hashlib.sha384(reply.body).digest()).decode()
        assert f"sha384-{digest}" == one.integrity


def test_the_declarations_are_text_that_no_browser_runs() -> None:
    reply = Script.load().serve("/r46.d.ts", {})
    assert reply is not None
    assert reply.content_type == "text/plain; charset=utf-8"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.body == static.path("r46.d.ts").read_bytes()


@pytest.mark.parametrize(
    "path", ["/views", "/views.000000000000.js", "/static/versions/index.toml", "/r46-views.js"]
)
def test_nothing_else_of_the_folder_is_served(path: str) -> None:
    assert Script.load().serve(path, {}) is None


def test_the_package_carries_what_is_served() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    assert {"**/*.js", "**/*.ts", "**/*.toml"} <= set(data)


def test_the_plain_snippet_has_a_stub_and_one_element() -> None:
    assert snippet("my-shop", "https://c.example") == (
        "<script>window.r46=window.r46||function(){(r46.q=r46.q||[]).push(arguments)};"
        "r46('init',\"my-shop\");</script>\n"
        '<script async src="https://c.example/v3.js"></script>'
    )


def test_a_snippet_may_name_another_global_another_host_and_a_release() -> None:
    written = snippet(
        "s",
        "https://c.example",
        global_name="shoplog",
        api_host="https://api.example",
        path="/v3.2cf24dba5fb0.js",
        integrity="sha384-x",
    )
    assert written == (
        "<script>window.shoplog=window.shoplog||function(){(shoplog.q=shoplog.q||[]).push(arguments)};"
        "shoplog('init',\"s\");</script>\n"
        '<script async src="https://c.example/v3.2cf24dba5fb0.js" data-global="shoplog" '
        'data-api-host="https://api.example" integrity="sha384-x" crossorigin="anonymous"></script>'
    )


@pytest.mark.parametrize("name", ["", "a b", "1a", "a;alert(1)", "a\n", "é", "x" * 65])
def test_a_snippet_for_an_impossible_global_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a global"):
        snippet("s", "https://c.example", global_name=name)


def test_nothing_in_an_element_ends_it_early() -> None:
    assert element('https://c.example/"><script>', integrity="<>") == (
        '<script async src="https://c.example/&quot;&gt;&lt;script&gt;" integrity="&lt;&gt;" '
        'crossorigin="anonymous"></script>'
    )


# The declarations against the documents.

DOCUMENT = (ROOT / "docs" / "wire" / "r46.md").read_text(encoding="utf-8")
DECLARATIONS = static.path("r46.d.ts").read_text(encoding="utf-8")
WORDS = {"trigger"}
"""In the section on writes, but a property and no command."""


def _section(heading: str, following: str) -> str:
    return DOCUMENT[DOCUMENT.index(f"\n{heading}") : DOCUMENT.index(f"\n{following}")]


def _first_cells(section: str) -> str:
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return "\n".join(re.split(r"(?<!\\)\|", row)[1] for row in rows)


def _commands(text: str) -> set[str]:
    """The names that stand in code, alone or before their arguments."""
    return set(re.findall(r"`([a-z]+(?:_[a-z]+)*|abSegment)(?=[`(])", text.replace(r" \| ", "` `")))


def test_every_command_of_the_document_is_declared() -> None:
    served = _commands(_first_cells(_section("### 2.2", "### 2.3")))
    reads = _commands(_first_cells(_section("### 2.3", "### 2.4")))
    writes = _commands(_section("### 2.4", "## 3.")) - WORDS
    assert {"init", "track", "profile", "abSegment", "reset_session", "utm", "consent", "debug"} <= served
    assert {"recommend", "search", "reputation", "collection"} <= reads
    assert {"subscription", "subscribe_trigger", "nps", "loyalty", "popup", "search_init"} <= writes
    declared = set(re.findall(r"'([A-Za-z_]+)'", DECLARATIONS))
    assert (served | reads | writes) - declared == set()


def test_every_standard_event_of_the_document_is_declared() -> None:
    table = _section("### 3.1 Standard events", "### 3.2 Purchase")
    rows = re.findall(r"^\| (`.+?) \|", table, re.M)
    names = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert {"view", "purchase", "block_click", "recone_view"} <= names
    typed = set(re.findall(r"^    ([a-z_]+): ", DECLARATIONS.partition("interface Events {")[2], re.M))
    assert names - typed - {"page_view", "session_start"} == set()


@pytest.mark.parametrize(
    "word", ["cookieless", "api_host", "cdn_host", "pictures_host", "consent", "pageviews"]
)
def test_every_option_of_init_is_declared(word: str) -> None:
    options = DECLARATIONS.partition("interface Options {")[2].partition("\n  }")[0]
    assert re.search(rf"^    {word}\?: ", options, re.M)
