"""Secrets at rest: sealed with a key that the operator holds, or kept elsewhere and referred to.

A sealed secret is AES-256-GCM over its text; what it belongs to is authenticated with it, so that it
opens nowhere else. The key is 32 bytes in base64 in a file that its owner alone can read. While a key
is replaced the former one stands beside it, and whatever either has sealed opens.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from collector.errors import OperatorError

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
LONGEST_FILE: Final = 64 * 1024
FORMER: Final = ".old"
_SEALED: Final = "sealed:"
_ENV: Final = re.compile(r"env:(R46_SECRET_[A-Z0-9_]{1,100})", re.ASCII)
_FILE: Final = re.compile(r"file:([A-Za-z0-9_-][A-Za-z0-9._-]{0,99})", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    secret: bytes = field(repr=False)


def is_sealed(kept: str) -> bool:
    """Whether the text is a sealed secret."""
    return kept.startswith(_SEALED)


def is_reference(kept: str) -> bool:
    """Whether the text says where a secret is kept; raises OperatorError for one that nearly does."""
    if _ENV.fullmatch(kept) or _FILE.fullmatch(kept):
        return True
    if kept.startswith(("env:", "file:")):
        raise OperatorError("a reference is env:R46_SECRET_… or file: and the name of a file in secrets_dir")
    return False


class Vault:
    """Seals and opens with the key of a file, which is read anew each time; follows references.

    `folder` holds the files that references name, `environ` the variables `R46_SECRET_…`.
    """

    def __init__(
        self, key_file: Path, *, folder: Path | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        self._file = key_file
        self._folder = folder
        self._environ = environ or {}

    @property
    def key_file(self) -> Path:
        return self._file

    @property
    def former_file(self) -> Path:
        """The key before this one; it is there only while a replacement has not ended."""
        return self._file.with_name(self._file.name + FORMER)

    @property
    def turning(self) -> bool:
        """Whether a replacement of the key has begun and not ended."""
        former, key = _read(self.former_file), _read(self._file)
        return former is not None and key is not None and former != key

    def seal(self, secret: str, about: str, *, first: bool = False) -> str:
        """The secret so that only the key opens it, and only for `about`.

        With `first` nothing has been sealed before, and a key that is missing is made. Raises OperatorError.
        """
        key = _read(self._file) or (self._make() if first else None)
        if key is None:
            raise OperatorError(self._missing())
        nonce = secrets.token_bytes(NONCE_BYTES)
        closed = AESGCM(key.secret).encrypt(nonce, secret.encode(), about.encode())
        return f"{_SEALED}{key.name}:{base64.urlsafe_b64encode(nonce + closed).decode()}"

    def open(self, kept: str, about: str) -> str:
        """The secret of what was sealed, or of a reference. Raises OperatorError."""
        if not is_sealed(kept):
            return self._followed(kept)
        name, _, body = kept.removeprefix(_SEALED).partition(":")
        key = self._key(name)
        try:
            closed = base64.urlsafe_b64decode(body)
            opened = AESGCM(key.secret).decrypt(closed[:NONCE_BYTES], closed[NONCE_BYTES:], about.encode())
            return opened.decode()
        except (InvalidTag, ValueError) as error:
            raise OperatorError(
                "a sealed secret does not open: it was changed, or belongs elsewhere"
            ) from error

    def turn(self) -> None:
        """Put a new key in the place of this one, which stays beside it until `turned`. Raises OperatorError."""
        if _read(self._file) is None:
            raise OperatorError(self._missing())
        try:
            for stray in self._file.parent.glob(f".{self._file.name}.*"):
                stray.unlink()  # of a process that was killed while it wrote
            if not self.former_file.exists():
                _write(self.former_file, self._file.read_text())
            _write(self._file, _new_text())
        except OSError as error:
            raise OperatorError(f"the key file {self._file} cannot be replaced: {error.strerror}") from error

    def turned(self) -> None:
        """Nothing is sealed with the former key any more: forget it."""
        try:
            self.former_file.unlink(missing_ok=True)
        except OSError as error:
            raise OperatorError(f"{self.former_file} cannot be removed: {error.strerror}") from error

    def anew(self) -> None:
        """Make a key where there is none; what an earlier one sealed stays shut."""
        if _read(self._file) is None:
            self._make()

    def _make(self) -> _Key:
        """A new key, unless another process was quicker: then that one's."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = _draft(self._file, _new_text())
            with suppress(FileExistsError):
                os.link(draft, self._file)
            draft.unlink()
            _sync(self._file.parent)
        except OSError as error:
            raise OperatorError(f"the key file {self._file} cannot be made: {error.strerror}") from error
        made = _read(self._file)
        assert made is not None
        return made

    def _key(self, name: str) -> _Key:
        present = [key for file in (self._file, self.former_file) if (key := _read(file)) is not None]
        if not present:
            raise OperatorError(self._missing())
        found = next((key for key in present if key.name == name), None)
        if found is None:
            raise OperatorError(
                f"a secret was sealed with the key {name}, and {self._file} holds {present[0].name}: "
                "put the right key file back, or enter the secret again"
            )
        return found

    def _missing(self) -> str:
        return (
            f"the key file {self._file} is missing: put it back from where you keep a copy; if it is lost, "
            "`r46 secrets rotate --lost` makes a new one, and secrets must be entered again"
        )

    def _followed(self, kept: str) -> str:
        if found := _ENV.fullmatch(kept):
            if not self._environ.get(found[1]):
                raise OperatorError(f"the variable {found[1]} is not set for this process")
            return self._environ[found[1]]
        if found := _FILE.fullmatch(kept):
            return self._file_secret(found[1])
        raise OperatorError("what is stored is neither a sealed secret nor a reference")

    def _file_secret(self, name: str) -> str:
        if self._folder is None:
            raise OperatorError(f"the secret is in the file {name}, but secrets_dir is not set")
        file = self._folder / name
        try:
            told = file.stat()
            if told.st_mode & 0o007:
                raise OperatorError(f"{file} is open to everybody; run: chmod o-rwx {file}")
            if not stat.S_ISREG(told.st_mode) or told.st_size > LONGEST_FILE:
                raise OperatorError(f"{file} is no file of at most {LONGEST_FILE // 1024} KiB")
            found = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise OperatorError(f"the secret in {file} cannot be read") from error
        if not found:
            raise OperatorError(f"the secret in {file} is empty")
        return found


def _read(file: Path) -> _Key | None:
    """The key of a file, None where there is no file. Raises OperatorError for one that others can read."""
    try:
        mode = file.stat().st_mode
        if mode & 0o077:
            raise OperatorError(
                f"the key file {file} is open to others (mode {stat.S_IMODE(mode):04o}); run: chmod 600 {file}"
            )
        held = base64.b64decode(file.read_text("ascii").strip(), validate=True)
    except FileNotFoundError:
        return None
    except (OSError, binascii.Error, UnicodeDecodeError) as error:
        raise OperatorError(f"the key file {file} cannot be read") from error
    if len(held) != KEY_BYTES:
        raise OperatorError(f"the key file {file} does not hold {KEY_BYTES} bytes in base64")
    return _Key(hashlib.sha256(b"r46 key" + held).hexdigest()[:8], held)


def _new_text() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n"


def _write(file: Path, text: str) -> None:
    """The text under that name, whole or not at all, durable when this returns."""
    _draft(file, text).replace(file)
    _sync(file.parent)


def _draft(file: Path, text: str) -> Path:
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="ascii") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    return draft


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
