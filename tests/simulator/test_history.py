"""The real adapter recovers from the requests exactly what the simulator knows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from collector.event import Event
from collector.simulator import identities
from collector.simulator.scenario import Scenario
from collector.simulator.truth import HOME, Pair, TrueSession, Truth
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
    assert Counter(distinct.values()) == made().truth.events + made().truth.robots
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
    """Of a browser's order the last version counts; what a server tells of goods and money goes before it."""
    versions: defaultdict[str, list[tuple[bool, int]]] = defaultdict(list)
    events = [event for _, event in made().events() if event.event == "purchase"]
    for place, event in enumerate(events):
        assert event.order_key is not None
        versions[event.order_key].append((event.device_id is None, place))
    revenue: dict[str, Decimal] = {}
    for key, found in versions.items():
        last = events[max(found)[1]]
        of_lines = [
            Decimal(item.price or 0) * Decimal(item.quantity or 1)
            for _, place in found
            for item in events[place].items
            if events[place].is_line
        ]
        revenue[key] = sum(of_lines, Decimal(0)) or Decimal(last.value or 0) - Decimal(last.shipping or 0)
    assert revenue == {order_id: order.revenue for order_id, order in made().truth.orders.items()}


def test_lines_and_attribution_add_up_to_the_revenue() -> None:
    truth = made().truth
    for order in truth.orders.values():
        assert sum(line.revenue for line in order.lines) == order.revenue
    for currency, booked in truth.booked().items():
        lost = truth.direct().get((currency, None), Decimal(0))
        assert sum(truth.direct_revenue(currency).values()) + lost == booked


def test_the_rule_of_the_last_touch_finds_the_tools_that_truly_earned() -> None:
    """Last click or add of the same product, same session, ended by removal, used up by an order."""
    credited: defaultdict[str, dict[str, Pair | None]] = defaultdict(dict)
    visits: defaultdict[str, Visit] = defaultdict(Visit)
    for _, event in made().events():
        if event.session_id and event.device_id:
            visits[event.session_id].follow(event, credited)
    true = {
        order.order_id: {line.product_id: line.earned_by for line in order.lines}
        for order in made().truth.orders.values()
        if order.session_id is not None
    }
    assert credited == true


@dataclass
class Visit:
    """What a session's events have said of its products so far."""

    touched: dict[str, tuple[Pair, datetime]] = field(default_factory=dict)
    bought: dict[str, datetime] = field(default_factory=dict)

    def follow(self, event: Event, credited: dict[str, dict[str, Pair | None]]) -> None:
        pair: Pair | None = None
        if event.recommended_by in STOREFRONT:
            assert event.recommended_by is not None
            pair = (event.recommended_by, event.recommended_code)
        ids = [item.item_id for item in event.items]
        if event.event in ("view_item", "add_to_cart") and pair:
            self.touched[ids[0]] = (pair, event.ts)
        elif event.event == "remove_from_cart" and "remove_all" in event.notes:
            self.touched.pop(ids[0], None)
        elif event.event == "cart_update" and not ids:
            self.touched.clear()
        elif event.event == "purchase" and (event.is_line or event.order_key not in credited):
            assert event.order_key is not None
            credited[event.order_key] |= {item_id: self.earner(item_id, event.ts) or pair for item_id in ids}
            self.bought |= dict.fromkeys(ids, event.ts)

    def earner(self, item_id: str, at: datetime) -> Pair | None:
        """The touch's tool, unless an order more than five minutes before has used it up."""
        pair, touched_at = self.touched.get(item_id, (None, at))
        before = self.bought.get(item_id)
        is_used = before is not None and before >= touched_at and at - before > timedelta(minutes=5)
        return None if is_used else pair


def test_messages_earn_whole_orders_within_48_hours() -> None:
    people = identities.visitors_of_sessions(made().truth)
    placed_by = identities.visitors_of_orders(made().truth)
    clicks: defaultdict[str, list[tuple[datetime, Pair]]] = defaultdict(list)
    for _, event in made().events():
        if event.custom_name == "message_clicked" and event.device_id:
            assert event.recommended_by is not None
            assert event.session_id is not None
            pair = (event.recommended_by, event.recommended_code)
            clicks[people[event.session_id]].append((event.ts, pair))
    earned: dict[str, Pair] = {}
    for order_id, who in placed_by.items():
        placed = made().truth.placed[order_id]
        for at, pair in clicks.get(who or "", ()):
            if timedelta(0) <= placed - at <= timedelta(hours=48):
                earned[order_id] = pair
    assert earned == identities.messages_of_orders(made().truth)


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
    purchases = [event for _, event in made().events() if event.event == "purchase"]
    people = identities.visitors_of_sessions(truth)
    browsers: defaultdict[str, set[str]] = defaultdict(set)
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for session_id, person in people.items():
        browsers[person].add(truth.sessions[session_id].device_id)
        owners[truth.sessions[session_id].device_id].add(person)
    messages = identities.messages_of_orders(truth)
    seen_hard = {
        "duplicates": truth.duplicates,
        "quarantined": truth.quarantined,
        "bots": truth.ignored,
        "monitors": truth.robots.total(),
        "late": truth.late,
        "broken clock": notes["ts_invalid"],
        "GPC": notes["gpc_anonymous"],
        "no device": notes["identity_missing"],
        "removed": notes["remove_all"],
        "one-click": sum(event.recommended_by in STOREFRONT for event in purchases),
        "edited": sum(order.edited for order in truth.orders.values()),
        "cancelled": sum(status == "cancelled" for status in truth.status.values()),
        "returned": sum(status == "refunded" for status in truth.status.values()),
        "in another currency": sum(order.currency != HOME for order in truth.orders.values()),
        "told by browser and server": sum(
            event.device_id is None and truth.orders[event.order_key or ""].session_id is not None
            for event in purchases
        ),
        "told by a server alone": sum(event.order_key in _by_telephone(truth) for event in purchases),
        "anonymous order": sum(order.session_id is None for order in truth.orders.values()),
        "message order": len(messages),
        "both families": sum(any(line.earned_by for line in truth.orders[key].lines) for key in messages),
        "discounted": sum(event.coupon is not None for event in purchases),
        "unattributed": int(truth.unattributed),
        "nothing found": truth.fruitless.total(),
        "several browsers": sum(len(found) > 1 for found in browsers.values()),
        "browsers that changed hands": sum(len(found) > 1 for found in owners.values()),
    }
    assert [case for case, count in seen_hard.items() if not count] == []


def _by_telephone(truth: Truth) -> set[str]:
    return {order.order_id for order in truth.orders.values() if order.person and order.session_id is None}


def test_a_share_of_nothing_leaves_its_case_out() -> None:
    shares = (
        "second_devices shared_devices anonymous bots monitors duplicates reloads server_copies server_orders late"
        " skew broken_clocks broken_calls cancelled returned edited split"
    )
    nothing: dict[str, Any] = dict.fromkeys(shares.split(), 0.0)
    quiet = Scenario(seed=5, days=4, visitors=200, currencies={}, uplift={}, **nothing)
    passing = history(quiet)
    records = list(passing.records())
    truth = passing.truth
    assert {refused.outcome for record in records for refused in record.refused} == set()
    assert {record.endpoint for record in records} == {"rees46.collect"}
    assert (truth.duplicates, truth.late, truth.status, truth.reports, truth.robots) == (0, 0, {}, [], {})
    people = identities.visitors_of_sessions(truth)
    used = Counter((people[key], session.device_id) for key, session in truth.sessions.items())
    assert len({person for person, _ in used}) == len({device for _, device in used}) == len(used)
    assert {order.currency for order in truth.orders.values()} == {HOME}
    assert truth.chances.lift == 0


@pytest.mark.parametrize(
    "wrong", [{"bots": 1.5}, {"late": -0.1}, {"cancelled": 0.6, "returned": 0.6}, {"uplift": {"all": -1.0}}]
)
def test_an_impossible_scenario_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a share"):
        Scenario(**wrong)


def test_the_treated_pay_more_readily_by_the_uplift_of_what_helped_them() -> None:
    whole = history(Scenario(seed=2, days=4, visitors=300, uplift={"all": 0.2}))
    part = history(Scenario(seed=2, days=4, visitors=300, uplift={"similar_items": 0.5}))
    for passing in (whole, part):
        for _ in passing.requests():
            continue
    assert whole.truth.chances.lift == pytest.approx(0.2)
    assert 0 < part.truth.chances.lift < 0.5
    assert part.truth.chances.untreated > 0


def test_the_truth_is_only_what_was_sent_so_far() -> None:
    passing = history()
    sent = list(islice(passing.records(), 500))
    assert passing.truth.requests == 500
    distinct = {event.event_id for record in sent for event in record.events}
    assert (passing.truth.events + passing.truth.robots).total() == len(distinct)


def test_the_shop_is_a_believable_one() -> None:
    truth = made().truth
    visits = Counter(session.device_id for session in truth.sessions.values())
    assert max(visits.values()) < 12
    assert 0.1 < sum(count > 1 for count in visits.values()) / len(visits) < 0.4
    assert 0.02 < len(truth.orders) / len(truth.sessions) < 0.045
    assert 0.2 < 1 - float(truth.unattributed / truth.revenue) < 0.5
    assert 4 < truth.events.total() / len(truth.sessions) < 8
