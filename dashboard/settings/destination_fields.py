"""The form of a destination, made from what its kind lets be set; what was typed into it, read back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from collector.control.destination_options import filled, options_of, secrets_of, written
from collector.destinations.contract import Destination, Setting
from dashboard import format
from dashboard.forms import Form
from dashboard.scope import Scope

WORDS: Final = "destination_kinds"
OPTION, SECRET, FORGET = "option-", "secret-", "forget-"
"""What stands before a setting's name in the names of fields."""
Kind = Literal["text", "url", "number", "switch", "choice", "list"]
_KINDS: Final[Mapping[str, Kind]] = {
    "text": "text",
    "url": "url",
    "whole": "number",
    "switch": "switch",
    "choice": "choice",
    "pairs": "list",
    "words": "list",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `value` is as it is typed; `choices` are a value, its words and whether it is chosen."""

    name: str
    kind: Kind
    label: str
    hint: str
    value: str
    needed: bool
    rare: bool
    longest: int
    least: int = 0
    most: int = 0
    usual: str = ""
    choices: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretField:
    """A secret: whether it is set, never what it is."""

    name: str
    forget: str
    label: str
    hint: str
    needed: bool
    known: bool


def fields(kind: Destination, stored: Mapping[str, Any], scope: Scope) -> Sequence[Field]:
    """What can be set of that kind and concerns it, as it is set, or with its defaults where it is not."""
    values = filled(kind, stored)
    return [_field(one, kind, values[one.name], scope) for one in options_of(kind) if concerns(one, kind)]


def concerns(setting: Setting, kind: Destination) -> bool:
    """Whether the setting can do anything to a destination of that kind."""
    without: Mapping[str, bool] = {"relay_raw": not kind.vendor, "order_settle_s": not kind.whole_orders}
    return not without.get(setting.name, False)


def secret_fields(kind: Destination, known: Collection[str], scope: Scope) -> Sequence[SecretField]:
    """The secrets of that kind; `known` are set already."""
    return [
        SecretField(
            name=SECRET + one.name,
            forget=FORGET + one.name,
            label=scope.words.get(key_of(one, kind), one.name),
            hint=scope.words.get(f"{key_of(one, kind)}_hint", ""),
            needed=one.needed,
            known=one.name in known,
        )
        for one in secrets_of(kind)
    ]


def key_of(setting: Setting, kind: Destination) -> str:
    """The text key of a setting's name: the kind's own, else the one common to all."""
    own = setting in kind.settings
    return f"{WORDS}.{kind.kind if own else 'common'}.{setting.name}"


def _field(setting: Setting, kind: Destination, value: Any, scope: Scope) -> Field:
    key, text = key_of(setting, kind), written(value)
    choices = tuple((one, _choice(key, one, scope), one == text) for one in setting.choices)
    if setting.name == "segment" and setting not in kind.settings:
        choices = _segments(text, scope)
    form = "choice" if choices and setting.kind != "words" else _KINDS[setting.kind]
    return Field(
        name=OPTION + setting.name,
        kind=form,
        label=scope.words.get(key, setting.name),
        hint=scope.words.get(f"{key}_hint", ""),
        value=("1" if value else "") if form == "switch" else text,
        needed=setting.needed,
        rare=setting.rare,
        longest=setting.longest,
        least=setting.least,
        most=setting.most,
        usual=format.count(setting.default) if form == "number" else "",
        choices=choices,
    )


def _choice(key: str, value: str, scope: Scope) -> str:
    """A value by its name, where it has one."""
    own = f"{key}_{value}"
    return scope.words(own) if scope.words.has(own) else value


def _segments(chosen: str, scope: Scope) -> tuple[tuple[str, str, bool], ...]:
    """The shop's segments by name, and nobody left out."""
    names = sorted({one.name for one in scope.segments} | ({chosen} - {""}))
    everybody = ("", scope.words("settings_destinations.everybody"), not chosen)
    return everybody, *((name, name, name == chosen) for name in names)


def typed_options(kind: Destination, form: Form) -> Mapping[str, Any]:
    """Options as they were typed; a switch that was not ticked is off."""
    return {
        one.name: bool(form.get(OPTION + one.name)) if one.kind == "switch" else form.get(OPTION + one.name)
        for one in options_of(kind)
        if concerns(one, kind)
    }


def typed_secrets(kind: Destination, form: Form) -> Mapping[str, str]:
    """Secrets that were typed, and "" for those that are to be forgotten; the others stay."""
    typed = {one.name: form.get(SECRET + one.name) for one in secrets_of(kind)}
    forgotten = {one.name: "" for one in secrets_of(kind) if form.get(FORGET + one.name)}
    return {**forgotten, **{name: value for name, value in typed.items() if value}}
