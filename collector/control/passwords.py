"""Passwords: kept as argon2id, compared in a time that tells nothing, refused where they are easily guessed.

Parameters are the library's defaults (RFC 9106, the second recommended option); a hash made with
others is made anew when its person signs in.
"""

from __future__ import annotations

import threading
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from collector.errors import OperatorError

SHORTEST: Final = 10
LONGEST: Final = 256
COMMON: Final = frozenset(
    (
        "0123456789",
        "1111111111",
        "1234567890",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "abcdefghij",
        "administrator",
        "changemeplease",
        "iloveyou12",
        "password00",
        "password12",
        "password123",
        "password1234",
        "passwordpassword",
        "qwerty1234",
        "qwerty12345",
        "qwertyuiop",
        "йцукенгшщз",
    )
)
"""The few that are tried first and are long enough."""


class Refused(OperatorError):
    """What somebody asked for cannot be; `code` names the reason for pages, the text says it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Passwords:
    """Makes and compares hashes, a few at once: each takes 64 MiB for a moment. Safe from any thread."""

    def __init__(self, hasher: PasswordHasher | None = None, at_once: int = 2) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._nobodys = ""

    def made(self, password: str) -> str:
        """The hash to keep."""
        with self._turn:
            return self._hasher.hash(_plain(password))

    def fits(self, stored: str, password: str) -> bool:
        """Whether the password is that of the hash. Without a hash it takes as long, and is False."""
        against = stored or self._of_nobody()
        with self._turn:
            try:
                self._hasher.verify(against, _plain(password)[: LONGEST + 1])
            except (VerificationError, InvalidHashError):
                return False
        return bool(stored)

    def stale(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _of_nobody(self) -> str:
        with self._lock:
            self._nobodys = self._nobodys or self.made("a password of nobody")
        return self._nobodys


def check(password: str, email: str) -> None:
    """Raises Refused for a password that is too short, too long, the e-mail address or among the most tried."""
    plain = _plain(password)
    if len(plain) < SHORTEST:
        raise Refused("password_short", f"a password needs at least {SHORTEST} characters")
    if len(plain) > LONGEST:
        raise Refused("password_long", f"a password has at most {LONGEST} characters")
    folded = plain.casefold()
    if folded in (email, email.partition("@")[0]):
        raise Refused("password_email", "the e-mail address is no password")
    if folded in COMMON or len(set(folded)) < 3:
        raise Refused("password_common", "this password is among the first that are tried")


def _plain(password: str) -> str:
    """The same text whichever keyboard it was typed on (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
