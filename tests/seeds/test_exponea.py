"""What the vendor's mobile kit documents, sent over HTTP to a running server: answer and stored record.

The document shows calls of the kit; here they are the requests that the kit makes of them.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.store.duckdb import DuckStore
from collector.wire import Shop
from tests.server import SHOP_ID, Server, run_r46, serving, wait_until
from tests.store.world import open_store, rows

PROJECT = "/track/v2/projects/ProjectTokenA"
EVENTS = PROJECT + "/customers/events"
DATA = "/data/v2/projects/ProjectTokenA"
TOKEN = {"Authorization": "Token 12345abcdef"}
BASIC = {"Authorization": "Basic " + base64.b64encode(b"key-1:hush").decode()}
ORIGIN = {"Origin": "https://shop.example"}
SUCCESS = b'{"errors":[],"success":true}'
UNKNOWN_KEY = b'{"error":"access key not found","success":false}'
DEFAULTS = {"MyKey": "Value"}
KIT = {"cookie": "2b1f9b9a-3c39-4a5c-a3de-1f3fa2e3b0aa"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server whose shop gets its key while it runs."""
    with serving(tmp_path_factory.mktemp("exponea") / "data", shop=Shop(shop_id=SHOP_ID)) as running:
        add_key(running.data)
        yield running


def add_key(data: Path) -> None:
    named = ("--project-token", "ProjectTokenA", "--public-token", "12345abcdef", "--stream-id", "stream-1")
    vendor = ("--vendor", "exponea", *named, "--private-key", "key-1:hush")
    run_r46("shop", "key", "add", SHOP_ID, *vendor, "--data", str(data))


def stored(server: Server, **like: Any) -> list[dict[str, Any]]:
    """Canonical records with these values, without what every request has anew."""
    fresh = ("event_id", "request_id", "received_at", "raw")
    return [
        {name: value for name, value in one.items() if name not in fresh}
        for one in server.exported()
        if like.items() <= one.items()
    ]


def tracked(event_type: str, properties: dict[str, Any], timestamp: float | None = None) -> dict[str, Any]:
    """What the kit sends for an event: its default properties under those of the call."""
    return {
        "customer_ids": KIT,
        "event_type": event_type,
        "timestamp": timestamp,
        "properties": {**DEFAULTS, **properties},
    }


def row(event: str, vendor_event: str, **columns: Any) -> dict[str, Any]:
    """A whole record of this shop without its fresh parts."""
    whole = {"shop_id": SHOP_ID, "vendor": "exponea", "endpoint": "exponea.event", "seq": 0}
    return {**whole, "event": event, "vendor_event": vendor_event, "props": {}, **columns}


def test_an_event_of_the_kit(server: Server) -> None:
    properties = {
        "my_property_1": "my property 1 value",
        "info": "test from exponea SDK sample app",
        "some_number": 5,
    }
    answer = server.post(EVENTS, tracked("my_custom_event_type", properties), TOKEN)
    assert (answer.status, answer.body, answer.verdict) == (200, SUCCESS, "accepted; codes=ts_missing")
    (found,) = stored(server, vendor_event="my_custom_event_type")
    del found["ts"]
    assert found == row(
        "custom",
        "my_custom_event_type",
        custom_name="my_custom_event_type",
        ts_source="server",
        device_id=KIT["cookie"],
        props={**DEFAULTS, **properties},
        notes=["ts_missing"],
    )


def test_a_customer_is_identified(server: Server) -> None:
    properties = {"custom_property": "Some Property Value", "first_name": "test"}
    ids = {**KIT, "registered": "test@test.com"}
    body = {"customer_ids": ids, "properties": properties, "timestamp": None}
    answer = server.post(PROJECT + "/customers", body, TOKEN)
    assert (answer.status, answer.body) == (200, SUCCESS)
    (found,) = stored(server, vendor_event="customers")
    del found["ts"]
    assert found == row(
        "identify",
        "customers",
        endpoint="exponea.customer",
        ts_source="server",
        device_id=KIT["cookie"],
        user_id="test@test.com",
        props={"properties": properties},
        notes=["ts_missing"],
    )


def test_a_session_begins_and_ends(server: Server) -> None:
    begin = tracked("session_start", {"app_version": "1.0"}, 1751364006)
    end = tracked("session_end", {"duration": 42.5}, 1751364048.5)
    assert [server.post(EVENTS, body, TOKEN).body for body in (begin, end)] == [SUCCESS, SUCCESS]
    told = {"ts_source": "client", "device_id": KIT["cookie"]}
    assert stored(server, event="session_start") + stored(server, event="session_end") == [
        row(
            "session_start",
            "session_start",
            ts="2025-07-01T10:00:06.000000Z",
            props=begin["properties"],
            **told,
        ),
        row("session_end", "session_end", ts="2025-07-01T10:00:48.500000Z", props=end["properties"], **told),
    ]


def test_a_payment_is_no_order(server: Server) -> None:
    body = tracked("payment", {"value": "99", "custom_info": "sample payment"}, 1751364010.0)
    assert server.post(EVENTS, body, TOKEN).body == SUCCESS
    assert stored(server, custom_name="payment") == [
        row(
            "custom",
            "payment",
            custom_name="payment",
            ts="2025-07-01T10:00:10.000000Z",
            ts_source="client",
            device_id=KIT["cookie"],
            props=body["properties"],
        )
    ]


def test_a_flush_that_is_repeated_counts_once(server: Server) -> None:
    body = tracked("flushed", {}, 1751364011)
    first, again = (server.post(EVENTS, body, TOKEN) for _ in range(2))
    assert (first.verdict, again.verdict, again.body) == ("accepted", "duplicate", SUCCESS)
    assert len(stored(server, vendor_event="flushed")) == 1


@pytest.mark.parametrize(
    ("path", "headers", "packed"),
    [
        ("//track/v2//projects/ProjectTokenA/customers/events/", TOKEN, False),
        (EVENTS, {"Authorization": "token 12345abcdef", "ContentType": "application/json"}, False),
        (EVENTS, {"Authorization": "bAsIc " + base64.b64encode(b"key-1:hush").decode()}, False),
        (EVENTS, {**TOKEN, "Content-Type": "text/plain", "Content-Encoding": "gzip"}, True),
        ("/track/u/v1/customers/events?&stream_id=stream-1", TOKEN, False),
    ],
)
def test_whatever_the_client_s_habits_it_is_understood(
    server: Server, path: str, headers: dict[str, str], packed: bool
) -> None:
    body = json.dumps({**tracked("habit", {}), "type": "habit"}).encode()
    answer = server.request("POST", path, gzip.compress(body) if packed else body, headers)
    assert (answer.status, answer.body) == (200, SUCCESS)


def test_a_browser_may_send_its_key_and_read_every_answer(server: Server) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    preflight = server.request("OPTIONS", EVENTS, headers={**ORIGIN, **asked})
    assert (preflight.status, preflight.body) == (204, b"")
    assert preflight.headers["access-control-allow-headers"] == "authorization,content-type"
    for headers, status in ((TOKEN, 200), ({"Authorization": "Token other"}, 401)):
        answer = server.post(EVENTS, tracked("habit", {}), {**ORIGIN, **headers})
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert answer.headers["access-control-allow-credentials"] == "true"


def test_what_is_refused_is_refused_in_the_vendor_s_words(server: Server) -> None:
    refused = server.post(EVENTS, tracked("x", {}), {"Authorization": "Token other"})
    assert (refused.status, refused.body) == (401, UNKNOWN_KEY)
    unknown = server.post("/track/v2/projects/other/customers/events", tracked("x", {}), TOKEN)
    told = {"code": 404, "description": "shop_unknown", "message": "shop_unknown"}
    assert (unknown.status, unknown.json()) == (404, {"errors": [told], "success": False})
    wrong = server.get(EVENTS, TOKEN)
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST, OPTIONS")
    assert wrong.json() == {"errors": ["method_not_allowed"], "success": False}
    lost = server.request("PUT", PROJECT + "/customers/merge", b"{}", TOKEN)
    told = {"code": 404, "description": "path_unknown", "message": "path_unknown"}
    assert (lost.status, lost.json()) == (404, {"errors": [told], "success": False})
    coded = server.post(EVENTS, tracked("x", {}), {**TOKEN, "Content-Encoding": "br"})
    assert (coded.status, coded.json()) == (415, {"errors": ["encoding_unsupported"], "success": False})


def test_the_server_tells_its_time_and_echoes_ids_of_commands(server: Server) -> None:
    time = server.get(PROJECT + "/system/time", TOKEN)
    assert list(time.json()) == ["success", "time", "errors"]
    batch = {"commands": [{"name": "system/time", "command_id": [1, {"a": None}]}]}
    told = server.post(PROJECT + "/batch", batch, TOKEN).json()
    assert told["results"][0].keys() == {"success", "time", "command_id"}
    assert told["results"][0]["command_id"] == [1, {"a": None}]
    assert time.json()["time"] <= told["results"][0]["time"] == told["start_time"] == told["end_time"]


def test_the_dry_run_says_what_would_be_stored(server: Server) -> None:
    said = server.post("/echo" + EVENTS, tracked("dry", {}, 1751364010.0), TOKEN).json()
    assert (said["verdict"], said["events"][0]["custom_name"]) == ("accepted", "dry")
    assert said["answer"] == {"status": 200, "body": SUCCESS.decode()}
    assert stored(server, custom_name="dry") == []


def test_a_revoked_key_opens_nothing_any_more(server: Server) -> None:
    more = ("--project-token", "Other", "--public-token", "once", "--private-key", "k:v")
    said = run_r46("shop", "key", "add", SHOP_ID, "--vendor", "exponea", *more, "--data", str(server.data))
    path, headers = "/track/v2/projects/Other/customers/events", {"Authorization": "Token once"}
    assert server.post(path, tracked("x", {}), headers).status == 200
    run_r46("shop", "key", "revoke", said.split("\t")[0], "--data", str(server.data))
    wait_until(lambda: server.post(path, tracked("x", {}), headers).status == 404)


def test_legacy_commands_of_two_shops_reach_each_its_own(server: Server) -> None:
    other = "47" * 15
    run_r46("shop", "add", "Other", "--id", other, "--data", str(server.data))
    named = ("--vendor", "exponea", "--project-token", "ProjectTokenB")
    run_r46("shop", "key", "add", other, *named, "--data", str(server.data))
    commands = [
        {"name": "crm/events", "data": {"ids": {"registered": "u5"}, "project_id": project, "type": "mixed"}}
        for project in ("ProjectTokenA", "ProjectTokenB")
    ]
    answer = server.post("/bulk", {"commands": commands})
    assert [one["status"] for one in answer.json()["results"]] == ["ok", "ok"]
    found = {
        shop: [one for one in server.exported(shop) if one.get("custom_name") == "mixed"]
        for shop in (SHOP_ID, other)
    }
    assert [json.loads(one["raw"]["body"])["commands"] for mine in found.values() for one in mine] == [
        [commands[0], None],
        [None, commands[1]],
    ]
    mine, theirs = (one for shop in found.values() for one in shop)
    assert (mine["request_id"], mine["raw"]["pointer"]) == (theirs["request_id"], "/commands/0/data")
    assert (theirs["shop_id"], theirs["raw"]["pointer"]) == (other, "/commands/1/data")


def bought(event_type: str, timestamp: float, **properties: Any) -> dict[str, Any]:
    ids = {"registered": "u5", "cookie": "ck-1"}
    known = {"purchase_id": "A-1001", "local_currency": "EUR", **properties}
    return {
        "name": "customers/events",
        "data": {
            "customer_ids": ids,
            "event_type": event_type,
            "timestamp": timestamp,
            "properties": known,
        },
    }


def test_an_order_in_several_events_is_one_order(tmp_path: Path) -> None:
    lines = [{"product_id": "123456", "quantity": 2, "price": 1990.5}, {"product_id": "234567", "price": 500}]
    with serving(tmp_path / "data", shop=Shop(shop_id=SHOP_ID)) as server:
        add_key(server.data)
        commands = [
            bought("purchase", 1751364000, purchase_status="new", total_price=4481, product_list=lines),
            bought(
                "purchase_item", 1751364000, product_id="123456", quantity=2, price=1990.5, total_price=3981
            ),
            bought("purchase_item", 1751364000, product_id="234567", quantity=1, price=500, total_price=500),
            bought("purchase", 1751364900, purchase_status="shipped"),
            bought("payment", 1751364000, brutto=4481),
        ]
        answer = server.post(PROJECT + "/batch", {"commands": commands}, TOKEN)
        assert [one["success"] for one in answer.json()["results"]] == [True] * 5
        other = [
            bought("purchase", 1751364000, purchase_id="A-1002", total_price=30),
            bought(
                "purchase_item", 1751364000, purchase_id="A-1002", item_id="P-7", quantity=3, item_price=10
            ),
        ]
        legacy = [
            {"name": "crm/events", "data": {**one["data"], "project_id": "ProjectTokenA"}} for one in other
        ]
        assert len(server.post("/bulk", {"commands": legacy}).json()["results"]) == 2
        assert [one["is_line"] for one in server.exported() if "is_line" in one] == [True, True, True]
        assert len([one for one in server.exported() if one["event"] == "purchase"]) == 6
    store = open_store(tmp_path / "data" / "store.duckdb")
    assert orders_of(store) == [
        ("A-1001", "exponea", "4481", "4481", "shipped", 2, False),
        ("A-1002", "exponea", "30", "30", None, 1, False),
    ]
    assert rows(
        store, "select order_key, item_id, quantity::integer from order_lines order by order_key, line"
    ) == [("A-1001", "123456", 2), ("A-1001", "234567", 1), ("A-1002", "P-7", 3)]
    store.close()


def orders_of(store: DuckStore) -> list[tuple[Any, ...]]:
    return rows(
        store,
        """
        select order_key, vendor, revenue::integer::varchar, value::integer::varchar, order_status, lines, computed
        from orders
        order by order_key
        """,
    )


def test_a_request_to_erase_a_customer_is_a_job_that_survives_the_power(tmp_path: Path) -> None:
    with serving(tmp_path / "data", shop=Shop(shop_id=SHOP_ID)) as server:
        data = ("--shop", SHOP_ID, "--data", str(server.data))
        add_key(server.data)
        assert run_r46("erasure", "list", *data) == "nobody is to be erased\n"
        server.post(EVENTS, tracked("erasure_request", {}), TOKEN)
        refused = server.post(DATA + "/customers/anonymize", {"customer_ids": {"registered": "u5"}}, TOKEN)
        assert (refused.status, refused.body) == (401, UNKNOWN_KEY)
        for ids in ({"registered": "u5"}, {"cookie": "ck\u001b[2J", "card": 7}, {"registered": "u5"}):
            answer = server.post(DATA + "/customers/anonymize", {"customer_ids": ids}, BASIC)
            assert (answer.status, answer.body) == (200, b'{"success":true}')
        server.kill()
    first, second = run_r46("erasure", "list", *data).splitlines()
    assert first.split("\t")[1:] == ["2 times", "exponea", "user_id=u5"]
    assert second.split("\t")[1:] == ["once", "exponea", r"device_id=ck\x1b[2J card=7"]
    run_r46("shop", "set", SHOP_ID, "--option", "exponea.erasure=off", "--data", str(tmp_path / "data"))
    server.start()
    answer = server.post(DATA + "/customers/anonymize", {"customer_ids": {"registered": "u9"}}, BASIC)
    assert (answer.status, answer.body) == (200, b'{"errors":["not supported"],"success":false}')
    assert run_r46("erasure", "list", *data).splitlines() == [first, second]
    server.stop()


def test_nothing_on_the_disk_holds_a_secret(server: Server) -> None:
    server.post(EVENTS, tracked("x", {}), BASIC)
    server.post(EVENTS, tracked("x", {}), {"Authorization": "Basic " + base64.b64encode(b"no:pe-1").decode()})
    server.exported()
    files = [path for path in server.data.rglob("*") if path.is_file()]
    assert len(files) > 3
    secrets = (b"key-1:hush", base64.b64encode(b"key-1:hush"), base64.b64encode(b"no:pe-1"))
    assert [path for path in files for one in secrets if one in path.read_bytes()] == []
