"""Yespo (eSputnik, Reteno): events, orders and contacts with an API key, and the web tracker."""

from __future__ import annotations

from collector.adapters.yespo.access import VENDOR
from collector.adapters.yespo.paths import endpoints
from collector.wire import Adapter

ADAPTER = Adapter(name=VENDOR, docs="docs/wire/yespo.md", endpoints=endpoints())
