"""The vault: what is sealed opens with its key and where it belongs, and nowhere else; references are followed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from collector.control.vault import Vault, is_reference, is_sealed
from collector.errors import OperatorError

SECRET = "s3cret-of-a-vendor-é"
ABOUT = "destination:ab12:api_key"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "secrets.key"


def test_what_is_sealed_opens_for_what_it_belongs_to_alone(key: Path) -> None:
    sealed = Vault(key).seal(SECRET, ABOUT, first=True)
    assert is_sealed(sealed)
    assert SECRET not in sealed
    assert Vault(key).open(sealed, ABOUT) == SECRET
    for other in ("destination:ab12:secret", "destination:cd34:api_key", "report:ab12"):
        with pytest.raises(OperatorError, match="it was changed, or belongs elsewhere"):
            Vault(key).open(sealed, other)


def test_the_same_secret_is_never_sealed_the_same(key: Path) -> None:
    vault = Vault(key)
    assert len({vault.seal(SECRET, ABOUT, first=True) for _ in range(20)}) == 20


@pytest.mark.parametrize("at", [20, 40, -8])
def test_a_changed_letter_opens_nothing(key: Path, at: int) -> None:
    sealed = Vault(key).seal(SECRET, ABOUT, first=True)
    changed = list(sealed)
    changed[at] = "A" if changed[at] != "A" else "B"
    with pytest.raises(OperatorError, match="it was changed, or belongs elsewhere"):
        Vault(key).open("".join(changed), ABOUT)


def test_a_key_is_made_once_and_its_owner_alone_reads_it(key: Path) -> None:
    vault = Vault(key)
    with pytest.raises(OperatorError, match=r"the key file .* is missing: put it back"):
        vault.seal(SECRET, ABOUT)
    assert not key.exists()
    vault.seal(SECRET, ABOUT, first=True)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    made = key.read_bytes()
    vault.seal(SECRET, ABOUT, first=True)
    assert key.read_bytes() == made
    assert [one.name for one in key.parent.iterdir()] == ["secrets.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_can_reach_is_refused(key: Path, mode: int) -> None:
    sealed = Vault(key).seal(SECRET, ABOUT, first=True)
    key.chmod(mode)
    with pytest.raises(OperatorError, match=rf"open to others \(mode {mode:04o}\); run: chmod 600"):
        Vault(key).open(sealed, ABOUT)
    with pytest.raises(OperatorError, match="open to others"):
        Vault(key).seal(SECRET, ABOUT)


def test_another_key_is_told_from_a_missing_one(key: Path) -> None:
    sealed = Vault(key).seal(SECRET, ABOUT, first=True)
    key.rename(key.with_name("away"))
    with pytest.raises(OperatorError, match=r"is missing: put it back.*secrets must be entered again"):
        Vault(key).open(sealed, ABOUT)
    Vault(key).seal(SECRET, ABOUT, first=True)
    with pytest.raises(OperatorError, match="put the right key file back, or enter the secret again"):
        Vault(key).open(sealed, ABOUT)


@pytest.mark.parametrize("text", ["", "short", "not base64!", "QUJD" * 20])
def test_a_file_that_holds_no_key_is_refused(key: Path, text: str) -> None:
    key.write_text(text)
    key.chmod(0o600)
    with pytest.raises(OperatorError, match=r"the key file .* (cannot be read|does not hold 32 bytes)"):
        Vault(key).seal(SECRET, ABOUT)


def test_while_a_key_is_replaced_both_open_and_the_new_one_seals(key: Path) -> None:
    vault = Vault(key)
    before = vault.seal(SECRET, ABOUT, first=True)
    vault.turn()
    assert vault.turning
    assert stat.S_IMODE(vault.former_file.stat().st_mode) == 0o600
    after = vault.seal(SECRET, ABOUT)
    assert (vault.open(before, ABOUT), vault.open(after, ABOUT)) == (SECRET, SECRET)
    vault.turned()
    assert not vault.turning
    assert vault.open(after, ABOUT) == SECRET
    with pytest.raises(OperatorError, match="put the right key file back"):
        vault.open(before, ABOUT)


def test_a_reference_to_the_environment_is_followed_when_it_is_used(key: Path) -> None:
    vault = Vault(key, environ={"R46_SECRET_GA": "from-env", "R46_SMTP_PASSWORD": "no"})
    assert vault.open("env:R46_SECRET_GA", ABOUT) == "from-env"
    with pytest.raises(OperatorError, match="the variable R46_SECRET_GB is not set for this process"):
        vault.open("env:R46_SECRET_GB", ABOUT)
    assert not key.exists()


@pytest.mark.parametrize(
    "reference",
    ["env:HOME", "env:R46_SMTP_PASSWORD", "env:R46_SECRET_", "file:../control.sqlite", "file:/etc/passwd"],
)
def test_a_reference_leads_to_kept_secrets_alone(key: Path, reference: str) -> None:
    with pytest.raises(OperatorError, match="a reference is env:R46_SECRET_… or file:"):
        is_reference(reference)
    with pytest.raises(OperatorError, match="neither a sealed secret nor a reference"):
        Vault(key, folder=key.parent, environ=os.environ).open(reference, ABOUT)


def test_a_reference_to_a_file_is_followed_if_not_everybody_may_read_it(key: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    file = folder / "ga-token"
    file.write_text(f"  {SECRET}\n")
    file.chmod(0o640)
    vault = Vault(key, folder=folder)
    assert vault.open("file:ga-token", ABOUT) == SECRET
    file.chmod(0o644)
    with pytest.raises(OperatorError, match="is open to everybody; run: chmod o-rwx"):
        vault.open("file:ga-token", ABOUT)
    file.chmod(0o600)
    file.write_text("x" * (64 * 1024 + 1))
    with pytest.raises(OperatorError, match="is no file of at most 64 KiB"):
        vault.open("file:ga-token", ABOUT)
    file.write_text(" \n")
    with pytest.raises(OperatorError, match="is empty"):
        vault.open("file:ga-token", ABOUT)
    with pytest.raises(OperatorError, match="cannot be read"):
        vault.open("file:other", ABOUT)
    with pytest.raises(OperatorError, match="secrets_dir is not set"):
        Vault(key).open("file:ga-token", ABOUT)


def test_a_vault_tells_no_secret_of_itself(key: Path) -> None:
    vault = Vault(key, environ={"R46_SECRET_GA": SECRET})
    vault.seal(SECRET, ABOUT, first=True)
    assert SECRET not in repr(vault)
    assert key.read_text().strip() not in repr(vars(vault))
