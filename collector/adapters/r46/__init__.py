"""The r46 protocol: browser, app and server tracking compatible with REES46 and PersonaClick."""

from __future__ import annotations

from collector.adapters.r46.paths import endpoints
from collector.wire import Adapter

ADAPTER = Adapter(name="r46", docs="docs/wire/r46.md", endpoints=endpoints())
