"""What a setting of a shop may be, wherever it is typed."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from collector import shop_settings
from collector.errors import OperatorError
from collector.wire import Shop


def test_every_setting_of_a_shop_can_be_set_or_is_named_here() -> None:
    assert set(shop_settings.NAMES) == {one.name for one in fields(Shop)} - {"shop_id", "secret_sha256"}


def test_what_is_usual_is_allowed() -> None:
    given = {
        name: shop_settings.usual(name) for name in shop_settings.NAMES if name not in ("name", "options")
    }
    assert shop_settings.checked(given) == given


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("name", " ", "a shop's name has 1 to 80"),
        ("name", "x" * 81, "a shop's name has 1 to 80"),
        ("name", "a\x07b", "a shop's name has 1 to 80"),
        ("currency", "euro", "is no currency"),
        ("timezone", "Berlin", "is no time zone"),
        ("timezone", "../../etc/passwd", "is no time zone"),
        ("gpc", "maybe", "is no gpc"),
        ("session_gap_s", "0", "is no session_gap_s"),
        ("session_gap_s", "1e3", "is no session_gap_s"),
        ("session_gap_s", "٣", "is no session_gap_s"),
        ("rate_limit", "-1", "is no rate_limit"),
        ("origins", ["shop.example"], "is no origin"),
        ("origins", ["https://shop.example/path"], "is no origin"),
        ("origins", ["javascript:alert(1)"], "is no origin"),
        ("known_tools", ["x" * 201], "is no value of known_tools"),
        ("known_tools", [str(number) for number in range(101)], "at most 100 values"),
        ("options", ["nonsense=1"], "there is no option"),
    ],
)
def test_what_a_setting_cannot_be_is_refused(name: str, value: Any, said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        shop_settings.checked({name: value})


def test_lists_lose_what_is_empty_or_twice_and_origins_their_slash() -> None:
    typed = shop_settings.checked({"origins": [" https://Shop.example/ ", "", "https://shop.example"]})
    assert typed == {"origins": ("https://shop.example",)}


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("shop.example", "https://shop.example"),
        ("  Shop.Example/de/ ", "https://shop.example"),
        ("http://localhost:8000/x", "http://localhost:8000"),
        ("https://www.shop.example", "https://www.shop.example"),
    ],
)
def test_a_domain_becomes_the_origin_of_its_pages(typed: str, origin: str) -> None:
    assert shop_settings.origin_of(typed) == origin


@pytest.mark.parametrize("typed", ["", "my shop", "ftp://shop.example", "-x.example", "shop..example", "<b>"])
def test_what_is_no_domain_is_refused(typed: str) -> None:
    with pytest.raises(OperatorError, match="is no domain"):
        shop_settings.origin_of(typed)
