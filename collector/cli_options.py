"""What every command of `r46` shares: `--data`, and the settings it chooses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from collector import settings as settings_module
from collector.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def _remember(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(dict)["data"] = value


def data_option(function: F) -> F:
    """`--data DIR`, accepted after the command's name and after every group's."""
    return click.option(
        "--data",
        metavar="DIR",
        expose_value=False,
        is_eager=True,
        callback=_remember,
        help="Folder of the log, the store and the control data (R46_DATA; default: data).",
    )(function)


def chosen_settings(**given: Any) -> Settings:
    """The settings of this command: its options over the environment over the file."""
    context = click.get_current_context()
    return settings_module.load(data=context.ensure_object(dict).get("data"), **given)
