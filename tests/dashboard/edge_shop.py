"""One shop from the request to the page: the wire, the log, the loader, the store, the dashboard.

Minutes count from noon (UTC) of 10 March 2026; the dashboard is asked on the 20th unless told.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from collector import record
from collector.enrich.batch import BatchEnricher
from collector.event import EventName
from collector.loader import Loader
from collector.log.memory import MemoryLog
from collector.reading.credentials import digest
from collector.store.duckdb import DuckStore
from collector.wire import Shop, WireRequest
from dashboard.answers import Sources
from dashboard.assets import Assets
from dashboard.now import LiveTables
from dashboard.page import Page, load_pages
from dashboard.render import Renderer
from dashboard.site import Site, views
from dashboard.texts import load as load_texts
from tests.adapters.wired import ENDPOINTS, OneShop
from tests.dashboard.attribution_site import ASKER, PERIOD, Silence
from tests.dashboard.shop_world import OneKey
from tests.store.world import Sender, item, purchase_id

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
SHOP = Shop(shop_id="shop-1", currency="EUR", timezone="Europe/Berlin", secret_sha256=digest("hush"))
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BLOCK: Mapping[str, Any] = {"recommended_by": "dynamic", "recommended_code": "blk-1"}
SEARCH: Mapping[str, Any] = {"recommended_by": "full_search", "recommended_code": "kettle"}
MAILING: Mapping[str, Any] = {"recommended_by": "bulk", "recommended_code": "spring"}
WHO: Mapping[str, Any] = {"device_id": "dev-1", "session_id": "s-1"}
LATER: Mapping[str, Any] = {"device_id": "dev-1", "session_id": "s-2"}


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@cache
def _renderer() -> Renderer:
    return Renderer(Assets(), load_texts("en"))


@cache
def _pages() -> tuple[Page, ...]:
    return load_pages()


class EdgeShop:
    """Events happen at a minute and come a second later, each in a request of its own."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.store = DuckStore.open(folder / "store.duckdb", now=lambda: at(0), threads=1, memory_limit="1GB")
        self.shop = Shop(
            **{**{name: getattr(SHOP, name) for name in ("shop_id", "currency", "timezone")}, **settings}
        )
        self._log = MemoryLog()
        self._loader = Loader(self._log, self.store, BatchEnricher(), shops=lambda: [self.shop])
        self._sender = Sender(shop_id=SHOP.shop_id)
        self._numbers = itertools.count(1)

    def send(
        self,
        name: EventName,
        minute: float,
        *,
        came: float | None = None,
        agent: str = FIREFOX,
        **fields: Any,
    ) -> None:
        """A canonical event through log and loader."""
        event = self._sender.event(name, at(minute), **{**WHO, **fields})
        received: dict[str, Any] = {} if came is None else {"received_at": at(came)}
        self._keep(self._sender.request([event], user_agent=agent, **received))

    def view(self, minute: float, item_id: str = "kettle", **fields: Any) -> None:
        group = fields.pop("group", None)
        self.send("view_item", minute, **{"items": (item(item_id, item_group_id=group),), **BLOCK, **fields})

    def add(self, minute: float, item_id: str = "kettle", quantity: str = "1", **fields: Any) -> None:
        self.send("add_to_cart", minute, **{"items": (item(item_id, quantity),), **fields})

    def remove(self, minute: float, item_id: str = "kettle", quantity: str = "1", **fields: Any) -> None:
        self.send("remove_from_cart", minute, items=(item(item_id, quantity),), **fields)

    def order(
        self, minute: float, *lines: tuple[str, ...], key: str = "o1", version: str = "", **fields: Any
    ) -> None:
        """A purchase of lines (item, quantity, price, group); by default a kettle for 10."""
        bought = tuple(
            item(line[0], line[1], line[2], item_group_id=line[3] if len(line) > 3 else None)
            for line in lines or (("kettle", "1", "10"),)
        )
        told = {"order_key": key, "transaction_id": key, "items": bought, "currency": "EUR"}
        self.send("purchase", minute, event_id=purchase_id(key, version), **{**told, **fields})

    def wire(self, minute: float, path: str, body: Mapping[str, Any], **headers: str) -> None:
        """A request as a browser or a server sends it, judged and kept as the collector does."""
        number = next(self._numbers)
        request = WireRequest(
            method="POST",
            path=path,
            query="",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            params={},
            body=json.dumps(body).encode(),
            received_at=at(minute),
            request_id=f"01a1fd57-baac-7000-8000-ffff{number:08d}",
            new_id=lambda: f"01a1fd57-baac-7000-8000-{next(self._numbers):012d}",
        )
        settings = {name: getattr(self.shop, name) for name in Shop.__dataclass_fields__}
        decoded = ENDPOINTS[path].decode(request, OneShop(settings))
        agent = request.headers.get("user-agent", FIREFOX)
        kept = record.of(decoded, request_id=request.request_id, received_at=at(minute), user_agent=agent)
        self._keep(record.encode(kept))

    def _keep(self, line: bytes) -> None:
        asyncio.run(self._log.append(line))

    def tables(
        self, slug: str, thing: str = "", *, now: datetime | None = None, **query: Any
    ) -> Mapping[str, Any]:
        """The tables of a page, as its JSON form has them, once the log is loaded."""
        self._loader.catch_up()
        moment = now or datetime(2026, 3, 20, 12, tzinfo=UTC)
        site = Site(
            sources=Sources(self.store.reader(), LiveTables(Silence(), moment), OneKey(shops=(self.shop,))),
            clock=lambda: moment,
            renderers={"en": _renderer()},
            pages=_pages(),
        )
        page = next(one for one in site.pages if one.slug == slug)
        view = views(page)[1 if thing else 0]
        reply = asyncio.run(site.json(view, {**PERIOD, **query}, ASKER, thing))
        assert reply.status == 200, reply.body
        found: Mapping[str, Any] = json.loads(reply.body)["tables"]
        return found

    def credit(self, key: str = "o1", **query: Any) -> list[tuple[str, str | None, str]]:
        """(item, tool, revenue) of every line of an order, as its page credits it."""
        rows = self.tables("orders", key, **query)["orders/lines"]["rows"]
        return [(row["item_id"], row["recommended_by"], row["revenue"]) for row in rows]

    def why(self, key: str = "o1", **query: Any) -> list[tuple[str, str, str]]:
        """(kind, tool, reason) of every touch of an order's timeline."""
        rows = self.tables("orders", key, **query)["attribution/rees46_why"]["rows"]
        return [(row["kind"], row["recommended_by"], row["reason"]) for row in rows]

    def parts(self, **query: Any) -> dict[str, str]:
        """What each tool earned, what nobody did, and all revenue, in the shop's currency."""
        rows = self.tables("recommendations", **query)["recommendations/tools"]["rows"]
        mine = [row for row in rows if row["currency"] == self.shop.currency]
        told = {row["recommended_by"] or row["part"]: row["direct_revenue"] for row in mine}
        return {**told, "revenue": mine[0]["revenue"]} if mine else {}

    def tool(self, name: str, **query: Any) -> Mapping[str, Any]:
        rows: Sequence[Mapping[str, Any]] = self.tables("recommendations", **query)["recommendations/tools"][
            "rows"
        ]
        return next(row for row in rows if row["recommended_by"] == name)

    def listed(self, **query: Any) -> list[tuple[str, str, str]]:
        """(order, revenue, currency) of the list of orders."""
        rows = self.tables("orders", **query)["orders/list"]["rows"]
        return sorted((row["order_key"], row["revenue"], row["currency"]) for row in rows)
