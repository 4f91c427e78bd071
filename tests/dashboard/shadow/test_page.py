"""Shadow mode on its tab: an upload is read, counted, shown harmlessly and taken back; who may do that."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.dashboard.ledgers import RUNNING
from tests.dashboard.shop_world import FORMULA, HOSTILE, SHOP, Answer, Client
from tests.dashboard.test_destinations import World, words
from tests.dashboard.test_reconcile import multipart

# o1 is credited to a tool by REES46's rule, o2 and o3 are not, o4 is in dollars: see shop_world.week.
CSV = (
    "Order number,Date,Revenue,Attributed revenue\n"
    "o1,2026-03-16,100.00,100.00\n"
    "o2,2026-03-16,50.50,50.50\n"
    f'"{HOSTILE}",2026-03-16,7.00,7.00\n'
    f'"{FORMULA.replace(chr(34), chr(34) * 2)}",2026-03-15,1.00,0\n'
).encode()
SUMS = (
    b"Day,Orders,Revenue,Attributed orders,Attributed revenue\n2026-03-15,4,40,1,30\n2026-03-16,5,50,2,33\n"
)


def post(client: Client, fields: Mapping[str, str], file: tuple[str, bytes]) -> Answer:
    body, sent = multipart(fields, file)
    return asyncio.run(client._ask("POST", "/destinations?tab=shadow&period=7d", body, sent))


def upload(
    world: World, data: bytes = CSV, vendor: str = "r46", name: str = "r46.csv", **more: str
) -> Answer:
    return post(world.client, {"act": "shadow_upload", "vendor": vendor, **more}, (name, data))


def rows(world: World, table: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.rows(f"forwarding/shadow_{table}", "shadow", **query)
    return found


@pytest.fixture
def world() -> World:
    return World()


def test_an_upload_is_compared_order_by_order(world: World) -> None:
    answer = upload(world)
    assert answer.status == 303
    assert answer.headers["location"].startswith(
        f"/destinations?period=7d&tab=shadow&code={world.id(RUNNING)}"
    )
    found = {row["number"]: row for row in rows(world, "orders")}
    assert {number: row["box"] for number, row in found.items()} == {
        "o1": "both",
        "o2": "only_they",
        "o3": "missing_there",
        "o4": "missing_there",
        HOSTILE: "missing_here",
        FORMULA: "missing_here",
    }
    assert (found["o1"]["day"], found["o1"]["credited"], found["o1"]["attributed"]) == (
        "2026-03-17",
        "100.0000",
        "100.00",
    )
    assert [row["number"] for row in rows(world, "orders", state="only_they")] == ["o2"]


def test_days_tell_both_sides_and_their_difference(world: World) -> None:
    upload(world)
    by_day = {row["day"]: row for row in rows(world, "claims")}
    assert len(by_day) == 7
    day = by_day["2026-03-17"]
    assert (day["immature"], day["covered"], day["orders"], day["their_orders"]) == (True, None, 1, 1)
    assert (day["credited"], day["their_attributed"], day["attributed_difference"]) == (
        "100.0000",
        "100.00",
        "0.0000",
    )
    assert by_day["2026-03-15"]["orders"] == 1  # o4, in dollars: counted, and its amount left out
    assert by_day["2026-03-15"]["revenue"] == "0"
    assert by_day["2026-03-16"]["covered"] == "orders"
    assert by_day["2026-03-16"]["attributed_difference"] == "7.0000"
    assert by_day["2026-03-13"]["their_attributed"] is None


def test_sums_alone_are_compared_by_day(world: World) -> None:
    upload(world, SUMS)
    by_day = {row["day"]: row for row in rows(world, "claims")}
    assert by_day["2026-03-16"]["their_claims"] == 2
    assert by_day["2026-03-16"]["revenue_difference"] == "30.0000"
    assert {row["box"] for row in rows(world, "orders")} == {"uncovered"}
    assert "The export tells sums and no order numbers" in words(world.page(tab="shadow"))


def test_the_newest_upload_of_a_day_counts_and_is_taken_back(world: World) -> None:
    upload(world)
    upload(world, SUMS.replace(b"33", b"44"), name="later.csv")
    later, _ = rows(world, "exports")
    assert [row["name"] for row in rows(world, "exports")] == ["later.csv", "r46.csv"]
    assert {row["box"] for row in rows(world, "orders")} == {"uncovered"}
    form = {"act": "shadow_undo", "id": later["export_id"], "name": later["name"]}
    answer = world.client.post("/destinations?tab=shadow&period=7d", form)
    assert answer.status == 303
    assert [row["name"] for row in rows(world, "exports")] == ["r46.csv"]
    assert {row["box"] for row in rows(world, "orders")} >= {"both", "only_they"}
    gone = world.client.post("/destinations?tab=shadow&period=7d", form)
    assert f"the shop has no export &#39;{later['export_id']}&#39;" in gone.text


def test_what_became_of_events_and_orders_stands_beside_what_is_here(world: World) -> None:
    by_day = {row["day"]: row for row in rows(world, "delivery")}
    day = by_day["2026-03-18"]
    assert (day["events"], day["orders"]) == (2, 1)
    assert (day["events_delivered"], day["events_undelivered"]) == (640, 2)
    assert day["reasons"] == "s_bot:7 r_rejected:1 x_expired:1"
    assert "r_rejected 1" in words(world.page(tab="shadow"))


def test_a_vendor_without_a_destination_is_compared_and_nothing_is_told_of_deliveries(world: World) -> None:
    assert upload(world, vendor="exponea").headers["location"].endswith("&code=exponea")
    answer = world.client.get("/destinations?period=7d&tab=shadow&code=exponea")
    told = words(answer)
    assert "How Exponea (Bloomreach) credits an order is not public." in told
    assert "The shop sends this vendor nothing from here" in told
    table = world.client.get("/destinations.json?period=7d&tab=shadow&code=exponea").json()["tables"]
    assert {row["events_delivered"] for row in table["forwarding/shadow_delivery"]["rows"]} == {None}


def test_a_rule_of_the_address_is_another_rule_and_an_unknown_one_the_vendor_s_own(world: World) -> None:
    upload(world)
    assert [row["rule"] for row in rows(world, "choice", rule="dynamic_yield") if row["chosen"]] == [
        "dynamic_yield"
    ]
    assert "This is not the rule of REES46." in words(world.page(tab="shadow", rule="dynamic_yield"))
    assert [row["rule"] for row in rows(world, "choice", rule="nothing") if row["chosen"]] == ["rees46"]


def test_what_strangers_wrote_is_text(world: World) -> None:
    upload(world, name=f"{HOSTILE}\u202e.csv")
    text = world.page(tab="shadow").text
    assert HOSTILE not in text
    assert "&lt;" in text
    csv = world.client.get(
        f"/destinations.csv?tab=shadow&period=7d&table=forwarding/shadow_orders&code={world.id(RUNNING)}"
    ).text
    assert f'"\'{FORMULA.replace(chr(34), chr(34) * 2)}"' in csv


@pytest.mark.parametrize(
    ("data", "vendor", "more", "why"),
    [
        (b"", "r46", {}, "no file was chosen"),
        (b"a,b\n1,2\n", "r46", {}, "the file has no column for id or date"),
        (CSV, "webhook", {}, "is no vendor"),
        (CSV, "../x", {}, "is no vendor"),
        (CSV, "r46", {"clock": "Berlin"}, "is no time zone"),
        (CSV, "r46", {"encoding": "rot13"}, "is none of"),
    ],
)
def test_an_upload_that_means_nothing_keeps_nothing_and_says_why(
    world: World, data: bytes, vendor: str, more: dict[str, str], why: str
) -> None:
    assert why in upload(world, data, vendor, **more).text
    assert world.control.vendor_exports.of(SHOP.shop_id) == []


def test_viewers_see_and_change_nothing_and_a_shared_link_shows_no_orders() -> None:
    viewer = World(role="viewer")
    assert upload(viewer).status == 403
    assert viewer.control.vendor_exports.of(SHOP.shop_id) == []
    text = viewer.page(tab="shadow").text
    assert "shadow_upload" not in text
    upload_once(viewer)
    assert len(rows(viewer, "orders")) == 6
    assert [row["who"] for row in rows(viewer, "exports")] == [None]
    shared = World(role="share")
    upload_once(shared)
    told = shared.page(tab="shadow").text
    assert "o2" not in words(shared.page(tab="shadow")).split()
    assert "shadow_undo" not in told
    assert rows(shared, "exports") == []


def upload_once(world: World) -> None:
    """What somebody else uploaded."""
    owner = World()
    upload(owner)
    there = owner.control
    (export,) = there.vendor_exports.of(SHOP.shop_id)
    world.control.vendor_exports.add(
        SHOP.shop_id,
        "r46",
        export.summary,
        there.vendor_exports.rows(SHOP.shop_id, export.export_id),
        who="somebody",
        now=1.0,
    )


def test_an_upload_is_noted_with_whose_it_is(world: World) -> None:
    upload(world)
    (export,) = world.control.vendor_exports.of(SHOP.shop_id)
    assert export.who == "owner@kettles.example"
    assert [one.what for one in world.control.audit.of(SHOP.shop_id, installation=False)][:1] == [
        "destinations_shadow_upload"
    ]
