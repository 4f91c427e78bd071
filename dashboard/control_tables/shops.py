"""A shop's settings, one a row, beside what they are where nobody set them."""

from __future__ import annotations

from typing import Any

from collector import shop_settings
from collector.options import OPTIONS
from dashboard.control_tables import question
from dashboard.desk import ControlView
from dashboard.page import Row
from dashboard.scope import Scope


def _settings(_control: ControlView, scope: Scope) -> list[Row]:
    shop = scope.shop
    own = [
        _row(name, getattr(shop, name), shop_settings.usual(name))
        for name in shop_settings.NAMES
        if name != "options"
    ]
    options = [_row(name, shop.options.get(name, one.default), one.default) for name, one in OPTIONS.items()]
    return [*own, *options]


def _row(name: str, value: Any, usual: Any) -> Row:
    return {"setting": name, "value": _text(value), "usual": _text(usual), "changed": value != usual}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


QUESTIONS = (
    question(
        "shop",
        "Settings of the shop",
        "setting:varchar value:varchar usual:varchar changed:boolean",
        "What is set for this shop, beside what it is where nobody set it; secrets are not shown.",
        _settings,
    ),
)
