"""Control data: seen by every process at once, links that work once, secrets not kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.control import LINK_SECONDS, REFRESH_SECONDS, Control, sha256
from collector.errors import OperatorError
from collector.wire import Shop

SHOP = Shop(shop_id="s1", name="Kettles", currency="USD", origins=("https://a.example", "https://b.example"))


class Hand:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def server(tmp_path: Path, hand: Hand) -> Iterator[Control]:
    control = Control(tmp_path / "control.sqlite", hand)
    yield control
    control.close()


@pytest.fixture
def command(tmp_path: Path, server: Control) -> Iterator[Control]:
    control = Control(tmp_path / "control.sqlite")
    yield control
    control.close()


def test_a_new_shop_is_known_at_once_to_a_process_that_already_asked(
    server: Control, command: Control
) -> None:
    assert server.find("s1") is None
    command.add(SHOP)
    assert server.find("s1") == SHOP


def test_known_shops_cost_no_question_until_the_refresh(
    server: Control, command: Control, hand: Hand
) -> None:
    command.add(SHOP)
    assert server.find("s1") == SHOP
    command.add(Shop(shop_id="s2"))
    assert [shop.shop_id for shop in server.shops()] == ["s2", "s1"]
    hand.now += REFRESH_SECONDS
    assert server.find("s2") == Shop(shop_id="s2")


def test_an_id_can_be_taken_only_once(command: Control) -> None:
    command.add(SHOP)
    with pytest.raises(OperatorError, match="already a shop with the id 's1'"):
        command.add(SHOP)


def test_a_link_signs_in_once_and_within_a_day(server: Control, command: Control) -> None:
    token = command.issue_link(1000.0)
    assert server.redeem_link(token, 1001.0)
    assert not server.redeem_link(token, 1001.0)
    late = command.issue_link(1000.0)
    assert not server.redeem_link(late, 1001.0 + LINK_SECONDS)
    assert not server.redeem_link("", 1001.0)


def test_neither_tokens_nor_secrets_are_stored_as_they_are(command: Control, tmp_path: Path) -> None:
    token = command.issue_link(1000.0)
    command.add(Shop(shop_id="s9", secret_sha256=sha256("opensesame")))
    command.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert token.encode() not in kept
    assert b"opensesame" not in kept
    assert sha256("opensesame").encode() in kept


def test_the_file_is_for_its_owner_only(command: Control, tmp_path: Path) -> None:
    assert (tmp_path / "control.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_change_keeps_the_other_settings_and_is_seen_by_other_processes(tmp_path: Path) -> None:
    first, second = Control(tmp_path / "control.db"), Control(tmp_path / "control.db")
    first.add(Shop(shop_id="s1", name="One", currency="CHF"))
    assert second.find("s1") == Shop(shop_id="s1", name="One", currency="CHF")
    changed = first.change("s1", {"strict": True, "rate_limit": 50})
    assert changed == Shop(shop_id="s1", name="One", currency="CHF", strict=True, rate_limit=50)
    assert first.find("s1") == changed
    assert second.shops() == [changed]
    first.close()
    second.close()


def test_a_shop_that_is_not_there_cannot_be_changed(tmp_path: Path) -> None:
    control = Control(tmp_path / "control.db")
    with pytest.raises(OperatorError, match="no shop with the id 'nobody'"):
        control.change("nobody", {"strict": True})
    control.close()
