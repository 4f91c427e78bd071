"""The editable lists of this package, read once from the files beside it."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words(name: str) -> dict[str, Any]:
    """The tables of `<name>.toml`; the caller knows their shape and changes nothing."""
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))
