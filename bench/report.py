"""Collects figures of one run, prints them and keeps them as JSON."""

from __future__ import annotations

import json
import platform
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


@dataclass
class Report:
    """Named figures; units are part of the name."""

    figures: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: Any, note: str = "") -> None:
        shown = (
            f"{value:,.3f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value
        )
        self.figures[name] = value
        print(f"{name:<58} {shown:>14}  {note}", flush=True)

    def keep(self) -> Path:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
        machine = {"python": platform.python_version(), "machine": platform.platform()}
        path.write_text(json.dumps({**machine, **self.figures}, indent=2))
        return path
