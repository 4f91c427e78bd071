"""A destination reads, sends, waits and gives every event exactly one state."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.destinations.contract import Answer, Limits
from collector.event import DecimalText, Item
from collector.forwarder.again import Wanted
from collector.forwarder.packing import Packet
from collector.forwarder.replay import Asked
from tests.forwarder.world import NOON, SECRET, World, dead, fine, ids, kind, said, silent


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_happens_is_delivered_once_and_counted(world: World) -> None:
    first, second = world.event(), world.event(page_url="https://shop.example/")
    world.happens(first, second)
    world.goes(fine, seconds=5)
    assert world.states() == {first.event_id: "delivered", second.event_id: "delivered_with_loss"}
    assert world.health.counts == {"delivered": 1, "delivered_with_loss": 1}
    assert [one.code for one in world.reading.losses("2026-01-01", "2026-01-01")] == ["loss_page"]
    assert (world.health.condition, world.health.waiting) == ("running", 0)


def test_an_event_waits_a_moment_for_company_and_travels_with_it(world: World) -> None:
    world.happens(world.event())
    world.read()
    assert world.leaves() == []
    world.happens(world.event())
    world.now += 1
    world.read()
    assert [len(packet.commands) for packet in world.leaves()] == [2]


def test_a_lane_has_one_request_in_flight_and_keeps_the_order_of_time(world: World) -> None:
    late = world.event()
    world.now -= 30
    early = world.event()
    world.now += 30
    world.happens(late)
    world.happens(early)
    world.read()
    world.now += 1
    (packet,) = world.leaves() or pytest.fail("nothing left")
    assert ids(packet) == [early.event_id, late.event_id]
    world.happens(world.event())
    world.read()
    world.now += 5
    assert world.leaves() == []
    world.line.answered(packet, Answer(status=200, sent=True), world.now)
    assert len(world.leaves()) == 1


def test_a_request_is_tried_again_as_it_was_before_anything_newer_of_the_visitor(world: World) -> None:
    first = world.event()
    world.happens(first)
    world.goes(said(503), seconds=2)
    second = world.event()
    world.happens(second)
    world.goes(fine, seconds=600)
    assert [ids(packet) for _, packet in world.sent] == [[first.event_id]] * (len(world.sent) - 1) + [
        [second.event_id]
    ]
    assert world.outcomes()[first.event_id].tries >= 1
    assert not world.outcomes()[first.event_id].maybe


def test_what_was_sent_and_not_answered_is_marked_as_perhaps_delivered_twice(world: World) -> None:
    event = world.event()
    world.happens(event)
    world.goes(silent, seconds=2)
    world.goes(fine, seconds=600)
    assert world.states() == {event.event_id: "delivered"}
    assert world.outcomes()[event.event_id].maybe


def test_a_refused_event_is_found_by_halving_and_the_others_arrive_in_order(world: World) -> None:
    events = [world.event() for _ in range(9)]
    poison = events[5].event_id
    world.happens(*events)

    def vendor(packet: Packet) -> Answer:
        bad = poison in ids(packet)
        return Answer(status=400 if bad else 200, body=b"bad field" if bad else b"", sent=True)

    world.goes(vendor, seconds=60)
    expected = {event.event_id: "delivered" for event in events} | {poison: "failed r_rejected"}
    assert world.states() == expected
    assert world.outcomes()[poison].told == "400 bad field"
    arrived = [name for _, packet in world.sent for name in ids(packet) if poison not in ids(packet)]
    assert arrived == [event.event_id for event in events if event.event_id != poison]


def test_single_refusals_of_a_batch_fail_alone_and_secrets_are_not_repeated(world: World) -> None:
    events = [world.event() for _ in range(3)]
    world.happens(*events)
    world.goes(lambda packet: Answer(status=200, body=b"[1]", sent=True), seconds=3)
    assert list(world.states().values()).count("delivered") == 2
    assert world.outcomes()[events[1].event_id].told == "refused …"
    assert SECRET.encode() not in world.file.read_bytes()


def test_a_refused_key_pauses_and_nothing_is_lost(world: World) -> None:
    event = world.event()
    world.happens(event)
    world.goes(said(401), seconds=3600)
    assert (world.health.condition, world.health.code, world.health.waiting) == ("paused", "r_auth", 1)
    assert len(world.sent) == 1
    world.line.resume(world.now)
    world.goes(fine, seconds=2)
    assert world.states() == {event.event_id: "delivered"}


def test_a_pause_outlives_the_process(world: World) -> None:
    world.happens(world.event())
    world.goes(said(404), seconds=3)
    world.line.close(world.now)
    world.open()
    world.goes(fine, seconds=30)
    assert (world.health.condition, world.health.code, len(world.sent)) == ("paused", "r_config", 1)


def test_a_wrong_name_is_called_a_wrong_set_up_after_a_quarter_of_an_hour(world: World) -> None:
    world.happens(world.event())
    world.goes(lambda packet: Answer(fault="dns", text="no such host"), seconds=800)
    assert world.health.condition == "waiting"
    world.goes(lambda packet: Answer(fault="dns", text="no such host"), seconds=800)
    assert (world.health.condition, world.health.code) == ("paused", "r_config")


def test_retry_after_is_obeyed_by_the_whole_destination(world: World) -> None:
    world.happens(world.event(device_id="d-1"), world.event(device_id="d-2"), world.event(device_id="d-7"))
    world.goes(said(429, retry_after="120"), seconds=3)
    before = len(world.sent)
    world.goes(fine, seconds=100)
    assert len(world.sent) == before
    world.goes(fine, seconds=40)
    assert set(world.states().values()) == {"delivered"}


def test_an_event_expires_and_what_came_later_goes_on(world: World) -> None:
    old = world.event()
    world.happens(old)
    world.goes(dead, seconds=24 * 3600 + 600, step=30.0)
    young = world.event()
    world.happens(young)
    world.goes(fine, seconds=900)
    assert world.states() == {old.event_id: "expired x_expired", young.event_id: "delivered"}


def test_a_vendor_without_event_times_is_not_told_what_is_old(tmp_path: Path) -> None:
    world = World(tmp_path, plain=kind(Limits(commands=5, lanes=1), timeless=True))
    old = world.event()
    world.happens(old)
    world.goes(dead, seconds=3700, step=10.0)
    world.goes(fine, seconds=600)
    assert world.states() == {old.event_id: "undeliverable u_stale_no_event_time"}


def test_the_breaker_lets_one_request_try_at_a_time(world: World) -> None:
    for device in range(40):
        world.happens(world.event(device_id=f"d-{device}"))
    world.goes(dead, seconds=3600)
    assert world.health.condition == "waiting"
    assert world.health.code == "r_unreachable"
    assert len(world.sent) < 60
    gone = world.health.until
    world.now = gone + 1
    assert len(world.leaves()) == 1


def test_the_rate_is_never_exceeded_while_catching_up(tmp_path: Path) -> None:
    world = World(tmp_path, plain=kind(Limits(commands=1, lanes=8, rate=5)))
    for number in range(100):
        world.happens(world.event(device_id=f"d-{number}"))
    world.goes(fine, seconds=30, step=0.05)
    moments = [moment for moment, _ in world.sent]
    assert len(moments) == 100
    assert all(later - earlier > 0.99 for earlier, later in zip(moments, moments[5:], strict=False))


def test_what_was_in_flight_when_the_process_died_is_sent_again_and_marked(world: World) -> None:
    first, second = world.event(device_id="d-1"), world.event(device_id="d-1")
    world.happens(first)
    world.read()
    world.now += 2
    assert len(world.leaves()) == 1
    world.happens(second)
    world.open()
    world.goes(fine, seconds=3)
    assert world.states() == {first.event_id: "delivered", second.event_id: "delivered"}
    assert [world.outcomes()[one.event_id].maybe for one in (first, second)] == [True, False]


def test_an_event_of_many_commands_has_one_fate(tmp_path: Path) -> None:
    world = World(tmp_path, plain=kind(Limits(commands=1, lanes=1)), options={"apart": True})
    good = world.event(items=(Item(item_id="a"), Item(item_id="b")))
    half = world.event(items=(Item(item_id="c"), Item(item_id="bad")))
    world.happens(good, half)

    def vendor(packet: Packet) -> Answer:
        return Answer(status=422 if '"bad"' in packet.commands[0].body else 200, sent=True)

    world.goes(vendor, seconds=5)
    assert len(world.sent) == 4
    assert world.states() == {good.event_id: "delivered", half.event_id: "failed r_rejected"}


def test_what_cannot_be_packed_fails_alone(world: World) -> None:
    good, bad = world.event(), world.event(event_id="a name that breaks packing")
    world.happens(good, bad)
    world.goes(fine, seconds=5)
    assert world.states() == {good.event_id: "delivered", bad.event_id: "failed r_broken"}
    assert [ids(packet) for _, packet in world.sent if packet.made()] == [[good.event_id]]


def test_an_event_that_breaks_us_is_put_aside_and_the_others_go_on(world: World) -> None:
    good, bad = world.event(), world.event(event_id="short")
    world.happens(bad, good)
    world.goes(fine, seconds=5)
    assert world.states() == {good.event_id: "delivered", "short": "failed r_broken"}


def test_routes_never_share_a_request_and_nobody_is_overtaken(tmp_path: Path) -> None:
    world = World(tmp_path, plain=kind(Limits(commands=10, lanes=1)), options={"routes": True})
    names = [
        ("view_item", "a"),
        ("identify", "a"),
        ("view_item", "b"),
        ("view_item", "a"),
    ]
    events = [world.event(name, device_id=device) for name, device in names]  # type: ignore[arg-type]
    world.happens(*events)
    world.goes(fine, seconds=5)
    sent = [
        [events.index(next(e for e in events if e.event_id == name)) for name in ids(packet)]
        for _, packet in world.sent
    ]
    assert sent == [[0, 2], [1], [3]]


def test_reading_stops_while_too_much_waits_and_the_ledger_stays_small(tmp_path: Path) -> None:
    world = World(tmp_path)
    for number in range(60):
        world.happens(*(world.event(device_id=f"d-{number}") for _ in range(100)))
    world.line.pause("", "", world.now)
    world.read()
    assert 2_000 <= world.health.waiting < 6_000
    world.line.resume(world.now)
    world.goes(fine, seconds=60)
    assert world.health.counts == {"delivered": 6_000}


def test_a_custom_event_the_vendor_does_not_know_is_undeliverable_by_its_name(world: World) -> None:
    world.happens(world.event("custom", custom_name="nonsense"))
    world.goes(fine, seconds=2)
    (count,) = world.reading.counts("2026-01-01", "2026-01-01")
    assert (count.event, count.state, count.code, count.events) == (
        "nonsense",
        "undeliverable",
        "u_event_unsupported",
        1,
    )


def test_a_recognised_repeat_is_left_out_and_counted(world: World) -> None:
    name = "319c18a2-65a2-52ea-8682-e4ebbc8218ce"
    world.happens(world.event(event_id=name))
    world.goes(fine, seconds=3)
    world.happens(world.event(event_id=name))
    world.goes(fine, seconds=3)
    assert len(world.sent) == 1
    assert world.health.counts == {"delivered": 1, "skipped": 1}


def test_only_the_shop_s_events_from_the_start_on_are_sent(tmp_path: Path) -> None:
    world = World(tmp_path, start_at=NOON + 10)
    world.happens(world.event())
    world.now += 20
    mine = world.event()
    world.happens(mine)
    world.happens(world.event(), shop_id="other")
    world.goes(fine, seconds=3)
    assert world.states() == {mine.event_id: "delivered"}


def test_dead_letters_are_sent_again_and_their_old_fate_is_taken_back(world: World) -> None:
    events = [world.event(device_id=f"d-{n}") for n in range(5)]
    world.happens(*events)
    world.goes(said(422), seconds=30)
    assert world.health.counts == {"failed": 5}
    world.line.resend(Wanted(states=("failed",), event_ids=(events[0].event_id,)))
    world.goes(fine, seconds=3)
    assert world.health.counts["delivered"] == 1
    world.line.resend(Wanted(states=("failed",), code="r_rejected"))
    world.goes(fine, seconds=3)
    assert set(world.states().values()) == {"delivered"}
    assert {state: count for state, count in world.health.counts.items() if count} == {"delivered": 5}


def test_dead_letters_can_be_given_up(world: World) -> None:
    world.happens(world.event())
    world.goes(said(422), seconds=3)
    world.line.resend(Wanted(states=("failed",), discard=True))
    world.goes(fine, seconds=3)
    assert {state: count for state, count in world.health.counts.items() if count} == {"skipped": 1}
    assert len(world.sent) == 1


def test_a_replay_sends_what_was_not_delivered_and_with_again_everything(world: World) -> None:
    first, second = world.event(device_id="d-1"), world.event(device_id="d-2")
    world.happens(first)
    world.goes(fine, seconds=3)
    world.happens(second)
    world.goes(said(422), seconds=3)
    begin = {"w0": world.line.ledger.positions()["w0"].__class__(1, 0)}
    world.line.replay(Asked(since=NOON, until=world.now, at=world.now), begin)
    world.goes(fine, seconds=3)
    assert world.states() == {first.event_id: "delivered", second.event_id: "delivered"}
    assert [ids(packet) for _, packet in world.sent] == [
        [first.event_id],
        [second.event_id],
        [second.event_id],
    ]
    world.line.replay(Asked(since=NOON, until=world.now, at=world.now, again=True), begin)
    world.goes(fine, seconds=3)
    again = [name for _, packet in world.sent[3:] for name in ids(packet)]
    assert sorted(again) == [first.event_id, second.event_id]
    assert {state: count for state, count in world.health.counts.items() if count} == {"delivered": 2}


def test_a_replay_of_old_events_gives_them_new_time_to_arrive(world: World) -> None:
    event = world.event()
    world.happens(event)
    world.goes(said(422), seconds=3)
    world.now += 90 * 24 * 3600
    begin = {"w0": world.line.ledger.positions()["w0"].__class__(1, 0)}
    world.line.replay(Asked(since=NOON, until=world.now, at=world.now), begin)
    world.goes(fine, seconds=3)
    assert world.states() == {event.event_id: "delivered"}


def test_lines_are_sent_as_one_order_once_they_have_settled(tmp_path: Path) -> None:
    world = World(tmp_path, plain=kind(Limits(commands=5, lanes=1), whole_orders=True))
    lines = [
        world.event(
            "purchase",
            is_line=True,
            order_key="A-1",
            transaction_id="A-1",
            items=(Item(item_id=name, price=DecimalText("5")),),
        )
        for name in ("a", "b", "c")
    ]
    for line in lines:
        world.happens(line, vendor="retailrocket", endpoint="rr.api")
    world.goes(fine, seconds=50)
    assert (world.sent, world.health.held) == ([], 1)
    world.goes(fine, seconds=20)
    ((_, packet),) = world.sent
    assert (
        packet.commands[0].body == f'{{"id":"{lines[0].event_id}","lines":["ax1","bx1","cx1"],"value":null}}'
    )
    assert set(world.states().values()) == {"delivered"}
    assert len(world.states()) == 3
    late = world.event(
        "purchase", is_line=True, order_key="A-1", transaction_id="A-1", items=(Item(item_id="d"),)
    )
    world.happens(late, vendor="retailrocket", endpoint="rr.api")
    world.goes(fine, seconds=100)
    assert world.states()[late.event_id] == "undeliverable u_late_order_line"
    assert len(world.sent) == 1
    (order,) = world.reading.orders("2026-01-01", "2026-01-01")
    assert (order.order_key, order.state) == ("A-1", "undeliverable")


def test_a_held_order_survives_the_process(tmp_path: Path) -> None:
    world = World(tmp_path, plain=kind(Limits(commands=5, lanes=1), whole_orders=True))
    line = world.event(
        "purchase", is_line=True, order_key="A-1", transaction_id="A-1", items=(Item(item_id="a"),)
    )
    world.happens(line, vendor="retailrocket", endpoint="rr.api")
    world.goes(fine, seconds=10)
    world.open()
    world.goes(fine, seconds=100)
    assert world.states() == {line.event_id: "delivered"}


def test_carts_are_known_from_the_first_snapshot_on(tmp_path: Path) -> None:
    world = World(tmp_path, plain=kind(Limits(commands=1, lanes=1), carts=True))
    world.happens(world.event("add_to_cart", items=(Item(item_id="a"),)))
    world.now += 1
    world.happens(world.event("cart_update", is_full=True, items=(Item(item_id="a", quantity="2"),)))  # type: ignore[arg-type]
    world.now += 1
    world.happens(world.event("add_to_cart", items=(Item(item_id="b"),)))
    world.goes(fine, seconds=5)
    carts = [packet.commands[0].body.partition('"cart":')[2] for _, packet in world.sent]
    assert carts == ["null}", '["ax2"]}', '["ax2","bx1"]}']


def test_outcomes_are_dropped_by_age_and_number_and_counts_stay(world: World) -> None:
    world.set_up(keep_rows=1_000, keep_days=1)
    for _ in range(12):
        world.happens(*(world.event() for _ in range(100)))
    world.goes(fine, seconds=200)
    assert world.line.trim(world.now) == 200
    assert len(world.reading.outcomes(limit=1000)) == 1_000
    world.now += 2 * 24 * 3600
    world.line.trim(world.now)
    assert world.reading.outcomes() == []
    assert world.health.counts == {"delivered": 1_200}
