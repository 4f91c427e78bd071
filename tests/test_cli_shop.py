"""`r46 shop`, typed as an operator types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from collector import settings
from collector.cli import r46
from collector.control import Control, sha256
from collector.errors import OperatorError
from collector.wire import Shop


def typed(data: Path, *words: str) -> str:
    """What the command prints; its own errors are raised."""
    result = CliRunner().invoke(r46, ["shop", *words, "--data", str(data)], obj={}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def stored(data: Path, shop_id: str = "s1") -> Shop | None:
    control = Control(settings.load(data=data).control_file)
    found = control.find(shop_id)
    control.close()
    return found


def test_a_shop_is_added_with_the_settings_that_were_typed(tmp_path: Path) -> None:
    said = typed(
        tmp_path,
        "add",
        "Shop",
        "--id",
        "s1",
        "--currency",
        "chf",
        "--gpc",
        "deny",
        "--tool",
        "ours",
        "--strict",
    )
    assert "r46('init',\"s1\")" in said
    assert stored(tmp_path) == Shop(
        shop_id="s1", name="Shop", currency="CHF", gpc="deny", known_tools=("ours",), strict=True
    )


def test_set_changes_what_is_named_and_nothing_else(tmp_path: Path) -> None:
    typed(tmp_path, "add", "Shop", "--id", "s1", "--strict", "--tool", "a", "--tool", "b")
    typed(tmp_path, "set", "s1", "--lenient", "--rate-limit", "50", "--first-party-cookie")
    assert stored(tmp_path) == Shop(
        shop_id="s1", name="Shop", known_tools=("a", "b"), rate_limit=50, first_party_cookie=True
    )


def test_an_empty_item_empties_a_list(tmp_path: Path) -> None:
    typed(tmp_path, "add", "Shop", "--id", "s1", "--tool", "a")
    typed(tmp_path, "set", "s1", "--tool", "")
    assert stored(tmp_path) == Shop(shop_id="s1", name="Shop")


def test_a_secret_is_stored_hashed_and_never_shown(tmp_path: Path) -> None:
    typed(tmp_path, "add", "Shop", "--id", "s1", "--secret", "hush")
    said = typed(tmp_path, "show", "s1")
    assert "hush" not in said
    assert sha256("hush") not in said
    assert "secret               set" in said
    found = stored(tmp_path)
    assert found is not None
    assert found.secret_sha256 == sha256("hush")


def test_an_unknown_shop_and_a_wrong_value_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="no shop with the id 'nobody'"):
        typed(tmp_path, "set", "nobody", "--strict")
    with pytest.raises(OperatorError, match="'euro' is no currency"):
        typed(tmp_path, "add", "Shop", "--currency", "euro")


def test_options_of_a_vendor_are_checked_and_added_to_the_others(tmp_path: Path) -> None:
    typed(tmp_path, "add", "Shop", "--id", "s1", "--option", "retailrocket.rate=0")
    typed(tmp_path, "set", "s1", "--option", "exponea.hard_id=customer")
    found = stored(tmp_path)
    assert found is not None
    assert found.options == {"retailrocket.rate": "0", "exponea.hard_id": "customer"}
    with pytest.raises(OperatorError, match="there is no option 'nonsense'"):
        typed(tmp_path, "set", "s1", "--option", "nonsense=1")
    with pytest.raises(OperatorError, match="'many' is no value of yespo"):
        typed(tmp_path, "set", "s1", "--option", "yespo.rate=many")
