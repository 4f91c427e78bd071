"""What can be set of a shop, and what a value of it may be. Commands and pages check with this alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from collector import options
from collector.errors import OperatorError
from collector.wire import Shop

LISTS: Final = ("origins", "known_tools", "custom_names", "cancelled_statuses")
SWITCHES: Final = ("strict", "active", "pageviews", "first_party_cookie", "url_identity", "external_did")
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "gpc": ("anonymous", "deny"),
    "consent_off": ("nothing", "anonymous"),
    "unserved_writes": ("error", "accept"),
}
LONGEST_NAME: Final = 80
LONGEST_ITEM: Final = 200
MOST_ITEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest whole number that a setting may be."""

    least: int
    most: int


NUMBERS: Final[Mapping[str, Bounds]] = {
    "session_gap_s": Bounds(1, 7 * 24 * 3600),
    "now_window_min": Bounds(1, 24 * 60),
    "rate_limit": Bounds(0, 1_000_000),
}
NAMES: Final = ("name", "currency", "timezone", *LISTS, *SWITCHES, *CHOICES, *NUMBERS, "options")
"""Every setting that is neither the id nor the secret."""
_ORIGIN: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?"
)
_DOMAIN: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are stored; raises OperatorError, or LookupError for a name that is none."""
    return {name: _checked(name, value) for name, value in given.items()}


def _checked(name: str, value: Any) -> Any:
    if name in LISTS:
        return items(name, value)
    if name in NUMBERS:
        return number(name, value)
    if name in CHOICES:
        return _choice(name, value)
    if name in SWITCHES:
        return bool(value)
    return {"name": shop_name, "currency": currency, "timezone": zone, "options": _options}[name](value)


def shop_name(text: str) -> str:
    """A name for people; raises OperatorError for none, a long one, and one with signs that nobody sees."""
    name = text.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise OperatorError(f"a shop's name has 1 to {LONGEST_NAME} printable characters")
    return name


def currency(text: str) -> str:
    """Three capital letters; raises OperatorError."""
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise OperatorError(f"{text[:40]!r} is no currency; write three letters like EUR")
    return code


def zone(name: str) -> str:
    """A zone that the clock knows; raises OperatorError."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise OperatorError(f"{name[:80]!r} is no time zone; write it like Europe/Berlin") from error
    return name


def origin_of(domain: str) -> str:
    """The origin of a shop's pages from its domain or any address of them; raises OperatorError."""
    text = domain.strip().lower()
    scheme, found, rest = text.partition("://")
    host = (rest if found else text).partition("/")[0]
    if _ORIGIN.fullmatch(f"{scheme}://{host}" if found else "") and found:
        return f"{scheme}://{host}"
    if found or not _DOMAIN.fullmatch(host):
        raise OperatorError(f"{domain[:80]!r} is no domain; write it like shop.example")
    return f"https://{host}"


def items(name: str, values: Any) -> tuple[str, ...]:
    """A list without empty items and repetitions; raises OperatorError for items that are none."""
    given = tuple(dict.fromkeys(one.strip() for one in values if one.strip()))
    if len(given) > MOST_ITEMS:
        raise OperatorError(f"{name} takes at most {MOST_ITEMS} values")
    for one in given:
        if len(one) > LONGEST_ITEM or not one.isprintable():
            raise OperatorError(
                f"{one[:40]!r} is no value of {name}: at most {LONGEST_ITEM} printable characters"
            )
    return tuple(dict.fromkeys(map(_origin, given))) if name == "origins" else given


def number(name: str, value: Any) -> int:
    """A whole number within its bounds; raises OperatorError."""
    bounds = NUMBERS[name]
    text = str(value).strip()
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or not bounds.least <= int(text) <= bounds.most:
        raise OperatorError(
            f"{text[:40]!r} is no {name}: a whole number from {bounds.least} to {bounds.most}"
        )
    return int(text)


def usual(name: str) -> Any:
    """What a setting is where nobody set it."""
    return getattr(Shop(shop_id=""), name)


def _origin(text: str) -> str:
    plain = text.rstrip("/").lower()
    if not _ORIGIN.fullmatch(plain):
        raise OperatorError(f"{text[:80]!r} is no origin; write it like https://shop.example")
    return plain


def _choice(name: str, value: Any) -> str:
    if value not in CHOICES[name]:
        raise OperatorError(f"{str(value)[:40]!r} is no {name}; one of {', '.join(CHOICES[name])}")
    return str(value)


def _options(pairs: Any) -> dict[str, str]:
    return options.typed(tuple(pairs))
