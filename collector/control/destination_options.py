"""What can be set of a destination: read from what was typed, told as a form shows it, defaults filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from collector.destinations.contract import Destination, Setting
from collector.destinations.policy import COMMON
from collector.errors import OperatorError
from collector.forwarder.rewrite import checked

MOST_ENTRIES: Final = 500
_SWITCH: Final = {
    "1": True,
    "on": True,
    "true": True,
    "yes": True,
    "0": False,
    "off": False,
    "false": False,
    "no": False,
    "": False,
}
_HERE: Final = ("localhost", "127.0.0.1", "::1")
_PORTS: Final = {"https": 443, "http": 80}


def settings_of(kind: Destination) -> Sequence[Setting]:
    """Everything that can be set of that kind, its own first; secrets too."""
    own = {one.name for one in kind.settings}
    return (*kind.settings, *(one for one in COMMON if one.name not in own))


def secrets_of(kind: Destination) -> Sequence[Setting]:
    """The secrets that the kind has."""
    return [one for one in kind.settings if one.kind == "secret"]


def options_of(kind: Destination) -> Sequence[Setting]:
    """What can be set and is no secret."""
    return [one for one in settings_of(kind) if one.kind != "secret"]


def filled(kind: Destination | None, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values with the defaults of what is not stored. What the kind no longer has is left out."""
    known = options_of(kind) if kind else COMMON
    values = {one.name: stored.get(one.name, one.default) for one in known}
    for one in known:
        if one.kind == "words":
            values[one.name] = tuple(values[one.name])
        elif one.kind == "pairs":
            values[one.name] = dict(values[one.name] or {})
    return values


def typed(kind: Destination, given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be stored: `before` changed by what was typed; empty goes back to the default.

    Raises OperatorError for a name that is none, a value that means nothing, and what is needed and missing.
    """
    known = {one.name: one for one in options_of(kind)}
    for name in given:
        if name not in known:
            if name in {one.name for one in secrets_of(kind)}:
                raise OperatorError(f"{name[:80]!r} is a secret, not an option")
            raise OperatorError(f"{name[:80]!r} is no option; there are {', '.join(known)}")
    kept = {name: value for name, value in before.items() if name in known}
    for name, value in given.items():
        told = read(known[name], value)
        kept.pop(name, None)
        if told != filled(kind, {})[name]:
            kept[name] = told
    values = filled(kind, kept)
    for one in known.values():
        if one.needed and values[one.name] in ("", (), {}):
            raise OperatorError(f"{kind.kind} needs {one.name}")
    if values["relay_raw"] and not kind.vendor:
        raise OperatorError(f"relay_raw: {kind.kind} takes no requests as they came")
    checked(values["fields"], values["names"])
    return kept


def read(setting: Setting, value: Any) -> Any:
    """The value as it was typed, or as it is already, in the type of the setting. Raises OperatorError."""
    if setting.kind == "pairs":
        return _pairs(setting, value)
    if setting.kind == "words":
        return _words(setting, value)
    if setting.kind == "switch" and isinstance(value, bool):
        return value
    text = _piece(setting, str(value))
    if setting.kind == "switch":
        if text.lower() not in _SWITCH:
            raise OperatorError(f"{setting.name} is on or off")
        return _SWITCH[text.lower()]
    if not text:
        return setting.default
    if setting.kind == "whole":
        return _whole(setting, text)
    if setting.kind == "choice" and text not in setting.choices:
        raise OperatorError(f"{setting.name} is one of {', '.join(setting.choices)}")
    return _url(setting, text) if setting.kind == "url" else text


def written(value: Any) -> str:
    """A value as it can be typed: lists and mappings a line an entry."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Mapping):
        return "\n".join(f"{name} = {one}" for name, one in value.items())
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def addresses(kind: Destination, options: Mapping[str, Any]) -> Mapping[str, tuple[str, int]]:
    """Host and port of every address that is set, by the setting's name."""
    found = {one.name: options[one.name] for one in options_of(kind) if one.kind == "url"}
    return {name: address_of(url) for name, url in found.items() if url}


def address_of(url: str) -> tuple[str, int]:
    """Host and port; whatever means this machine is one host."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    return "localhost" if host in _HERE else host, parts.port or _PORTS.get(parts.scheme, 0)


def _piece(setting: Setting, text: str) -> str:
    """One piece of text without spaces around it; raises OperatorError for one that is too long or not printable."""
    piece = text.strip()
    if len(piece) > setting.longest:
        raise OperatorError(f"{setting.name} has at most {setting.longest} characters")
    if not piece.isprintable():
        raise OperatorError(f"{setting.name} holds a character that cannot be printed")
    return piece


def _whole(setting: Setting, text: str) -> int:
    number = int(text) if re.fullmatch(r"[0-9]{1,12}", text, re.ASCII) else -1
    if not setting.least <= number <= setting.most:
        raise OperatorError(f"{setting.name} is a whole number from {setting.least} to {setting.most}")
    return number


def _words(setting: Setting, value: Any) -> tuple[str, ...]:
    given: Iterable[Any] = re.split(r"[\r\n,]+", value) if isinstance(value, str) else value
    found = tuple(dict.fromkeys(word for one in given if (word := _piece(setting, str(one)))))
    _not_too_many(setting, found)
    if setting.choices and (strange := set(found) - set(setting.choices)):
        raise OperatorError(f"{setting.name} takes {', '.join(setting.choices)}, not {min(strange)}")
    return found


def _pairs(setting: Setting, value: Any) -> dict[str, str]:
    entries = value.items() if isinstance(value, Mapping) else _lines(setting, str(value))
    found: dict[str, str] = {}
    for name, told in entries:
        key = _piece(setting, str(name))
        if not key:
            raise OperatorError(f"{setting.name}: a line is NAME = VALUE")
        if key in found:
            raise OperatorError(f"{setting.name} says {key!r} twice")
        found[key] = _piece(setting, str(told))
    _not_too_many(setting, found)
    return found


def _lines(setting: Setting, text: str) -> list[tuple[str, str]]:
    lines = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
    if any("=" not in line for line in lines):
        raise OperatorError(f"{setting.name}: a line is NAME = VALUE")
    return [(name, value) for name, _, value in (line.partition("=") for line in lines)]


def _not_too_many(setting: Setting, found: Sequence[str] | Mapping[str, str]) -> None:
    if len(found) > MOST_ENTRIES:
        raise OperatorError(f"{setting.name} has at most {MOST_ENTRIES} entries")


def _url(setting: Setting, text: str) -> str:
    """An address of the web without user, query and fragment. Whether it may be reached is judged when sending."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    strange = not text.isascii() or " " in text or "\\" in text or port == 0 or "?" in text or "#" in text
    if strange or parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        raise OperatorError(
            f"{setting.name}: {text[:80]!r} is no address; write it like https://api.vendor.example, "
            "without a user, ? and #"
        )
    return text
