"""Where things are sent: checked before anything is kept."""

from __future__ import annotations

import pytest

from collector.control.channels import Channel, channel_of
from collector.errors import OperatorError


def test_recipients_and_a_webhook_are_kept_as_typed_and_a_webhook_gets_a_secret() -> None:
    made = channel_of(
        [" ann@shop.example ", "", "ann@shop.example", "b+c@x.example"], "https://h.example/x?y=1"
    )
    assert made.recipients == ("ann@shop.example", "b+c@x.example")
    assert made.targets == ("ann@shop.example", "b+c@x.example", "webhook")
    assert len(made.secret) >= 40
    assert channel_of([], "https://h.example", "kept").secret == "kept"
    assert channel_of([], "  ") == Channel()


@pytest.mark.parametrize(
    "address",
    [
        "ann",
        "ann@",
        "a b@x.example",
        "ann@x.example\r\nBcc: e@x.example",
        "<ann@x.example>",
        "ann@[10.0.0.1]",
        "ä@x.example",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(OperatorError, match="is no address of mail"):
        channel_of([address], "")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://h.example",
        "h.example/x",
        "https://",
        "https://u:p@h.example",
        "https://h.example/#x",
        "https://h.example:0",
        "https://h.example:99999",
        "https://h.example/a b",
        "https://hä.example",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_webhook_is_refused(url: str) -> None:
    with pytest.raises(OperatorError, match="is no webhook"):
        channel_of([], url)


def test_there_are_ten_recipients_at_most() -> None:
    with pytest.raises(OperatorError, match="at most 10"):
        channel_of([f"a{number}@x.example" for number in range(11)], "")
