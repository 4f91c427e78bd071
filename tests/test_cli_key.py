"""`r46 shop key`, typed as an operator types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from collector import settings
from collector.cli import r46
from collector.control import Control, sha256
from collector.errors import OperatorError
from collector.wire import Shop


@pytest.fixture
def data(tmp_path: Path) -> Path:
    control = Control(settings.load(data=tmp_path).control_file)
    control.add(Shop(shop_id="s1", name="One"))
    control.add(Shop(shop_id="s2", name="Two"))
    control.close()
    return tmp_path


def typed(data: Path, *words: str, asked: str = "") -> str:
    """What the command prints; its own errors are raised."""
    command = ["shop", "key", *words, "--data", str(data)]
    result = CliRunner().invoke(r46, command, obj={}, catch_exceptions=False, input=asked)
    assert result.exit_code == 0, result.output
    return result.output


def found(data: Path, vendor: str, name: str, value: str) -> list[str]:
    """The shops such a request would be of."""
    control = Control(settings.load(data=data).control_file)
    shops = [key.shop_id for key in control.keys(vendor, name, value)]
    control.close()
    return shops


RR = ("add", "s1", "--vendor", "retailrocket", "--partner-id", "p1", "--api-key", "hush")


def test_a_key_is_found_by_its_public_part_and_by_the_hash_of_its_secret(data: Path) -> None:
    said = typed(data, *RR)
    assert "hush" not in said
    assert "retailrocket\tpartner_id=p1 api_key=set\tin force" in said
    assert found(data, "retailrocket", "partner_id", "p1") == ["s1"]
    assert found(data, "retailrocket", "api_key", sha256("hush")) == ["s1"]
    assert found(data, "yespo", "partner_id", "p1") == []
    assert found(data, "retailrocket", "partner_id", "p2") == []


def test_no_file_of_the_control_data_holds_a_hashed_secret(data: Path) -> None:
    typed(data, *RR)
    files = [path for path in data.rglob("*") if path.is_file()]
    assert files
    assert not any(b"hush" in path.read_bytes() for path in files)


def test_a_secret_can_be_typed_unseen(data: Path) -> None:
    typed(data, *RR[:-1], "-", asked="quiet\n")
    assert found(data, "retailrocket", "api_key", sha256("quiet")) == ["s1"]


def test_a_revoked_key_opens_nothing_and_stays_listed(data: Path) -> None:
    key_id = typed(data, *RR).partition("\t")[0]
    typed(data, "revoke", key_id)
    assert found(data, "retailrocket", "partner_id", "p1") == []
    assert f"{key_id}\tretailrocket\tpartner_id=p1 api_key=set\trevoked" in typed(data, "list", "s1")
    with pytest.raises(OperatorError, match="no key"):
        typed(data, "revoke", key_id)


def test_rotation_replaces_the_secret_at_once_or_keeps_both(data: Path) -> None:
    key_id = typed(data, *RR).partition("\t")[0]
    newer = typed(data, "rotate", key_id, "--api-key", "second", "--keep").partition("\t")[0]
    assert found(data, "retailrocket", "api_key", sha256("hush")) == ["s1"]
    assert found(data, "retailrocket", "api_key", sha256("second")) == ["s1"]
    typed(data, "rotate", newer, "--api-key", "third")
    assert found(data, "retailrocket", "api_key", sha256("second")) == []
    assert found(data, "retailrocket", "api_key", sha256("third")) == ["s1"]


def test_a_public_part_belongs_to_one_shop(data: Path) -> None:
    typed(data, *RR)
    with pytest.raises(OperatorError, match="partner_id p1 belongs to the shop 's1'"):
        typed(data, "add", "s2", *RR[2:])


def test_of_several_public_parts_each_belongs_to_one_shop(data: Path) -> None:
    typed(data, "add", "s1", "--vendor", "exponea", "--project-token", "t1", "--public-token", "open")
    with pytest.raises(OperatorError, match="project_token t1 belongs to the shop 's1'"):
        typed(data, "add", "s2", "--vendor", "exponea", "--project-token", "t1")
    sources = ("--vendor", "intempt", "--org", "o", "--project", "p", "--api-key", "a.b", "--source")
    typed(data, "add", "s1", *sources, "web")
    typed(data, "add", "s2", *sources, "app")
    with pytest.raises(OperatorError, match="org o, project p, source web belongs to the shop 's1'"):
        typed(data, "add", "s2", *sources, "web")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "s1", "--vendor", "retailrocket", "--api-key", "x"), "needs --partner-id"),
        (("add", "s1", "--vendor", "yespo"), "needs --api-key or --site-id or --org-id"),
        (("add", "s1", "--vendor", "intempt", "--org", "o", "--api-key", "a.b"), "needs --project"),
        (("add", "s1", "--vendor", "yespo", "--api-key", "x", "--org", "o"), "has no --org"),
        (("add", "s1", "--vendor", "yespo", "--api-key", " "), "--api-key is empty"),
        (("add", "s9", "--vendor", "yespo", "--api-key", "x"), "no shop with the id 's9'"),
        (("list", "s9"), "no shop with the id 's9'"),
        (("rotate", "nokey", "--api-key", "x"), "no key 'nokey' in force"),
    ],
)
def test_what_cannot_be_is_said_plainly(data: Path, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        typed(data, *words)
