"""Authorization as clients really write it (docs/wire/canonical.md T3)."""

from __future__ import annotations

import base64

import pytest

from collector.reading.credentials import authorization, basic, digest, opens
from collector.wire import Key


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_the_scheme_has_no_case(scheme: str) -> None:
    assert authorization(f" {scheme}  abc ") == ("basic", "abc")


@pytest.mark.parametrize("header", [None, "", "  "])
def test_no_header_is_no_authorization(header: str | None) -> None:
    assert authorization(header) is None


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (encoded("user:key"), ("user", "key")),
        (encoded(":key"), ("", "key")),
        (encoded("user:"), ("user", "")),
        (encoded("user:a:b"), ("user", "a:b")),
        (encoded("u:secret").rstrip("="), ("u", "secret")),
        (encoded("no colon"), None),
        ("not base64!", None),
        ("é", None),
    ],
)
def test_user_and_password_are_split_at_the_first_colon(sent: str, expected: tuple[str, str] | None) -> None:
    assert basic(sent) == expected


def test_only_the_right_secret_opens_and_never_one_that_was_not_set() -> None:
    key = Key(
        key_id="k",
        shop_id="s",
        vendor="v",
        public={},
        hashes={"api_key": digest("hush")},
        kept={},
        created_at=0,
    )
    assert opens(key, "api_key", "hush")
    assert not opens(key, "api_key", "Hush")
    assert not opens(key, "api_key", "")
    assert not opens(key, "private_key", "hush")
    assert not opens(key, "private_key", "")
