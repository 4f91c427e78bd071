"""Whole orders out of rows: what is sent, when, and that every row has one fate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from collector.event import Event
from collector.forwarder.orders import Order, Step, due, key_of, side, step
from tests.forwarder.events import NOON, at, event, item, line, whole

SETTLE = 60.0


@dataclass
class Desk:
    """Takes rows as the forwarder does, the state kept as JSON in between; notes what is sent and every fate."""

    vendor: str = "retailrocket"
    endpoint: str = "rr.api"
    kept: bytes | None = None
    sent: list[Event] = field(default_factory=list)
    fates: list[tuple[str, str]] = field(default_factory=list)

    def take(self, seconds: float, told: Event, endpoint: str = "", vendor: str = "") -> None:
        where = endpoint or self.endpoint
        found = step(
            self.order,
            told,
            vendor=vendor or self.vendor,
            endpoint=where,
            now=at(seconds),
            settle_s=SETTLE,
        )
        self._done(found)
        if found.code:
            self.fates.append((told.event_id, found.code))

    def pass_to(self, seconds: float) -> None:
        if self.order and (found := due(self.order, now=at(seconds), settle_s=SETTLE)):
            self._done(found)

    @property
    def order(self) -> Order | None:
        return None if self.kept is None else msgspec.json.decode(self.kept, type=Order)

    def _done(self, found: Step) -> None:
        if found.ready is not None:
            self.sent.append(found.ready)
        self.fates += [(name, "sent") for name in found.joined] + list(found.fates.items())
        self.kept = None if found.order is None else msgspec.json.encode(found.order)


def test_lines_become_one_purchase_a_minute_after_the_last() -> None:
    desk = Desk()
    first = line(
        "e1", "123456", "2", "1990.5", stock="msk-2", device_id="dev9f2", ts=at(-5), ts_source="client"
    )
    desk.take(0, replace(first, currency="EUR", notes=("currency_defaulted",), pointer="/0", seq=3))
    desk.take(30, line("e2", "234567", "1", "500", currency="EUR", user_id="u5", ts=at(-9)))
    desk.pass_to(89.9)
    assert desk.sent == []
    desk.pass_to(90)
    assert desk.sent == [
        event(
            "purchase",
            "e1",
            order_key="A-1",
            transaction_id="A-1",
            items=(
                item("123456", "2", price="1990.5", location_id="msk-2"),
                item("234567", "1", price="500"),
            ),
            ts=at(-9),
            currency="EUR",
            device_id="dev9f2",
            user_id="u5",
            notes=("currency_defaulted",),
            pointer="/0",
            seq=3,
        )
    ]
    assert desk.fates == [("e1", "sent"), ("e2", "sent")]


def test_equal_lines_stay_beside_each_other_but_one_row_told_twice_is_one() -> None:
    desk = Desk()
    for event_id in ("e1", "e2", "e1"):
        desk.take(1, line(event_id, "37", "1", "10"))
    desk.pass_to(100)
    assert [len(sent.items) for sent in desk.sent] == [2]
    assert desk.fates == [("e1", "s_duplicate"), ("e1", "sent"), ("e2", "sent")]


def test_a_row_with_items_is_the_order_at_once_and_its_lines_are_left_out() -> None:
    desk = Desk(vendor="exponea", endpoint="exponea.event")
    header = whole("e2", item("37", "2", price="10"), value="20", currency="EUR")
    desk.take(0, line("e1", "37", "2"))
    desk.take(1, header)
    desk.take(2, line("e3", "37", "2"))
    desk.pass_to(1000)
    assert desk.sent == [header]
    assert desk.fates == [("e2", "sent"), ("e1", "s_order_row"), ("e3", "s_order_row")]


def test_a_row_without_items_joins_its_lines_whichever_comes_first() -> None:
    header = whole("h", value="25", currency="EUR", coupon="SPRING", shipping="5", user_id="u5")
    lines = [line("e1", "37", "1", "10", device_id="d1"), line("e2", "38", "1", "10", coupon="OTHER")]
    told = []
    for rows in ([header, *lines], [*lines, header], [lines[0], header, lines[1]]):
        desk = Desk(vendor="exponea", endpoint="exponea.event")
        for seconds, row in enumerate(rows):
            desk.take(seconds, row)
        desk.pass_to(100)
        (sent,) = desk.sent
        assert sorted(desk.fates) == [("e1", "sent"), ("e2", "sent"), ("h", "sent")]
        assert sent.event_id == rows[0].event_id
        told.append(replace(sent, event_id=""))
    expected = whole(
        "",
        *(one.items[0] for one in lines),
        value="25",
        currency="EUR",
        coupon="SPRING",
        shipping="5",
        user_id="u5",
        device_id="d1",
    )
    assert told == [expected] * 3


def test_a_later_row_with_items_takes_up_one_that_came_without() -> None:
    desk = Desk(vendor="exponea", endpoint="exponea.event")
    desk.take(0, whole("h1", coupon="SPRING", user_id="u5"))
    desk.take(1, line("e1", "37"))
    desk.take(2, whole("h2", item("37"), value="10"))
    assert desk.sent == [whole("h2", item("37"), value="10", coupon="SPRING", user_id="u5")]
    assert desk.fates == [("h1", "sent"), ("h2", "sent"), ("e1", "s_order_row")]


def test_a_row_without_items_and_without_lines_is_sent_as_it_is_after_a_minute() -> None:
    desk = Desk(vendor="rees46", endpoint="rees46.push")
    desk.take(0, whole("h", value="25"))
    desk.pass_to(60)
    assert desk.sent == [whole("h", value="25")]


def test_what_only_lines_tell_counts_where_they_agree_and_their_value_never_does() -> None:
    desk = Desk()
    shared = {"payment_type": "card", "value": "30", "tax": "1"}
    desk.take(0, line("e1", "37", coupon="A", page_url="https://a", props={"x": 1, "y": 1}, **shared))
    desk.take(1, line("e2", "38", coupon="B", props={"x": 1, "y": 2, "z": 3}, **shared))
    desk.pass_to(100)
    (sent,) = desk.sent
    assert (sent.payment_type, sent.coupon, sent.page_url) == ("card", None, "https://a")
    assert (sent.value, sent.tax, sent.props) == (None, None, {"x": 1, "z": 3})


def test_identifiers_of_all_rows_are_told_and_the_first_of_a_kind_counts() -> None:
    desk = Desk()
    alias = {"type": "userId", "value": "u9"}
    desk.take(0, line("e1", "37", device_id="d1", ids={"card": "1"}, alias=(alias,)))
    desk.take(
        1,
        line("e2", "38", device_id="d2", email="a@example.org", ids={"card": "2", "tg": "3"}, alias=(alias,)),
    )
    desk.pass_to(100)
    (sent,) = desk.sent
    assert (sent.device_id, sent.email, sent.ids, sent.alias) == (
        "d1",
        "a@example.org",
        {"card": "1", "tg": "3"},
        (alias,),
    )


def test_lines_of_several_currencies_are_no_order() -> None:
    desk = Desk()
    desk.take(0, line("e1", "37", currency="EUR"))
    desk.take(1, line("e2", "38", currency="USD"))
    desk.pass_to(100)
    desk.take(101, line("e3", "39", currency="EUR"))
    assert desk.sent == []
    assert desk.fates == [
        ("e1", "u_mixed_currency"),
        ("e2", "u_mixed_currency"),
        ("e3", "u_late_order_line"),
    ]


def test_a_line_that_comes_after_the_order_was_sent_is_late() -> None:
    desk = Desk()
    desk.take(0, line("e1", "37"))
    desk.pass_to(60)
    desk.take(61, line("e2", "38"))
    desk.take(62, line("e1", "37"))
    assert [sent.items for sent in desk.sent] == [(item("37", "1", price="10"),)]
    assert desk.fates == [("e1", "sent"), ("e2", "u_late_order_line"), ("e1", "s_duplicate")]


def test_a_log_that_is_read_late_is_assembled_as_it_would_have_been_at_once() -> None:
    prompt, late = Desk(), Desk()
    rows = [(0, line("e1", "37")), (59, line("e2", "38")), (119, line("e3", "39"))]
    for seconds, row in rows:
        prompt.pass_to(seconds)
        prompt.take(seconds, row)
        late.take(seconds, row)
    prompt.pass_to(500)
    late.pass_to(500)
    assert prompt.sent == late.sent
    assert prompt.fates == late.fates == [("e1", "sent"), ("e2", "sent"), ("e3", "u_late_order_line")]


def test_a_line_of_the_same_product_and_place_replaces_the_earlier_after_a_minute() -> None:
    desk = Desk()
    desk.take(0, line("e1", "37", "1", stock="msk"))
    desk.take(50, line("e2", "38", "1", stock="msk"))
    desk.take(70, line("e3", "37", "5", stock="msk"))
    desk.take(71, line("e4", "37", "1", stock="spb"))
    desk.pass_to(200)
    (sent,) = desk.sent
    assert [(one.item_id, one.location_id, one.quantity) for one in sent.items] == [
        ("38", "msk", "1"),
        ("37", "msk", "5"),
        ("37", "spb", "1"),
    ]
    assert sent.event_id == "e2"
    assert desk.fates == [("e2", "sent"), ("e3", "sent"), ("e4", "sent"), ("e1", "s_order_row")]


def test_a_row_that_is_read_after_a_later_one_is_no_edit_of_it() -> None:
    desk = Desk()
    desk.take(100, line("e1", "37", "1"))
    desk.take(70, line("e2", "37", "2"))
    desk.pass_to(159)
    assert desk.sent == []
    desk.pass_to(160)
    assert [[one.quantity for one in sent.items] for sent in desk.sent] == [["1", "2"]]


@pytest.mark.parametrize(
    ("vendor", "first", "other", "other_vendor"),
    [
        ("retailrocket", "rr.api", "rr.web", "retailrocket"),
        ("yespo", "yespo.orders", "yespo.web", "yespo"),
        ("retailrocket", "rr.web", "rees46.push", "rees46"),
        ("intempt", "intempt.track", "exponea.bulk", "exponea"),
    ],
)
def test_the_vendor_and_surface_that_came_first_tells_the_order_and_no_other(
    vendor: str, first: str, other: str, other_vendor: str
) -> None:
    desk = Desk(vendor, first)
    desk.take(0, line("e1", "37"))
    desk.take(1, line("e2", "37"), other, other_vendor)
    desk.take(2, whole("h", item("37"), value="99"), other, other_vendor)
    desk.take(3, line("e3", "38"))
    desk.pass_to(100)
    desk.take(101, line("e4", "38"), other, other_vendor)
    assert [[one.item_id for one in sent.items] for sent in desk.sent] == [["37", "38"]]
    assert desk.fates == [
        ("e2", "s_order_row"),
        ("h", "s_order_row"),
        ("e1", "sent"),
        ("e3", "sent"),
        ("e4", "s_order_row"),
    ]


def test_endpoints_of_one_surface_tell_one_order_together() -> None:
    sides = {(vendor, endpoint): side(vendor, endpoint) for vendor, endpoint in _ENDPOINTS}
    assert sides == {
        ("retailrocket", "rr.api"): "rr.api",
        ("retailrocket", "rr.batch"): "rr.api",
        ("retailrocket", "rr.web"): "rr.web",
        ("yespo", "yespo.orders"): "yespo.orders",
        ("yespo", "yespo.web"): "yespo.web",
        ("exponea", "exponea.event"): "exponea",
        ("exponea", "exponea.batch"): "exponea",
        ("rees46", "rees46.orders"): "rees46",
    }


_ENDPOINTS: Sequence[tuple[str, str]] = (
    ("retailrocket", "rr.api"),
    ("retailrocket", "rr.batch"),
    ("retailrocket", "rr.web"),
    ("yespo", "yespo.orders"),
    ("yespo", "yespo.web"),
    ("exponea", "exponea.event"),
    ("exponea", "exponea.batch"),
    ("rees46", "rees46.orders"),
)


@pytest.mark.parametrize(
    ("again", "code"),
    [
        (whole("h2", item("37", "2", price="10"), value="20"), "s_order_row"),
        (whole("h2", item("37", "2", price="10")), "s_order_row"),
        (whole("h2", value="20"), "s_order_row"),
        (whole("h2", item("37", "3", price="10"), value="20"), "u_late_order_line"),
        (whole("h2", item("37", "2", price="9")), "u_late_order_line"),
        (whole("h2", item("37", "2", price="10"), value="19"), "u_late_order_line"),
        (whole("h2", order_status="cancelled"), "u_late_order_line"),
    ],
)
def test_a_second_report_of_a_sent_order_is_shown_only_if_it_says_something_else(
    again: Event, code: str
) -> None:
    desk = Desk(vendor="rees46", endpoint="rees46.push")
    desk.take(0, whole("h1", item("37", "2", price="10"), value="20"))
    desk.take(5, again, "rees46.orders")
    assert [sent.event_id for sent in desk.sent] == ["h1"]
    assert desk.fates == [("h1", "sent"), ("h2", code)]


def test_states_are_told_at_once_but_only_those_of_the_order_s_vendor() -> None:
    desk = Desk("yespo", "yespo.web")
    status = event("order_status", "s1", order_key="A-1", transaction_id="A-1", order_status="DELIVERED")
    refund = event("refund", "r1", order_key="A-1", transaction_id="A-1", value="5")
    desk.take(0, whole("h1", item("37")))
    desk.take(1, status, "yespo.orders")
    desk.take(2, replace(status, event_id="s2"), "rees46.orders", "rees46")
    desk.take(3, refund, "rees46.orders", "rees46")
    assert desk.sent == [whole("h1", item("37")), status, refund]
    assert desk.fates == [("h1", "sent"), ("s1", "sent"), ("s2", "s_order_row"), ("r1", "sent")]


def test_the_state_of_an_order_that_was_never_seen_is_told() -> None:
    desk = Desk("yespo", "yespo.orders")
    status = event("order_status", "s1", order_key="A-1", order_status="DELIVERED")
    desk.take(0, status)
    assert (desk.sent, desk.kept) == ([status], None)


def test_rows_without_an_order_id_are_orders_of_their_own() -> None:
    first, second = (event("purchase", name, items=(item("37"),)) for name in ("e1", "e2"))
    assert [key_of(first), key_of(second)] == ["event:e1", "event:e2"]
    assert key_of(replace(first, transaction_id="A-1")) == "A-1"
    assert key_of(replace(first, transaction_id="A-1", order_key="evt-77")) == "evt-77"


def test_nothing_is_due_while_nothing_waits() -> None:
    desk = Desk()
    desk.take(0, whole("h", item("37")))
    assert desk.order is not None
    assert due(desk.order, now=NOON + timedelta(days=1), settle_s=0) is None
