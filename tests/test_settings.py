"""Settings: who wins, what is refused, what a person can type into a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.errors import OperatorError
from collector.settings import Settings, resolve


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "r46.toml").write_text('port = 1\nhost = "0.0.0.0"\nworkers = 3\n')
    environ = {"R46_DATA": str(tmp_path), "R46_PORT": "2", "R46_HOST": "::", "PORT": "9"}
    assert resolve(environ, {"port": 3, "host": None}) == Settings(
        data=tmp_path, port=3, host="::", workers=3
    )


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "r46.toml").write_text("prot = 1\n")
    with pytest.raises(OperatorError, match="unknown setting prot"):
        resolve({}, {"data": tmp_path})


def test_a_value_of_the_wrong_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="port: 'many' is not a int"):
        resolve({"R46_PORT": "many"}, {"data": tmp_path})


def test_addresses_are_ones_a_person_can_open() -> None:
    assert Settings(host="0.0.0.0", port=80).origin == "http://127.0.0.1:80"
    assert Settings(host="::1", port=80).origin == "http://[::1]:80"
    assert Settings(public_url="https://t.shop.example/").origin == "https://t.shop.example"
    assert Settings(dashboard_port=81).dashboard_origin == "http://127.0.0.1:81"


@pytest.mark.parametrize(
    ("text", "on"), [("1", True), ("on", True), ("False", False), ("0", False), ("", False)]
)
def test_a_switch_is_written_in_any_usual_way(text: str, on: bool) -> None:
    assert resolve({"R46_WEBHOOK_PRIVATE": text}, {}).webhook_private is on
    with pytest.raises(OperatorError, match="webhook_private: 'perhaps' is neither on nor off"):
        resolve({"R46_WEBHOOK_PRIVATE": "perhaps"}, {})


def test_a_password_is_not_told_with_the_other_settings() -> None:
    found = resolve({"R46_SMTP_PASSWORD": "hush", "R46_SMTP_HOST": "mail.example"}, {})
    assert (found.smtp_host, found.smtp_password) == ("mail.example", "hush")
    assert "hush" not in repr(found)


def test_variables_that_secrets_refer_to_are_held_and_not_told(tmp_path: Path) -> None:
    environ = {"R46_SECRET_GA": "hush", "R46_SECRETS_DIR": str(tmp_path / "kept"), "R46_PORT": "1"}
    found = resolve(environ, {"data": tmp_path})
    assert found.env_secrets == {"R46_SECRET_GA": "hush"}
    assert (found.secrets_dir, found.key_file) == (tmp_path / "kept", tmp_path / "secrets.key")
    assert "hush" not in repr(found)
    (tmp_path / "r46.toml").write_text('env_secrets = "x"\n')
    with pytest.raises(OperatorError, match="unknown setting env_secrets"):
        resolve({}, {"data": tmp_path})


def test_the_key_of_secrets_stands_where_it_is_said(tmp_path: Path) -> None:
    key = tmp_path / "apart.key"
    assert resolve({"R46_SECRETS_KEY_FILE": str(key)}, {}).key_file == key
