"""What a running forwarder sends of what it reads: segments, renaming, requests as they came, orders, lanes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from collector.event import DecimalText, Event, Item
from collector.record import RawRecord
from tests.destinations.recorder import Recorder, recorder
from tests.forwarder.hooks import asked, hook, ids, told
from tests.forwarder.running import Running, running


@pytest.fixture
def vendor() -> Iterator[Recorder]:
    with recorder() as found:
        yield found


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as found:
        yield found


def test_a_segment_limits_whom_it_is_told_of_and_without_it_everything_waits(
    shop: Running, vendor: Recorder
) -> None:
    shop.control.segments.add("shop-1", "Loyal", "dynamic", "{}", shop.clock())
    one = hook(shop, vendor, segment="Loyal")
    shop.start()
    mine, other = shop.event(device_id="d-1"), shop.event(device_id="d-2")
    shop.happens(mine, other)
    assert "Loyal" in shop.paused(one, "r_config").told
    shop.segments["Loyal"] = lambda event: event.device_id == "d-1"
    asked(shop, one, kind="resume")
    shop.settled(one, 2)
    assert shop.counted(one) == {"delivered": 1, "skipped": 1}
    assert ids(vendor) == [mine.event_id]


def test_fields_are_renamed_for_one_destination_alone(shop: Running, vendor: Recorder) -> None:
    plain = hook(shop, vendor)
    one = hook(shop, vendor, "Renamed", fields={"user_id": "email", "device_id": ""})
    shop.start()
    shop.happens(shop.event(device_id="d-1", email="ann@example.org", items=(Item(item_id="5"),)))
    shop.settled(one, 1)
    shop.settled(plain, 1)
    (renamed,), (whole,) = told(vendor, "Renamed"), told(vendor)
    assert (renamed["user_id"], "device_id" in renamed) == ("ann@example.org", False)
    assert ("user_id" in whole, whole["device_id"]) == (False, "d-1")


PUSH = b'{"shop_id":"464646464646464646464646464646", "event":"view","did":"d-1", "items":[{"id":"5"}],"more":1.50}'


def test_a_raw_request_is_passed_on_as_it_came_but_for_whose_it_is(shop: Running, vendor: Recorder) -> None:
    one = shop.add("r46", base_url=vendor.url, shop_id="theirs", relay_raw="on")
    shop.start()
    raw = RawRecord(
        method="POST", path="/push", query="a=1", content_type="application/json", body=PUSH.decode()
    )
    item = (Item(item_id="5"),)
    raws = shop.happens(shop.event(items=item), shop.event(items=item), raw=raw)
    other = shop.happens(shop.event(items=item), vendor="yespo", endpoint="yespo.event", raw=raw)
    outcomes = shop.settled(one, 3)
    bodies = {got.body for got in vendor.got}
    assert bodies >= {
        PUSH.replace(b'"464646464646464646464646464646", ', b'"theirs",').replace(b'", "', b'","')
    }
    assert len(vendor.got) == 2
    assert {got.query for got in vendor.got} == {"", "a=1"}
    assert outcomes[other[0].event_id].request_id not in {outcomes[one.event_id].request_id for one in raws}
    assert {got.state for got in outcomes.values()} == {"delivered"}


def test_an_order_that_was_passed_on_as_it_came_is_not_told_again(shop: Running, vendor: Recorder) -> None:
    one = shop.add("r46", base_url=vendor.url, shop_id="theirs", relay_raw="on")
    raw = RawRecord(method="POST", path="/push", content_type="application/json", body=PUSH.decode())
    (whole,) = shop.happens(
        shop.event("purchase", order_key="A-1", transaction_id="A-1", items=(Item(item_id="5"),)), raw=raw
    )
    lines = _lines(shop, 2)
    shop.happens(lines[0], vendor="retailrocket", endpoint="rr.api")
    shop.start()
    shop.settled(one, 2)
    shop.happens(lines[1], vendor="retailrocket", endpoint="rr.api")
    shop.settled(one, 3)
    assert shop.states(one) == {whole.event_id: "delivered"}
    assert [(got.path, b"theirs" in got.body) for got in vendor.got] == [("/push", True)]
    assert shop.counted(one) == {"delivered": 1, "skipped": 2}


def test_a_row_of_an_order_that_others_tell_is_not_passed_on(shop: Running, vendor: Recorder) -> None:
    one = shop.add("r46", base_url=vendor.url, shop_id="theirs", relay_raw="on")
    raw = RawRecord(method="POST", path="/push", content_type="application/json", body=PUSH.decode())
    (line,) = _lines(shop, 1)
    shop.happens(line, vendor="retailrocket", endpoint="rr.api")
    shop.happens(
        shop.event("purchase", order_key="A-1", transaction_id="A-1", items=(Item(item_id="5"),)), raw=raw
    )
    shop.start()
    shop.settled(one, 2)
    assert shop.counted(one) == {"delivered": 1, "skipped": 1}
    (got,) = vendor.got
    assert got.json()["order_id"] == "A-1"


def _lines(shop: Running, count: int) -> list[Event]:
    return [
        shop.event(
            "purchase",
            is_line=True,
            order_key="A-1",
            transaction_id="A-1",
            items=(Item(item_id=str(number), price=DecimalText("5"), quantity=DecimalText("1")),),
        )
        for number in range(count)
    ]


def test_lines_of_an_order_in_the_logs_of_several_workers_are_one_order(
    shop: Running, vendor: Recorder
) -> None:
    one = shop.add("r46", base_url=vendor.url, shop_id="theirs", order_settle_s="60")
    lines = _lines(shop, 4)
    for number, line in enumerate(lines[:2]):
        shop.happens(line, vendor="retailrocket", endpoint="rr.api", worker=f"w{number}")
    shop.start()
    shop.until(lambda: shop.health(one).held == 1, one)
    shop.stop()
    for number, line in enumerate(lines[2:]):
        shop.happens(line, vendor="retailrocket", endpoint="rr.api", worker=f"w{number}")
    shop.start()
    outcomes = shop.settled(one, 4)
    (got,) = vendor.got
    assert sorted(item["id"] for item in got.json()["items"]) == ["0", "1", "2", "3"]
    assert {outcome.state for outcome in outcomes.values()} <= {"delivered", "delivered_with_loss"}


def test_an_order_waits_for_the_worker_whose_log_is_behind(shop: Running, vendor: Recorder) -> None:
    """Read late, one log is far ahead of the other in time: their lines are one order all the same."""
    one = shop.add("r46", base_url=vendor.url, shop_id="theirs", order_settle_s="60", events=("purchase",))
    lines, began = _lines(shop, 2), shop.moment(-7200)
    shop.happens(lines[0], vendor="retailrocket", endpoint="rr.api", worker="w0", received_at=began)
    _filler(shop, "w0", [-7100 + second for second in range(20)], 60_000)
    _filler(shop, "w1", [-9000 + second for second in range(20)], 60_000)
    shop.happens(
        lines[1], vendor="retailrocket", endpoint="rr.api", worker="w1", received_at=shop.moment(-7190)
    )
    shop.start()
    outcomes = shop.settled(one, 42)
    assert {outcome.state for outcome in outcomes.values()} <= {"delivered", "delivered_with_loss"}
    assert len(vendor.got) == 1


def _filler(shop: Running, worker: str, seconds: Sequence[int], size: int) -> None:
    """Requests that the destination does not want, received then."""
    for second in seconds:
        event = shop.event("page_view", props={"text": "x" * size})
        shop.happens(event, worker=worker, received_at=shop.moment(second))


def test_fewer_lanes_do_not_let_a_visitor_s_later_event_overtake(shop: Running, vendor: Recorder) -> None:
    one = shop.add(
        "retailrocket", secrets={"api_key": "kkkkkkk"}, base_url=vendor.url, partner_id="p", lanes="8"
    )
    shop.control.destinations.pause(one.destination_id, shop.clock())
    shop.start()
    for number in range(40):
        shop.happens(shop.event(device_id=f"d-{number % 4}", items=(Item(item_id=str(number)),)))
    shop.until(lambda: shop.health(one).waiting == 40, one)
    shop.control.destinations.change(
        one.destination_id, options={"lanes": "3", "batch_events": "2"}, now=shop.clock()
    )
    for number in range(40, 60):
        shop.happens(shop.event(device_id=f"d-{number % 4}", items=(Item(item_id=str(number)),)))
    shop.until(lambda: shop.health(one).waiting == 60, one)
    shop.control.destinations.resume(one.destination_id, shop.clock())
    shop.settled(one, 60)
    told = [next(iter(envelope.values()))["productId"] for got in vendor.got for envelope in got.json()]
    for visitor in range(4):
        mine = [number for number in told if number % 4 == visitor]
        assert mine == sorted(mine)
