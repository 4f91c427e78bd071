"""Every edge case of attribution, from the record in the log to the answer of the page.

The rules stand in docs/attribution.md. Each test is one case, in the order in which the rules
list them; random worlds and single rules are tested elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.reading.credentials import digest
from tests.dashboard.edge_shop import LATER, MAILING, SEARCH, EdgeShop, at

DAY = 24 * 60
KEPT = [("kettle", "dynamic", "10.0000")]
LOST = [("kettle", None, "10.0000")]
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[EdgeShop]:
    opened = EdgeShop(tmp_path, secret_sha256=digest("hush"))
    yield opened
    opened.store.close()


def test_a_touch_of_another_session_counts_under_a_lookback_and_not_under_a_session(shop: EdgeShop) -> None:
    shop.view(0)
    shop.order(300, **LATER)
    assert shop.credit() == LOST
    assert shop.why() == [("click", "dynamic", "other_session")]
    assert shop.credit(preset="retail_rocket_item") == KEPT
    assert shop.why(preset="retail_rocket_item") == [("click", "dynamic", "kept_by_last")]


def test_of_several_tools_on_one_item_the_last_wins_and_models_split(shop: EdgeShop) -> None:
    shop.view(0)
    shop.view(1, **SEARCH)
    shop.order(5)
    assert shop.parts() == {
        "full_search": "10.0000",
        "dynamic": "0.0000",
        "unattributed": "0.0000",
        "revenue": "10.0000",
    }
    assert shop.parts(model="first")["dynamic"] == "10.0000"
    for model in ("linear", "position", "shapley", "markov"):
        found = shop.parts(model=model)
        assert (found["dynamic"], found["full_search"], found["unattributed"]) == (
            "5.0000",
            "5.0000",
            "0.0000",
        )


def test_different_tools_take_different_lines_of_one_order(shop: EdgeShop) -> None:
    shop.view(0)
    shop.view(1, "lid", **SEARCH)
    shop.order(5, ("kettle", "1", "10"), ("lid", "2", "3"), ("mug", "1", "4"))
    assert shop.credit() == [
        ("kettle", "dynamic", "10.0000"),
        ("lid", "full_search", "6.0000"),
        ("mug", None, "4.0000"),
    ]
    assert shop.parts() == {
        "dynamic": "10.0000",
        "full_search": "6.0000",
        "unattributed": "4.0000",
        "revenue": "20.0000",
    }


def test_an_order_opened_from_a_mailing_with_lines_from_blocks_is_in_both_families_and_never_added(
    shop: EdgeShop,
) -> None:
    shop.view(0, "lid", **MAILING)
    shop.view(1)
    shop.order(5, ("kettle", "1", "10"), ("lid", "1", "5"))
    assert shop.parts() == {"dynamic": "10.0000", "unattributed": "5.0000", "revenue": "15.0000"}
    (message,) = shop.tables("recommendations")["recommendations/messages"]["rows"]
    assert (message["recommended_by"], message["recommended_code"]) == ("bulk", "spring")
    assert (message["orders"], message["message_revenue"], message["share"]) == (1, "15.0000", 1.0)


def test_a_partial_removal_keeps_the_credit(shop: EdgeShop) -> None:
    shop.add(0, quantity="2", recommended_by="dynamic", recommended_code="blk-1")
    shop.remove(1)
    shop.order(5)
    assert shop.credit() == KEPT


def test_a_full_removal_ends_the_credit(shop: EdgeShop) -> None:
    shop.add(0, quantity="2", recommended_by="dynamic", recommended_code="blk-1")
    shop.remove(1)
    shop.remove(2)
    shop.order(5)
    assert shop.credit() == LOST
    assert shop.why() == [("add", "dynamic", "removed_from_cart")]


def test_after_a_full_removal_a_later_add_by_search_wins(shop: EdgeShop) -> None:
    shop.add(0, recommended_by="dynamic", recommended_code="blk-1")
    shop.remove(1)
    shop.add(2, **SEARCH)
    shop.order(5)
    assert shop.credit() == [("kettle", "full_search", "10.0000")]
    assert shop.why() == [("add", "dynamic", "removed_from_cart"), ("add", "full_search", "kept_last")]


def test_a_cancelled_order_is_booked_but_not_net_and_stays_in_its_period(shop: EdgeShop) -> None:
    shop.view(0)
    shop.order(5)
    cancelled = {"shop_id": "shop-1", "shop_secret": "hush", "orders": [{"id": "o1", "status": "cancelled"}]}
    shop.wire(5 * DAY, "/sync/orders", cancelled)
    assert shop.listed() == [("o1", "10.0000", "EUR")]
    assert shop.parts() == {"dynamic": "10.0000", "unattributed": "0.0000", "revenue": "10.0000"}
    assert shop.parts(preset="strict") == {"dynamic": "0.0000", "unattributed": "0.0000", "revenue": "0.0000"}
    assert shop.parts(money="net")["revenue"] == "0.0000"
    assert shop.listed(since="2026-03-14", to="2026-03-16") == []


def test_an_edited_order_counts_by_its_last_version_at_its_first_time(shop: EdgeShop) -> None:
    shop.view(0)
    shop.order(5)
    shop.view(6, "lid", **SEARCH)
    shop.order(8, ("kettle", "1", "8"), ("lid", "1", "3"), version="edited", value="11")
    assert shop.listed() == [("o1", "11.0000", "EUR")]
    assert shop.credit() == [("kettle", "dynamic", "8.0000"), ("lid", None, "3.0000")]
    assert shop.parts() == {
        "dynamic": "8.0000",
        "full_search": "0.0000",
        "unattributed": "3.0000",
        "revenue": "11.0000",
    }


def test_a_thank_you_page_that_is_opened_again_makes_no_second_order(shop: EdgeShop) -> None:
    shop.view(0)
    for minute in (5, 6, 500, 3 * DAY):
        shop.order(minute)
    assert shop.listed() == [("o1", "10.0000", "EUR")]
    assert shop.parts() == {"dynamic": "10.0000", "unattributed": "0.0000", "revenue": "10.0000"}


def test_browser_and_server_copies_are_one_order_with_amounts_of_the_server_and_identity_of_the_browser(
    shop: EdgeShop,
) -> None:
    shop.view(0)
    shop.order(5, version="browser")
    server: dict[str, Any] = {"device_id": None, "session_id": None, "value": "9"}
    shop.order(6, ("kettle", "1", "9"), version="server", **server)
    assert shop.listed() == [("o1", "9.0000", "EUR")]
    assert shop.credit() == [("kettle", "dynamic", "9.0000")]


def test_an_order_split_in_two_within_five_minutes_is_served_twice_by_its_touch(shop: EdgeShop) -> None:
    shop.view(0)
    shop.order(5, key="o1")
    shop.order(10, key="o2")
    shop.order(16, key="o3")
    assert [shop.credit(key) for key in ("o1", "o2", "o3")] == [KEPT, KEPT, LOST]
    assert shop.why("o3") == [("click", "dynamic", "used_by_earlier_purchase")]


def test_a_variant_that_was_not_clicked_is_credited_where_the_group_is_known_and_matched(
    shop: EdgeShop,
) -> None:
    shop.view(0, "kettle-red", group="kettle")
    shop.order(5, ("kettle-blue", "1", "10", "kettle"))
    shop.order(5, ("mug-blue", "1", "4"), key="o2")
    assert shop.credit() == [("kettle-blue", None, "10.0000")]
    assert shop.why() == [("click", "dynamic", "other_variant")]
    assert shop.credit(preset="retail_rocket_item") == [("kettle-blue", "dynamic", "10.0000")]
    assert shop.credit("o2", preset="retail_rocket_item") == [("mug-blue", None, "4.0000")]


def test_a_gift_line_is_in_the_direct_orders_and_not_in_the_conversion(shop: EdgeShop) -> None:
    shop.view(0, "sample")
    shop.order(5, ("sample", "1", "0"), ("mug", "1", "4"))
    row = shop.tool("dynamic")
    assert (row["direct_orders"], row["direct_revenue"]) == (1, "0.0000")
    assert (row["clickers"], row["buyers"], row["conversion"]) == (1, 0, 0.0)


def test_an_order_without_a_device_is_in_the_totals_and_the_coverage_but_not_attributed(
    shop: EdgeShop,
) -> None:
    shop.view(0)
    shop.order(5)
    shop.order(6, key="o2", device_id=None, session_id=None)
    assert shop.parts() == {"dynamic": "10.0000", "unattributed": "10.0000", "revenue": "20.0000"}
    row = shop.tool("dynamic")
    assert (row["orders"], row["attributable"]) == (2, 1)
    assert shop.credit("o2") == LOST


def test_an_order_without_consent_keeps_its_amount_and_nobodys_name(shop: EdgeShop) -> None:
    shop.view(0)
    bought = {"items": [{"id": "kettle", "amount": 1, "price": 10}], "order_id": "o1", "order_price": 10}
    who = {"shop_id": "shop-1", "did": "dev-1", "sid": "s-1", "email": "ann@example.org"}
    shop.wire(5, "/push", {**who, "event": "purchase", **bought}, sec_gpc="1")
    assert shop.listed() == [("o1", "10.0000", "EUR")]
    assert shop.credit() == LOST
    assert shop.parts() == {"dynamic": "0.0000", "unattributed": "10.0000", "revenue": "10.0000"}
    assert "ann@example.org" not in str(shop.tables("orders", "o1"))


def test_a_payment_providers_referrer_is_no_source_and_no_reset(shop: EdgeShop) -> None:
    """The way back from the provider begins another session, and still nothing is ended or earned by it."""
    shop.view(0)
    page: dict[str, Any] = {"page_url": "https://shop.example/thanks"}
    shop.send("page_view", 10, referrer="https://www.paypal.com/checkoutnow", **page, **LATER)
    shop.order(12, **page, **LATER)
    assert shop.credit(preset="retail_rocket_check") == KEPT
    sources = shop.tables("campaigns")["campaigns/sources"]["rows"]
    assert "paypal" not in str(sources)


def test_a_session_that_a_mailing_or_search_engine_brought_does_reset_under_that_rule(shop: EdgeShop) -> None:
    """The counterpart of the payment provider: the same visit from a search engine ends the credit."""
    shop.view(0)
    page: dict[str, Any] = {"page_url": "https://shop.example/"}
    shop.send("page_view", 10, referrer="https://www.google.com/", **page, **LATER)
    shop.order(12, **page, **LATER)
    assert shop.credit(preset="retail_rocket_check") == LOST
    assert shop.why(preset="retail_rocket_check") == [("click", "dynamic", "reset_by_source")]
    assert shop.credit(preset="retail_rocket_item") == KEPT


def test_a_clock_that_runs_two_hours_ahead_is_set_right_by_the_time_of_receipt(shop: EdgeShop) -> None:
    """Touch and order lie 4 minutes apart and are received at once; their clock says 14:00."""
    ahead = int((at(124)).timestamp() * 1000)
    call = ["track", "view", {"id": "kettle"}]
    bought = [
        "track",
        "purchase",
        {"order": "o1", "order_price": 10, "products": [{"id": "kettle", "amount": 1, "price": 10}]},
    ]
    envelope = {
        "v": 1,
        "shop_id": "shop-1",
        "did": "AH5aEvmlqn",
        "sid": "cIxzHQJbUo",
        "sent": ahead,
        "page": "https://shop.example/p/kettle",
        "events": [
            {
                "eid": "Ev00000000000000000A",
                "t": ahead - 240_000,
                "call": call,
                "by": "dynamic",
                "code": "blk-1",
            },
            {"eid": "Ev00000000000000000B", "t": ahead, "call": bought},
        ],
    }
    shop.wire(4, "/collect", envelope, user_agent="Mozilla/5.0 Firefox/140.0")
    (row,) = shop.tables("orders")["orders/list"]["rows"]
    assert row["placed_at"] == "2026-03-10T12:04:00"
    (touch,) = shop.tables("orders", "o1")["attribution/rees46_why"]["rows"]
    assert (touch["occurred_at"], touch["reason"]) == ("2026-03-10T12:00:00", "kept_last")


def test_a_touch_that_comes_two_days_late_is_credited_by_its_own_time(shop: EdgeShop) -> None:
    shop.order(5)
    assert shop.credit() == LOST
    shop.view(0, came=2 * DAY)
    assert shop.credit() == KEPT
    assert shop.parts() == {"dynamic": "10.0000", "unattributed": "0.0000", "revenue": "10.0000"}


def test_a_robot_is_stored_and_earns_nothing(shop: EdgeShop) -> None:
    shop.view(0, agent=ROBOT)
    shop.order(5)
    shop.order(6, key="o2", device_id="dev-2", session_id="s-9", agent=ROBOT)
    assert shop.listed() == [("o1", "10.0000", "EUR")]
    assert shop.credit() == LOST
    assert shop.why() == [("click", "dynamic", "bot")]
    assert shop.parts() == {"unattributed": "10.0000", "revenue": "10.0000"}


def test_a_driven_browser_is_kept_apart_counted_and_says_why(shop: EdgeShop) -> None:
    sent = int(at(0).timestamp() * 1000)
    call = ["track", "view", {"id": "kettle"}]
    envelope = {"v": 1, "shop_id": "shop-1", "did": "AH5aEvmlqn", "sid": "cIxzHQJbUo", "sent": sent, "wd": 1}
    events = [{"eid": "Ev00000000000000000A", "t": sent, "call": call, "by": "dynamic", "code": "blk-1"}]
    shop.wire(
        0, "/collect", {**envelope, "page": "https://shop.example/", "events": events}, user_agent="Firefox"
    )
    shop.order(5)
    assert shop.credit() == LOST
    codes = shop.tables("quality", tab="ignored")["quality/codes"]["rows"]
    assert [(row["code"], row["events"]) for row in codes] == [
        ("bot_webdriver", 1),
        ("field_format:shop_id", 1),
    ]


def test_days_in_which_a_touch_can_still_earn_are_immature(shop: EdgeShop) -> None:
    shop.view(0)
    shop.order(5)
    now = datetime(2026, 3, 11, 11, tzinfo=UTC)

    def immature(preset: str, moment: datetime) -> list[str]:
        rows = shop.tables("recommendations", preset=preset, now=moment)["recommendations/trend"]["rows"]
        return [row["step"][8:10] for row in rows if row["immature"]]

    assert immature("rees46", now) == ["11"]
    assert immature("mapp", now) == ["10", "11"]
    assert immature("einstein", now + timedelta(days=5)) == ["09", "10", "11", "12"]
    assert immature("einstein", now + timedelta(days=9)) == []


def test_amounts_of_different_currencies_are_never_added(shop: EdgeShop) -> None:
    shop.view(0)
    shop.view(0, device_id="dev-2", session_id="s-9")
    shop.order(5)
    shop.order(6, ("kettle", "1", "7"), key="o2", device_id="dev-2", session_id="s-9", currency="USD")
    rows = shop.tables("recommendations")["recommendations/tools"]["rows"]
    assert [(row["part"], row["currency"], row["direct_revenue"], row["revenue"]) for row in rows] == [
        ("tool", "EUR", "10.0000", "10.0000"),
        ("tool", "USD", "7.0000", "7.0000"),
        ("unattributed", "EUR", "0.0000", "10.0000"),
        ("unattributed", "USD", "0.0000", "7.0000"),
    ]
    claims = shop.tables("claims")["claims/presets"]["rows"]
    assert {(row["currency"], row["revenue"]) for row in claims} == {("EUR", "10.0000"), ("USD", "7.0000")}


# Identity: devices of one person are one visitor. What happened on a device before it was another's stays.

ANN: dict[str, Any] = {"user_id": "u-1", "email": "ann@example.org"}
BOB: dict[str, Any] = {"user_id": "u-2", "email": "bob@example.org"}
PHONE: dict[str, Any] = {"device_id": "dev-2", "session_id": "s-7"}


def test_a_login_in_mid_checkout_splits_neither_cart_nor_credit(shop: EdgeShop) -> None:
    shop.add(0, recommended_by="dynamic", recommended_code="blk-1")
    shop.send("identify", 3, **ANN)
    shop.order(5, **ANN)
    assert shop.credit() == KEPT
    assert shop.parts() == {"dynamic": "10.0000", "unattributed": "0.0000", "revenue": "10.0000"}


def test_a_touch_on_one_device_is_credited_for_an_order_of_the_same_person_on_another(shop: EdgeShop) -> None:
    shop.view(0)
    shop.send("identify", 1, **ANN)
    shop.send("identify", 60, **ANN, **PHONE)
    shop.order(61, **PHONE)
    assert shop.credit() == LOST
    assert shop.credit(preset="retail_rocket_item") == KEPT


def test_a_device_that_changes_its_owner_takes_no_touch_of_the_earlier_one_along(shop: EdgeShop) -> None:
    shop.view(0)
    shop.send("identify", 1, **ANN)
    shop.view(300, "lid", **SEARCH, **LATER)
    shop.send("identify", 301, **BOB, **LATER)
    shop.order(302, ("kettle", "1", "10"), ("lid", "1", "3"), **LATER)
    assert shop.credit(preset="retail_rocket_item") == [
        ("kettle", None, "10.0000"),
        ("lid", "full_search", "3.0000"),
    ]
