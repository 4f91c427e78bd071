"""The Intempt protocol: tracked events, consents, and the reads of its kits."""

from __future__ import annotations

from collector.adapters.intempt.paths import ENDPOINTS
from collector.wire import Adapter

ADAPTER = Adapter(name="intempt", docs="docs/wire/intempt.md", endpoints=ENDPOINTS)
