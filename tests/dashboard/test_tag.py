"""The tag's page: open to all, safe whatever its address says, and pinning only what is released."""

from __future__ import annotations

import html
from datetime import date

import pytest

from dashboard import tag
from dashboard.app import SECURITY
from static.versions import describe
from tests.dashboard.shop_world import Client, app_over, empty_store


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(app_over(empty_store()))


def test_it_is_read_without_signing_in_under_the_strict_policy(client: Client) -> None:
    answer = client.get("/tag")
    assert answer.status == 200
    assert answer.headers["content-security-policy"] == SECURITY["content-security-policy"]
    assert "<script" not in answer.text


def test_it_shows_the_tag_of_the_shop_in_its_address(client: Client) -> None:
    said = html.unescape(client.get("/tag?shop=my-shop").text)
    assert (
        'r46(\'init\',"my-shop");</script>\n<script async src="http://dash.example/v3.js"></script>' in said
    )
    assert "Replace SHOP_ID" not in said


@pytest.mark.parametrize("shop", ["", "%22%3E%3Cscript%3Ealert(1)", "x" * 65, "a%0Ab", "%00", "é"])
def test_what_cannot_be_a_shop_s_id_is_not_repeated(client: Client, shop: str) -> None:
    assert client.get(f"/tag?shop={shop}").text == client.get("/tag").text
    assert "init&#39;,&#34;SHOP_ID&#34;" in client.get("/tag").text


def test_releases_are_shown_newest_first_with_the_line_that_pins_them() -> None:
    old = describe("v3", b"old", version="1.0", day=date(2026, 11, 1))
    new = describe("v3", b"new", version="1.1", day=date(2026, 11, 21))
    shown = tag.facts("https://c.example", "s", (old, new))["pinned"]
    assert [one.release for one in shown] == [new, old]
    assert shown[0].element == (
        f'<script async src="https://c.example/v3.{new.hash}.js" integrity="{new.integrity}" '
        'crossorigin="anonymous"></script>'
    )
