"""The real adapter recovers from the requests exactly what the simulator knows."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from itertools import islice

from collector.event import Event
from collector.simulator.history import Scenario
from collector.simulator.truth import Pair, TrueOrder, TrueSession
from tests.simulator.made import NOW, SCENARIO, history, made

STOREFRONT = ("dynamic", "listing", "instant_search", "full_search", "stories")


def test_the_same_seed_is_the_same_history_and_another_seed_another() -> None:
    scenario = Scenario(seed=3, days=2, visitors=40)
    first = [
        (request.body, request.request_id, request.received_at) for request in history(scenario).requests()
    ]
    again = [
        (request.body, request.request_id, request.received_at) for request in history(scenario).requests()
    ]
    other = [request.body for request in history(Scenario(seed=4, days=2, visitors=40)).requests()]
    assert first == again
    assert not {body for body, _, _ in first} & set(other)


def test_requests_arrive_in_order_and_end_now() -> None:
    arrived = [record.received_at for record in made().records]
    assert arrived == sorted(arrived)
    assert NOW - timedelta(hours=1) < arrived[-1] <= NOW
    assert arrived[0] < NOW - timedelta(days=SCENARIO.days - 1)


def test_request_ids_are_in_the_order_of_arrival() -> None:
    ids = [record.request_id for record in made().records]
    assert ids == sorted(set(ids))


def test_the_adapter_accepts_exactly_the_true_events() -> None:
    accepted = [event for record in made().records for event in record.events]
    distinct = {event.event_id: event.event for event in accepted}
    assert Counter(distinct.values()) == made().truth.events
    within_a_request = _outcomes()["duplicate"]
    assert len(accepted) - len(distinct) + within_a_request == made().truth.duplicates


def test_what_is_broken_or_automatic_is_refused_and_nothing_else() -> None:
    outcomes = _outcomes()
    del outcomes["duplicate"]
    assert outcomes == {"quarantined": made().truth.quarantined, "ignored": made().truth.ignored}


def _outcomes() -> Counter[str]:
    return Counter(refused.outcome for record in made().records for refused in record.refused)


def test_sessions_told_from_events_are_the_true_sessions() -> None:
    told: dict[str, TrueSession] = {}
    for _, event in made().events():
        if event.session_id is None or event.device_id is None:
            continue
        session = told.setdefault(event.session_id, TrueSession(event.device_id, "", event.ts, event.ts))
        session.ended_at = event.ts
        session.events[event.event] += 1
    for session_id, session in told.items():
        session.channel = made().truth.sessions[session_id].channel
    assert told == made().truth.sessions
    assert {session.device_id for session in told.values()} == made().truth.devices


def test_orders_and_their_revenue_are_the_true_ones() -> None:
    revenue: dict[str, Decimal] = {}
    for _, event in made().events():
        if event.event == "purchase":
            assert event.transaction_id is not None
            revenue[event.transaction_id] = Decimal(event.value or 0) - Decimal(event.shipping or 0)
    assert revenue == {order_id: order.revenue for order_id, order in made().truth.orders.items()}
    assert sum(revenue.values()) == made().truth.revenue


def test_lines_and_attribution_add_up_to_the_revenue() -> None:
    truth = made().truth
    for order in truth.orders.values():
        assert sum(line.revenue for line in order.lines) == order.revenue
    assert sum(truth.direct_revenue().values()) + truth.unattributed == truth.revenue


def test_the_rule_of_the_last_touch_finds_the_tools_that_truly_earned() -> None:
    """Last click or add of the same product, same session, ended by removal, used up by an order."""
    credited: defaultdict[str, dict[str, Pair | None]] = defaultdict(dict)
    touched: defaultdict[str, dict[str, Pair]] = defaultdict(dict)
    for _, event in made().events():
        if event.session_id and event.device_id:
            _follow(event, touched[event.session_id], credited)
    true = {
        order.order_id: {line.product_id: line.earned_by for line in order.lines}
        for order in made().truth.orders.values()
        if order.session_id is not None
    }
    assert credited == true


def _follow(event: Event, touched: dict[str, Pair], credited: dict[str, dict[str, Pair | None]]) -> None:
    pair: Pair | None = None
    if event.recommended_by in STOREFRONT:
        assert event.recommended_by is not None
        pair = (event.recommended_by, event.recommended_code)
    ids = [item.item_id for item in event.items]
    if event.event in ("view_item", "add_to_cart") and pair:
        touched[ids[0]] = pair
    elif event.event == "remove_from_cart" and "remove_all" in event.notes:
        touched.pop(ids[0], None)
    elif event.event == "cart_update" and not ids:
        touched.clear()
    elif event.event == "purchase" and event.transaction_id not in credited:
        assert event.transaction_id is not None
        credited[event.transaction_id] = {item_id: touched.pop(item_id, pair) for item_id in ids}


def test_messages_earn_whole_orders_within_48_hours() -> None:
    clicks: dict[str, tuple[Pair, Event]] = {}
    earned: defaultdict[Pair, Decimal] = defaultdict(Decimal)
    seen: set[str] = set()
    for _, event in made().events():
        if event.device_id is None:
            continue
        if event.custom_name == "message_clicked":
            assert event.recommended_by is not None
            clicks[event.device_id] = ((event.recommended_by, event.recommended_code), event)
        elif event.event == "purchase" and event.transaction_id not in seen:
            assert event.transaction_id is not None
            seen.add(event.transaction_id)
            pair, click = clicks.get(event.device_id, (None, event))
            if pair is not None and event.ts - click.ts <= timedelta(hours=48):
                earned[pair] += made().truth.orders[event.transaction_id].revenue
    assert earned == made().truth.message_revenue()


def test_touches_are_the_true_touches() -> None:
    kinds = {"view_item": "click", "add_to_cart": "add"}
    told = Counter(
        (kinds.get(event.event, "message_click"), event.recommended_by or "", event.recommended_code)
        for _, event in made().events()
        if event.device_id
        and (
            (event.event in kinds and event.recommended_by in STOREFRONT)
            or event.custom_name == "message_clicked"
        )
    )
    assert told == made().truth.touches


def test_searches_are_the_true_searches() -> None:
    searches = [event for _, event in made().events() if event.event == "search"]
    assert Counter(event.search_term for event in searches) == made().truth.searches
    assert (
        Counter(event.search_term for event in searches if event.search_found is False)
        == made().truth.fruitless
    )


def test_the_history_holds_every_hard_case() -> None:
    truth = made().truth
    notes = Counter(note for _, event in made().events() for note in event.notes)
    seen_hard = {
        "duplicates": truth.duplicates,
        "quarantined": truth.quarantined,
        "bots": truth.ignored,
        "late": truth.late,
        "broken clock": notes["ts_invalid"],
        "GPC": notes["gpc_anonymous"],
        "no device": notes["identity_missing"],
        "removed": notes["remove_all"],
        "one-click": sum(
            event.event == "purchase" and event.recommended_by in STOREFRONT for _, event in made().events()
        ),
        "edited": sum(order.edited for order in truth.orders.values()),
        "anonymous order": sum(order.session_id is None for order in truth.orders.values()),
        "message order": sum(order.message is not None for order in truth.orders.values()),
        "both families": sum(map(_both_families, truth.orders.values())),
        "discounted": sum(event.coupon is not None for _, event in made().events()),
        "unattributed": int(truth.unattributed),
        "nothing found": truth.fruitless.total(),
    }
    assert [case for case, count in seen_hard.items() if not count] == []


def _both_families(order: TrueOrder) -> bool:
    return order.message is not None and any(line.earned_by for line in order.lines)


def test_the_truth_is_only_what_was_sent_so_far() -> None:
    passing = history()
    sent = list(islice(passing.records(), 500))
    assert passing.truth.requests == 500
    distinct = {event.event_id for record in sent for event in record.events}
    assert passing.truth.events.total() == len(distinct)


def test_the_shop_is_a_believable_one() -> None:
    truth = made().truth
    visits = Counter(session.device_id for session in truth.sessions.values())
    assert max(visits.values()) < 12
    assert 0.1 < sum(count > 1 for count in visits.values()) / len(visits) < 0.4
    assert 0.02 < len(truth.orders) / len(truth.sessions) < 0.045
    assert 0.2 < 1 - float(truth.unattributed / truth.revenue) < 0.5
    assert 4 < truth.events.total() / len(truth.sessions) < 8
