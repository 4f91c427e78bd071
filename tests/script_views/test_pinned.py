"""A pinned file in a real browser: these bytes run, any others do not."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page

import static
from collector.snippet import snippet
from static.versions import describe
from tests.script_views.window import Window

READY = "document.readyState == 'complete'"


@pytest.mark.parametrize("altered", [False, True], ids=["as released", "altered"])
def test_a_pinned_script_runs_only_with_the_bytes_of_its_release(window: Window, altered: bool) -> None:
    content = static.path("v3.js").read_bytes()
    release = describe("v3", content, version="0.1.0", day=date(2026, 11, 21))
    recorder = window.recorder
    # The page is of another site than the script: 127.0.0.1 and localhost are two.
    shop = recorder.origin.replace("127.0.0.1", "localhost")
    tag = snippet("my-shop", recorder.origin, path=release.path, integrity=release.integrity)
    recorder.pages[release.path] = content.decode() + ("//" if altered else "")
    recorder.pages["/pinned"] = f"<!doctype html><title>Shop</title><link rel=icon href=data:,>{tag}"
    page: Page = window.page
    page.goto(f"{shop}/pinned")
    page.wait_for_function(READY)
    assert page.evaluate("Boolean(r46.loaded)") is not altered
