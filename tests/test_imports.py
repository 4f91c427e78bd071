"""Who may import whom. The rule stands in CONTRIBUTING.md; here it is read from the imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# What a part may import of the others, beside itself. Longest prefix wins.
MAY: dict[str, set[str]] = {
    "collector.event": set(),
    "collector.ids": set(),
    "collector.errors": set(),
    "collector.reasons": set(),
    "collector.wire": {"event"},
    "collector.record": {"event", "wire"},
    "collector.verdict": {"wire", "reasons"},
    "collector.settings": {"errors"},
    "collector.destinations": {"event", "reasons", "record", "ids", "store.parquet"},
    "collector.outgoing": {"errors", "destinations.contract"},
    "collector.snippet": set(),
    "collector.loops": set(),
    "collector.script": {"wire", "static"},
    "collector.transport": {"errors"},
    "collector.ratelimit": set(),
    "collector.counts": {"wire"},
    "collector.metrics": {"counts", "control", "forwarder", "loader"},
    "collector.routing": {"wire"},
    "collector.ask": {"wire"},
    "collector.respond": {"transport", "ingest", "wire"},
    "collector.options": {"wire", "errors"},
    "collector.shop_settings": {"wire", "errors", "options"},
    "collector.reading": {"event", "wire", "reasons", "errors", "ids", "options"},
    "collector.feeds": {"reading", "reasons", "wire", "errors"},
    "collector.adapters": {
        "feeds",
        "reading",
        "options",
        "event",
        "wire",
        "reasons",
        "errors",
        "ids",
        "record",
        "verdict",
    },
    "collector.enrich": {"event"},
    "collector.log": {"record", "errors"},
    "collector.control": {"wire", "errors", "settings", "destinations", "forwarder.rewrite"},
    "collector.ingest": {
        "ask",
        "loops",
        "counts",
        "options",
        "ratelimit",
        "adapters",
        "record",
        "log",
        "control",
        "wire",
        "errors",
        "ids",
        "verdict",
    },
    "collector.echo": {"ask", "wire", "record", "reasons", "errors", "verdict"},
    "collector.app": {
        "counts",
        "respond",
        "routing",
        "ingest",
        "echo",
        "transport",
        "adapters",
        "wire",
        "errors",
        "ids",
        "log",
        "script",
    },
    "collector.store": {"event", "log", "record", "wire", "errors"},
    "collector.loader": {"log", "enrich", "store", "wire", "errors"},
    "collector.forwarder": {"log", "record", "event", "ids", "loops", "errors", "enrich", "destinations"},
    "collector.rebuild": {"loader", "log", "store", "errors"},
    "collector.history": {"feeds", "store", "wire", "errors"},
    "collector.seen": {"wire", "reasons"},
    "collector.entry": {"seen", "wire", "enrich", "reasons"},
    "collector.pulse": {"seen", "entry"},
    "collector.tail": {"log", "record", "event", "enrich", "pulse", "seen", "entry"},
    "collector.importing": {"event", "record", "wire", "ids", "errors", "store.files"},
    "collector.simulator": {"event", "record", "wire", "ids", "adapters", "verdict", "static"},
    "collector.storefront": {"simulator", "snippet", "static"},
    "dashboard.funnel": {"event"},
    "dashboard": {
        "store",
        "control",
        "reasons",
        "wire",
        "errors",
        "tail",
        "pulse",
        "entry",
        "snippet",
        "static",
        "options",
        "shop_settings",
        "destinations",
        "forwarder.health",
        "forwarder.reading",
    },
}
# The composition roots may import everything.
ROOTS = (
    "collector.cli",
    "collector.cli_check",
    "collector.cli_destination",
    "collector.cli_destination_told",
    "collector.cli_erasure",
    "collector.cli_forwarding",
    "collector.cli_key",
    "collector.cli_options",
    "collector.cli_preset",
    "collector.cli_quality",
    "collector.cli_rate",
    "collector.cli_reconcile",
    "collector.cli_report",
    "collector.cli_secret_options",
    "collector.cli_secrets",
    "collector.cli_segment",
    "collector.cli_shadow",
    "collector.cli_share",
    "collector.cli_shop",
    "collector.cli_simulate",
    "collector.cli_user",
    "collector.commands",
    "collector.demo",
    "collector.reporting",
    "collector.serving",
)

# Third parties with one home.
HOMES: dict[str, tuple[str, ...]] = {
    "duckdb": ("collector.store",),
    "plotly": ("dashboard.charts", "dashboard.pages", "dashboard.assets"),
    "argon2": ("collector.control",),
    "cryptography": ("collector.control",),
    "sqlalchemy": ("collector.control",),
    "starlette": ("dashboard", "collector.storefront", "collector.serving", "collector.app"),
    "uvicorn": ("collector.serving",),
    "aiohttp": ("collector.outgoing",),
    "obstore": ("collector.outgoing",),
    "prometheus_client": ("collector.metrics",),
    "click": (
        "collector.cli",
        "collector.cli_check",
        "collector.cli_destination",
        "collector.cli_erasure",
        "collector.cli_forwarding",
        "collector.cli_key",
        "collector.cli_options",
        "collector.cli_preset",
        "collector.cli_rate",
        "collector.cli_reconcile",
        "collector.cli_report",
        "collector.cli_secret_options",
        "collector.cli_secrets",
        "collector.cli_segment",
        "collector.cli_shadow",
        "collector.cli_share",
        "collector.cli_shop",
        "collector.cli_simulate",
        "collector.cli_user",
    ),
    "jinja2": ("dashboard", "collector.storefront"),
    "babel": ("dashboard.locales",),
}


def _modules() -> Iterator[tuple[str, Path]]:
    for package in ("collector", "dashboard"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def _imports(module: str, path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            assert node.module is not None
            if node.module in ("collector", "dashboard"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


def _part(module: str) -> str | None:
    found = [part for part in MAY if module == part or module.startswith(part + ".")]
    return max(found, key=len, default=None)


def _is_root(module: str) -> bool:
    return any(module == root or module.startswith(root + ".") for root in ROOTS)


def _allowed(part: str, target: str) -> bool:
    if target == part or target.startswith(part + ".") or target in ("collector", "dashboard"):
        return True
    if part == "dashboard" and target.startswith("dashboard"):
        return True
    inner = target.removeprefix("collector.")
    return any(inner == name or inner.startswith(name + ".") for name in MAY[part])


MODULES = list(_modules())


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[module for module, _ in MODULES])
def test_a_module_imports_only_what_its_part_may(module: str, path: Path) -> None:
    if _is_root(module) or module in ("collector",):
        return
    part = _part(module)
    assert part is not None, f"{module} belongs to no part: give it a line in MAY"
    ours = {
        name for name in _imports(module, path) if name.split(".")[0] in ("collector", "dashboard", "static")
    }
    assert {name for name in ours if not _allowed(part, name)} == set()


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[module for module, _ in MODULES])
def test_third_parties_stay_in_their_homes(module: str, path: Path) -> None:
    strays = {
        name
        for name in _imports(module, path)
        for library, homes in HOMES.items()
        if name.split(".")[0] == library
        and not any(module == home or module.startswith(home + ".") for home in homes)
    }
    assert strays == set()


def test_a_collector_process_never_loads_the_store_s_engine() -> None:
    code = "import sys, collector.cli, collector.serving.collect; print('duckdb' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.strip() == "False"
