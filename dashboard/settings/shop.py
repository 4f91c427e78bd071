"""What the shop is called and how its events are taken: every setting, checked as the command checks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from zoneinfo import available_timezones

from collector import shop_settings
from collector.errors import OperatorError
from collector.options import OPTIONS, Option
from collector.snippet import snippet
from dashboard.currencies import CODES
from dashboard.desk import Desk
from dashboard.forms import Form
from dashboard.page import Panel, Tables
from dashboard.scope import Scope
from dashboard.settings import Tab, noted

Kind = Literal["text", "list", "switch", "choice", "number"]
SETTINGS: Final = "control/shop"
WORDS: Final = "settings_shop"
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "basic": ("name", "currency", "timezone", "active"),
    "counting": ("session_gap_s", "cancelled_statuses", "known_tools", "now_window_min"),
    "taking": ("origins", "strict", "custom_names", "pageviews", "rate_limit", "unserved_writes"),
    "people": ("gpc", "consent_off", "first_party_cookie", "url_identity", "external_did"),
    "vendors": tuple(OPTIONS),
}
"""Settings in the order of the page. Together they are all that can be set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of a setting that has few."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A field of the form. `value` is as it is typed; `usual` what holds where nobody set it, in words."""

    name: str
    kind: Kind
    label: str
    hint: str
    value: str
    usual: str = ""
    choices: tuple[Choice, ...] = ()
    bounds: shop_settings.Bounds | None = None
    pattern: str = ""
    offered: str = ""  # the list of values that the page offers


def tag(_tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The lines to paste, and where to see whether they work."""
    return {"snippet": snippet(scope.shop.shop_id, scope.origin), "shop_id": scope.shop.shop_id}


def _group(group: str) -> Any:
    def view(_tables: Tables, scope: Scope) -> Mapping[str, Any]:
        make = _option if group == "vendors" else _setting
        return {
            "group": group,
            "fields": [make(name, scope) for name in GROUPS[group]],
            "action": scope.here(),
            "currencies": CODES if group == "basic" else (),
            "zones": sorted(available_timezones()) if group == "basic" else (),
        }

    return view


def _setting(name: str, scope: Scope) -> Setting:
    value, usual = getattr(scope.shop, name), shop_settings.usual(name)
    kind = _kind(name)
    return Setting(
        name=name,
        kind=kind,
        label=scope.words(f"{WORDS}.{name}"),
        hint=scope.words(f"{WORDS}.{name}_hint"),
        value=_typed(value),
        usual="" if kind == "text" else _worded(name, usual, scope),
        choices=tuple(
            Choice(value=one, label=scope.words(f"{WORDS}.{name}_{one}"), chosen=one == value)
            for one in shop_settings.CHOICES.get(name, ())
        ),
        bounds=shop_settings.NUMBERS.get(name),
        offered={"currency": "currencies", "timezone": "zones"}.get(name, ""),
    )


def _kind(name: str) -> Kind:
    if name in shop_settings.LISTS:
        return "list"
    if name in shop_settings.SWITCHES:
        return "switch"
    if name in shop_settings.CHOICES:
        return "choice"
    return "number" if name in shop_settings.NUMBERS else "text"


def _typed(value: Any) -> str:
    """A value as its field has it: a list one a line, a switch as 1 or nothing."""
    if isinstance(value, bool):
        return "1" if value else ""
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def _worded(name: str, value: Any, scope: Scope) -> str:
    if isinstance(value, bool):
        return scope.words(f"{WORDS}.{'on' if value else 'off'}")
    if name in shop_settings.CHOICES:
        return scope.words(f"{WORDS}.{name}_{value}")
    if isinstance(value, tuple):
        return ", ".join(value) or scope.words(f"{WORDS}.empty")
    return str(value) or scope.words(f"{WORDS}.empty")


def _option(name: str, scope: Scope) -> Setting:
    """An option of a vendor's protocol. A switch may also follow the shop's own setting."""
    option, key = OPTIONS[name], name.partition(".")[2]
    value = scope.shop.options.get(name, option.default)
    values = _values(option)
    return Setting(
        name=name,
        kind="choice" if values else "text",
        label=name,
        hint=scope.words(f"{WORDS}.option_{key}"),
        value=value,
        usual=_option_word(option.default, bool(values), scope),
        choices=tuple(
            Choice(value=one, label=_option_word(one, True, scope), chosen=one == value) for one in values
        ),
        pattern=option.form,
    )


def _values(option: Option) -> tuple[str, ...]:
    """The values of an option that has few, else none."""
    given = tuple(option.form.split("|"))
    return given if all(re.fullmatch("[a-z]*", one) for one in given) and len(given) > 1 else ()


def _option_word(value: str, switch: bool, scope: Scope) -> str:
    """A value in words; a switch that says nothing follows the shop's own."""
    if switch:
        return scope.words(f"{WORDS}.{value or 'as_shop'}")
    return value or scope.words(f"{WORDS}.empty")


def save(desk: Desk, scope: Scope, form: Form) -> str:
    """Keep what a group of fields says, and only what differs; raises OperatorError for a value that is none."""
    group = form.get("group")
    if group not in GROUPS:
        raise OperatorError("there is no such group of settings")
    settings = _options(scope, form) if group == "vendors" else _settings(group, form)
    changed = {name: value for name, value in settings.items() if value != getattr(scope.shop, name)}
    if changed:
        desk.control.change(scope.shop.shop_id, changed)
        noted(desk, scope, "shop_changed", ", ".join(sorted(changed)))
    return scope.here() + f"#shop_{group}"


def _settings(group: str, form: Form) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name in GROUPS[group]:
        text = form.get(name)
        given[name] = text.splitlines() if name in shop_settings.LISTS else text
    return shop_settings.checked(given)


def _options(scope: Scope, form: Form) -> dict[str, Any]:
    """Options that differ from what is usual; those of the shop that this page does not know stay."""
    typed = shop_settings.checked({"options": [f"{name}={form.get(name)}" for name in OPTIONS]})["options"]
    own = {name: value for name, value in typed.items() if value != OPTIONS[name].default}
    strange = {name: value for name, value in scope.shop.options.items() if name not in OPTIONS}
    return {"options": {**strange, **own}}


TAB: Final = Tab(
    name="shop",
    order=10,
    role="owner",
    panels=(
        Panel(name="shop_tag", queries=(), view=tag, title=f"{WORDS}.tag"),
        *(
            Panel(name=f"shop_{group}", queries=(SETTINGS,), view=_group(group), title=f"{WORDS}.{group}")
            for group in GROUPS
        ),
    ),
    acts={"shop_save": save},
)
