"""Vendors' protocols: the folder is the registry, one module (or package) a vendor.

An adapter is a function from bytes to events. It knows no server, log or store.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from collector.wire import Adapter


def load_adapters() -> dict[str, Adapter]:
    """Every adapter by name, in the order of names.

    Raises LookupError for a module whose adapter has another name, or for two
    endpoints of one path, and AttributeError for a module that binds no ADAPTER.
    """
    found: dict[str, Adapter] = {}
    paths: dict[str, str] = {}
    for module in sorted(iter_modules(__path__), key=lambda one: one.name):
        if module.name.startswith("_"):
            continue
        adapter: Adapter = import_module(f"{__name__}.{module.name}").ADAPTER
        if adapter.name != module.name:
            raise LookupError(f"adapter {adapter.name!r} lives in a module called {module.name!r}")
        for endpoint in adapter.endpoints:
            if endpoint.path in paths:
                raise LookupError(f"{endpoint.path} belongs to {paths[endpoint.path]} and to {adapter.name}")
            paths[endpoint.path] = adapter.name
        found[adapter.name] = adapter
    return found
