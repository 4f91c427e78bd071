"""Where a shop's events can be sent on: one file a vendor. The folder is the registry.

A destination's file has a constant DESTINATION. Nothing here does input or output.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from collector.destinations.contract import Destination


@cache
def kinds() -> Mapping[str, Destination]:
    """Every kind of destination by its name, in the order of names."""
    found = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    known = [one.DESTINATION for one in found if hasattr(one, "DESTINATION")]
    return {one.kind: one for one in sorted(known, key=lambda one: one.kind)}
