"""Who the visitors are: people over their devices, what identified them, and devices that changed hands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pytest

from tests.dashboard.shop_world import NOW, SHOP, Client, app_over, signed_in
from tests.store.world import Sender, item, load, open_store

DAY = timedelta(days=1)
PERIOD = "period=custom&since=2026-03-01&to=2026-03-18"


def _history() -> list[bytes]:
    """Ann comes by phone and desk, the family's tablet goes from her to Bob, Eve is nobody, a bot calls itself Ann."""
    sender, start = Sender(5, SHOP.shop_id), NOW - 10 * DAY
    sent: list[bytes] = []

    def seen(days: float, device: str, agent: str = "Firefox", event: str = "page_view", **more: Any) -> None:
        ts = start + days * DAY
        made = sender.event(event, ts, device_id=device, session_id=f"{device}-{days:g}", **more)  # type: ignore[arg-type]
        sent.append(sender.request([made], user_agent=agent))

    seen(0, "phone", user_id="ann")
    seen(1, "desk")
    seen(2, "desk", email="ann@x", user_id="ann")
    seen(3, "tablet", email="ann@x")
    seen(4, "tablet", user_id="bob")
    seen(
        5,
        "tablet",
        event="purchase",
        order_key="B-1",
        items=(item("37", "1", "20"),),
        value="20",
        currency="EUR",
    )
    seen(6, "eve")
    seen(7, "crawler", "bot/1", user_id="ann")
    return sent


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path: Path = tmp_path_factory.mktemp("visitors") / "store.duckdb"
    store = open_store(path)
    load(store, _history())
    store.close()
    with duckdb.connect(str(path)) as db:
        yield signed_in(app_over(db))


def _rows(client: Client, address: str, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(client.get(address).text)["tables"][table]["rows"]
    return found


def test_people_are_counted_once_over_all_their_devices(client: Client) -> None:
    (totals,) = _rows(client, f"/visitors.json?{PERIOD}", "visitors/totals")
    assert totals == {"visitors": 3, "identified": 2, "devices": 5, "several": 1, "shared": 1}


def test_the_list_has_the_latest_first_and_says_who_they_are(client: Client) -> None:
    rows = _rows(client, f"/visitors.json?{PERIOD}", "visitors/list")
    assert [
        (row["visitor_id"], row["known_as"], row["devices"], row["sessions"], row["orders"]) for row in rows
    ] == [
        ("eve", None, 1, 1, 0),
        ("u:bob", "bob", 1, 2, 1),
        ("phone", "ann@x", 3, 4, 0),
    ]
    assert [row["revenue"] for row in rows] == ["0.0000", "20.0000", "0.0000"]


@pytest.mark.parametrize("find", ["phone", "desk", "tablet", "ann@x", "ann"])
def test_a_visitor_is_found_by_any_device_or_identifier(client: Client, find: str) -> None:
    rows = _rows(client, f"/visitors.json?{PERIOD}&find={quote(find)}", "visitors/list")
    assert "phone" in [row["visitor_id"] for row in rows]


def test_a_device_shows_all_its_owners(client: Client) -> None:
    rows = _rows(client, "/visitors/phone.json", "visitors/devices")
    assert [(row["node"], row["owner"], row["own"], row["sessions"]) for row in rows] == [
        ("desk", "phone", True, 2),
        ("phone", "phone", True, 1),
        ("tablet", "phone", True, 1),
        ("tablet", "u:bob", False, 2),
    ]
    moved = (NOW - 6 * DAY).replace(tzinfo=None)
    assert datetime.fromisoformat(rows[3]["since"]) == moved
    assert [row["order_key"] for row in _rows(client, "/visitors/u%3Abob.json", "visitors/orders")] == ["B-1"]


def test_the_pages_say_it_in_words(client: Client) -> None:
    text = client.get(f"/visitors?{PERIOD}").text
    assert "nobody said who this is" in text
    detail = client.get("/visitors/phone").text
    assert "ann@x" in detail
    assert "this visitor&#39;s" in detail
    assert 'href="/visitors/u%3Abob' in detail
    assert client.get("/visitors/nobody-of-that-name").status == 404
