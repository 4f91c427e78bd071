"""Where a report or an alert goes: addresses of mail, or a webhook with the secret that signs it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from collector.errors import OperatorError

WEBHOOK: Final = "webhook"
"""The target of a delivery that goes to the webhook; any other is an address of mail."""
MOST_RECIPIENTS: Final = 10
LONGEST_ADDRESS: Final = 254
LONGEST_URL: Final = 500
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Recipients, or a webhook, or both. `secret` signs; of what is stored it is sealed, see `Sealing.opened`."""

    recipients: tuple[str, ...] = ()
    webhook: str = ""
    secret: str = field(default="", repr=False)

    @property
    def targets(self) -> tuple[str, ...]:
        """Whom a delivery is for, one by one."""
        return (*self.recipients, *((WEBHOOK,) if self.webhook else ()))


NOBODY: Final = Channel()


def channel_of(recipients: Sequence[str], webhook: str, secret: str = "") -> Channel:
    """What was typed, checked; a webhook without a secret gets a new one. Raises OperatorError."""
    given = tuple(dict.fromkeys(one.strip() for one in recipients if one.strip()))
    if len(given) > MOST_RECIPIENTS:
        raise OperatorError(f"there are at most {MOST_RECIPIENTS} recipients")
    for one in given:
        if len(one) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(one):
            raise OperatorError(f"{one[:80]!r} is no address of mail")
    address = webhook.strip()
    if not address:
        return Channel(recipients=given)
    return Channel(recipients=given, webhook=_url(address), secret=secret or secrets.token_urlsafe(32))


def _url(text: str) -> str:
    """An address of the web without a user or a fragment; raises OperatorError."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    plain = len(text) <= LONGEST_URL and text.isascii() and text.isprintable() and " " not in text
    if (
        not plain
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or "@" in parts.netloc
        or parts.fragment
        or port == 0
    ):
        raise OperatorError(f"{text[:80]!r} is no webhook; write it like https://hooks.example/path")
    return text
