"""Query parameters of a vendor's request (docs/wire/canonical.md T2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import unquote_to_bytes


class Parameters(NamedTuple):
    """Pairs in their order as sent, and whether bytes that are no text were replaced."""

    pairs: tuple[tuple[str, str], ...]
    replaced: bool = False

    def get(self, name: str) -> str | None:
        """The last value of that name, compared without regard to case; None where it is absent or empty."""
        wanted = name.lower()
        found = [value for key, value in self.pairs if key.lower() == wanted]
        return found[-1] or None if found else None

    def without(self, names: Iterable[str]) -> Mapping[str, str]:
        """The others by name as sent; empty values are left out, of repeated names the last counts."""
        known = {name.lower() for name in names}
        return {key: value for key, value in self.pairs if value and key.lower() not in known}


def parameters(query: str) -> Parameters:
    """The parameters of a raw query: it may begin `?&`, hold empty pairs, open brackets, bad escapes."""
    replaced = False
    pairs = []
    for pair in query.lstrip("?&").split("&"):
        name, _, value = pair.partition("=")
        if not name:
            continue
        decoded = []
        for part in (name, value):
            text, broken = _decoded(part)
            decoded.append(text)
            replaced = replaced or broken
        pairs.append((decoded[0], decoded[1]))
    return Parameters(tuple(pairs), replaced)


def dropping(query: str, names: Iterable[str]) -> str:
    """The raw query without the parameters of these names: what may not be kept."""
    secret = {name.lower() for name in names}
    kept = [pair for pair in query.split("&") if _name(pair) not in secret]
    return "&".join(kept)


def _name(pair: str) -> str:
    return _decoded(pair.partition("=")[0].lstrip("?"))[0].lower()


def _decoded(written: str) -> tuple[str, bool]:
    """Form-decoded UTF-8; NUL and bytes that are no UTF-8 become U+FFFD."""
    written = written.replace("+", " ")
    if "%" not in written and written.isascii():
        return written, False
    raw = unquote_to_bytes(written.encode("latin-1", "replace"))
    text = raw.decode("utf-8", "replace").replace("\x00", "\ufffd")
    return text, "\ufffd" in text and b"\xef\xbf\xbd" not in raw
