"""The Exponea (Bloomreach Engagement) protocol: tracking, batches, legacy commands, erasure."""

from __future__ import annotations

from collector.adapters.exponea.paths import endpoints
from collector.wire import Adapter

ADAPTER = Adapter(name="exponea", docs="docs/wire/exponea.md", endpoints=endpoints())
