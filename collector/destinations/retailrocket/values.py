"""Ids and texts as this vendor takes them. Nothing is cut or hashed but the visitor's own id."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from collector.destinations.contract import Options
from collector.event import Event

SHORT: Final = 50
NOTHING: Final = frozenset({"null", "undefined", "NaN"})
"""What a page writes where a variable had no value; read as an id it would make many visitors one."""

_PLAIN = re.compile(r"[0-9A-Za-z]{1,50}", re.ASCII)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_WHOLE = re.compile(r"-?[1-9][0-9]{0,18}|0", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


class NoWords(Exception):
    """The vendor has no words for the event; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def visitor(event: Event, options: Options) -> str:
    """The visitor's device, else where the options allow it the customer; raises NoWords.

    Letters and digits stay, a UUID loses its dashes, anything else becomes 40 digits of its SHA-256: the
    same for the same device, and never an address that can be read.
    """
    if event.device_id and event.device_id not in NOTHING:
        if _PLAIN.fullmatch(event.device_id):
            return event.device_id
        if _UUID.fullmatch(event.device_id):
            return event.device_id.replace("-", "")
        return _digest(event.device_id)
    if event.user_id and event.user_id not in NOTHING and options["user_as_visitor"]:
        return _digest(event.user_id)
    raise NoWords("u_identity_missing")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def whole(text: str | None, ids: Mapping[str, str]) -> int | None:
    """The id as a 64-bit number, by the shop's own map where it has an entry; None where it is none.

    A number written in another way (`007`) is another id, and none.
    """
    written = ids.get(text, text) if text else None
    if written is None or not _WHOLE.fullmatch(written):
        return None
    number = int(written)
    return number if -(2**63) <= number < 2**63 else None


def person(user_id: str) -> str:
    """A customer's id of letters and digits; raises NoWords for any other."""
    if not _PLAIN.fullmatch(user_id) or user_id in NOTHING:
        raise NoWords("u_identity_format")
    return user_id


def telephone(phone: str | None) -> str | None:
    """The number where it is written in the international way."""
    return phone if phone and _E164.fullmatch(phone) else None


def short(text: str | None) -> str | None:
    """The text where it is short enough."""
    return text if text and len(text) <= SHORT else None
