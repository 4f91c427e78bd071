"""Options of a shop for one vendor's protocol: their names, defaults and forms.

Set with `r46 shop set SHOP_ID --option NAME=VALUE`. A shop stores only what differs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from collector.errors import OperatorError
from collector.wire import Shop


class Option(NamedTuple):
    """Its value where the shop says nothing, the form of a value, and what it does."""

    default: str
    form: str
    text: str


_SWITCH = "on|off"
_STRICT = Option("", "on|off|", "Answer this vendor's error codes; empty: as the shop's own setting.")
_COUNT = "[0-9]{1,7}"


def _rate(default: str) -> Option:
    return Option(default, _COUNT, "Requests a second that are taken; 0: all.")


OPTIONS: Mapping[str, Option] = {
    "feeds.rate": _rate("100"),
    "forward.empty_cart_at_session_start": Option(
        "off", _SWITCH, "A session begins with an empty cart; so destinations know it without being told."
    ),
    "r46.recommend": Option("off", _SWITCH, "Answer the old types of `recommend` from the feeds."),
    "retailrocket.strict": _STRICT,
    "retailrocket.rate": _rate("50"),
    "retailrocket.web_rate": _rate("0"),
    "retailrocket.replay_s": Option(
        "30", _COUNT, "Within so many seconds a repeat from another page is a possible replay; 0: never."
    ),
    "yespo.strict": _STRICT,
    "yespo.rate": _rate("0"),
    "yespo.dup_window_s": Option(
        "0", _COUNT, "Within so many seconds an identical body is the same event; 0: never."
    ),
    "intempt.strict": _STRICT,
    "intempt.rate": _rate("0"),
    "exponea.strict": _STRICT,
    "exponea.rate": _rate("0"),
    "exponea.hard_id": Option("registered", "[A-Za-z0-9_.-]{1,64}", "The customer id that is the user."),
    "exponea.soft_id": Option("cookie", "[A-Za-z0-9_.-]{1,64}", "The customer id that is the device."),
    "exponea.legacy": Option("on", _SWITCH, "Take /bulk and /crm, which carry no credential."),
    "exponea.erasure": Option("on", _SWITCH, "Keep requests to erase a customer as jobs for the operator."),
    "exponea.dedupe": Option("on", _SWITCH, "Take an equal event of the same time as a repeat."),
    "exponea.event_map": Option(
        "",
        "([^=,]{1,128}=[a-z_]{1,64}(,[^=,]{1,128}=[a-z_]{1,64})*)?",
        "What own event types mean: THEIRS=OURS,…; OURS is one of the documented event types.",
    ),
    "exponea.property_map": Option(
        "",
        "([a-z_]{1,64}=[^=,|]{1,128}(\\|[^=,|]{1,128})*(,[a-z_]{1,64}=[^=,|]{1,128}(\\|[^=,|]{1,128})*)*)?",
        "Properties that a column is read from: COLUMN=PROPERTY|PROPERTY,…; the first present wins.",
    ),
}
"""Every option by name."""


def value(shop: Shop, name: str) -> str:
    """The shop's value of an option, else its default; LookupError for an unknown name."""
    return shop.options.get(name, OPTIONS[name].default)


def number(shop: Shop, name: str) -> int:
    """An option that counts."""
    return int(value(shop, name))


def switch(shop: Shop, name: str) -> bool:
    """An option that is on or off."""
    return value(shop, name) == "on"


def is_strict(shop: Shop, vendor: str) -> bool:
    """Whether the vendor's protocol is judged strictly: by its option, else as the shop is."""
    return {"on": True, "off": False}.get(value(shop, f"{vendor}.strict"), shop.strict)


def typed(pairs: tuple[str, ...]) -> dict[str, str]:
    """Options as `NAME=VALUE`; raises OperatorError for an unknown name or an odd value."""
    found = {}
    for pair in pairs:
        name, _, given = pair.partition("=")
        option = OPTIONS.get(name)
        if option is None:
            raise OperatorError(f"there is no option {name!r}; there are {', '.join(OPTIONS)}")
        if not re.fullmatch(option.form, given):
            raise OperatorError(f"{given!r} is no value of {name}: {option.text}")
        found[name] = given
    return found
