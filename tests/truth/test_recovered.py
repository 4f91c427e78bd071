"""Whatever a shop's browsers and servers send, the reports tell what truly happened, to the last digit."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from collector.control.presets import WINNERS
from collector.simulator import identities
from collector.simulator.audience import segment_of
from collector.simulator.truth import HOME, Truth
from tests.truth.conftest import Shop
from tests.truth.world import plain

COUNTED = {
    "page_views": "page_view",
    "item_views": "view_item",
    "cart_adds": "add_to_cart",
    "searches": "search",
}


def test_every_event_is_stored_once_and_no_other(shop: Shop) -> None:
    stored = shop.keeper.rows("select event, count(*) from events where not bot group by event")
    assert dict(stored) == shop.truth.events


def test_sessions_have_their_true_device_channel_and_boundaries(shop: Shop) -> None:
    stored = {
        row[0]: row[1:]
        for row in shop.keeper.rows(
            "select session_id, device_id, channel, started_at, ended_at from sessions"
            " where session_id is not null and not bot"
        )
    }
    assert stored == {
        session_id: (
            session.device_id,
            session.channel,
            plain(session.started_at),
            plain(session.ended_at),
        )
        for session_id, session in shop.truth.sessions.items()
    }


def test_every_session_has_exactly_its_events(shop: Shop) -> None:
    stored: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for session_id, event, count in shop.keeper.rows(
        "select s.session_id, e.event, count(*) from events e"
        " join sessions s using (shop_id, visitor_id, session_key)"
        " where s.session_id is not null and not e.bot group by all"
    ):
        stored[session_id][event] = count
    assert stored == {key: session.events for key, session in shop.truth.sessions.items()}


def test_sessions_count_their_events(shop: Shop) -> None:
    stored = {
        row[0]: row[1:]
        for row in shop.keeper.rows(
            "select session_id, events, page_views, item_views, cart_adds, searches from sessions"
            " where session_id is not null and not bot"
        )
    }
    assert stored == {
        key: (session.events.total(), *(session.events[name] for name in COUNTED.values()))
        for key, session in shop.truth.sessions.items()
    }


def test_visitors_are_the_people_and_the_browsers_nobody_signed_in_on(shop: Shop) -> None:
    true = identities.visitors_of_sessions(shop.truth)
    stored = dict(
        shop.keeper.rows(
            "select session_id, visitor_id from sessions where session_id is not null and not bot"
        )
    )
    assert _parts(stored) == _parts(true)


def test_what_servers_tell_of_a_person_is_the_person_s(shop: Shop) -> None:
    """Orders by customer id, e-mail or telephone number are of the visitor who signed in with them."""
    true = identities.visitors_of_sessions(shop.truth)
    people = {true[key]: visitor for key, visitor in shop.keeper.rows(
        "select session_id, visitor_id from sessions where session_id is not null and not bot"
    )}  # fmt: skip
    runs = Counter(
        visitor
        for (visitor,) in shop.keeper.rows(
            "select visitor_id from sessions where session_id is null and not bot"
        )
    )
    expected = identities.report_runs(shop.truth)
    known = {people[person]: count for person, count in expected.items() if person in people}
    assert {visitor: count for visitor, count in runs.items() if visitor in known} == known
    others = sorted(count for person, count in expected.items() if person not in people)
    assert sorted(count for visitor, count in runs.items() if visitor not in known) == others


def test_orders_are_placed_when_by_whom_and_in_which_session_they_truly_were(shop: Shop) -> None:
    true = identities.visitors_of_orders(shop.truth)
    rows = shop.keeper.rows("select order_key, placed_at, session_key, visitor_id from orders where not bot")
    told = {
        key: (placed_at, None if (session or "~").startswith("~") else session)
        for key, placed_at, session, _ in rows
    }
    assert told == {
        key: (plain(shop.truth.placed[key]), order.session_id) for key, order in shop.truth.orders.items()
    }
    assert _parts({key: visitor for key, *_, visitor in rows if visitor is not None}) == _parts(
        {key: visitor for key, visitor in true.items() if visitor is not None}
    )


def test_orders_and_lines_hold_the_true_revenue_in_their_currency(shop: Shop) -> None:
    orders = {
        key: row
        for key, *row in shop.keeper.rows("select order_key, revenue, currency from orders where not bot")
    }
    lines: defaultdict[str, dict[str, list[Decimal]]] = defaultdict(dict)
    for key, item_id, *amounts in shop.keeper.rows(
        "select order_key, item_id, quantity, revenue from order_lines where not bot"
    ):
        lines[key][item_id] = amounts
    assert orders == {key: [order.revenue, order.currency] for key, order in shop.truth.orders.items()}
    assert lines == {
        key: {line.product_id: [line.quantity, line.revenue] for line in order.lines}
        for key, order in shop.truth.orders.items()
    }


def test_cancelled_and_returned_orders_are_exactly_those_that_were(shop: Shop) -> None:
    stored = shop.keeper.rows("select order_key, order_status from orders where cancelled and not bot")
    assert dict(stored) == {
        key: status for key, status in shop.truth.status.items() if key in shop.truth.orders
    }


def test_the_overview_counts_the_true_sessions_orders_and_revenue(shop: Shop) -> None:
    truth = shop.truth
    (totals,) = shop.keeper.page("overview/totals")
    own = [order for order in truth.orders.values() if order.currency == HOME]
    known = [who for who in identities.visitors_of_orders(truth).values() if who is not None]
    assert {
        name: totals[name] for name in ("sessions", "orders", "revenue", "attributable", "other_currency")
    } == {
        "sessions": len(truth.sessions) + sum(identities.report_runs(truth).values()),
        "orders": len(truth.orders),
        "revenue": truth.revenue,
        "attributable": len(known),
        "other_currency": len(truth.orders) - len(own),
    }


def test_net_revenue_leaves_out_what_was_cancelled_or_returned(shop: Shop) -> None:
    (totals,) = shop.keeper.page("overview/totals", money="net")
    assert totals["revenue"] == shop.truth.net()[HOME]


def test_every_line_is_credited_to_the_tool_that_truly_earned_it_and_to_no_other(shop: Shop) -> None:
    credited = Counter(
        (
            row["order_key"],
            row["item_id"],
            (row["recommended_by"], row["recommended_code"] or None) if row["recommended_by"] else None,
            row["earned"] if row["recommended_by"] else row["revenue"],
            row["currency"],
        )
        for row in shop.keeper.page("attribution/credits")
    )
    assert credited == Counter(
        (order.order_id, line.product_id, line.earned_by, line.revenue, order.currency)
        for order in shop.truth.orders.values()
        for line in order.lines
    )


def test_recommendations_show_the_true_direct_revenue_of_every_tool_and_code_by_currency(shop: Shop) -> None:
    shown: defaultdict[tuple[str, Any], Decimal] = defaultdict(Decimal)
    for row in shop.keeper.page("recommendations/tools", tab="codes"):
        if row["direct_revenue"] and row["part"] in ("tool", "unattributed"):
            pair = (row["recommended_by"], row["recommended_code"] or None)
            shown[row["currency"], pair if row["part"] == "tool" else None] += row["direct_revenue"]
    assert shown == {key: revenue for key, revenue in shop.truth.direct().items() if revenue}


def test_orders_of_each_tool_are_those_with_a_line_it_earned(shop: Shop) -> None:
    shown: Counter[tuple[str, str | None]] = Counter()
    for row in shop.keeper.page("recommendations/tools", tab="codes"):
        if row["part"] == "tool" and row["direct_orders"]:
            shown[row["recommended_by"], row["recommended_code"] or None] += row["direct_orders"]
    assert shown == shop.truth.direct_orders()


def test_the_last_message_of_48_hours_takes_the_whole_order(shop: Shop) -> None:
    taken = {
        row["order_key"]: (row["recommended_by"], row["recommended_code"])
        for row in shop.keeper.page("attribution/rees46_messages")
    }
    assert taken == identities.messages_of_orders(shop.truth)


def test_touches_are_the_true_touches(shop: Shop) -> None:
    stored = shop.keeper.rows(
        "select kind, recommended_by, recommended_code, count(*) from touches"
        " where (family = 'storefront' or kind = 'message_click') and not bot group by all"
    )
    assert Counter({(kind, by, code): count for kind, by, code, count in stored}) == shop.truth.touches


def test_programs_that_shop_are_kept_marked_and_in_no_figure(shop: Shop) -> None:
    truth = shop.truth
    events = dict(shop.keeper.rows("select event, count(*) from events where bot group by event"))
    orders = {key for (key,) in shop.keeper.rows("select order_key from orders where bot")}
    sessions = {key for (key,) in shop.keeper.rows("select session_id from sessions where bot")}
    assert (events, orders, sessions) == (truth.robots, truth.robot_orders, truth.robot_sessions)
    listed = {row["order_key"] for row in shop.keeper.page("orders/list")}
    assert listed == set(truth.orders)


def test_arms_of_the_test_hold_the_true_visitors_and_what_they_bought(shop: Shop) -> None:
    """What the page gives to the statistics is what the statistics need: visitors, not sessions."""
    stored = {(row["part"], row["arm"]): row for row in shop.keeper.page("experiments/arms")}
    for key, true in _arms(shop.truth).items():
        told = stored.pop(key)
        squares = told["squares"]
        assert {name: told[name] for name in true if name != "squares"} == {
            name: value for name, value in true.items() if name != "squares"
        }
        assert abs(squares - float(true["squares"])) < 1e-6 * (1 + squares)
    assert stored == {}


def _arms(truth: Truth) -> dict[tuple[str, str], dict[str, Any]]:
    """Visitors by the arms of the browsers they used, and their orders since, told from the truth alone."""
    people = identities.visitors_of_sessions(truth)
    arms: defaultdict[str, set[str]] = defaultdict(set)
    since: dict[str, Any] = {}
    for key, session in truth.sessions.items():
        arms[people[key]].add(segment_of(session.device_id))
        since[people[key]] = min(since.get(people[key], session.started_at), session.started_at)
    bought: defaultdict[str, list[Decimal | None]] = defaultdict(list)
    for key, who in identities.visitors_of_orders(truth).items():
        if who in since and truth.placed[key] >= since[who]:
            order = truth.orders[key]
            bought[who].append(order.revenue if order.currency == HOME else None)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for who, seen in arms.items():
        part = ("mixed", "") if len(seen) > 1 else ("arm", min(seen))
        row = found.setdefault(
            part,
            dict.fromkeys(("visitors", "buyers", "orders", "own_currency", "revenue", "squares"), Decimal(0)),
        )
        paid = [amount for amount in bought.get(who, ()) if amount is not None]
        row["visitors"] += 1
        row["buyers"] += bool(bought.get(who))
        row["orders"] += len(bought.get(who, ()))
        row["own_currency"] += len(paid)
        row["revenue"] += sum(paid)
        row["squares"] += sum(paid) ** 2
    return found


def _parts(labels: dict[str, str]) -> set[frozenset[str]]:
    """Who is together with whom, whatever they are called."""
    together: defaultdict[str, set[str]] = defaultdict(set)
    for key, label in labels.items():
        together[label].add(key)
    return {frozenset(keys) for keys in together.values()}


def test_in_every_model_weights_of_a_line_sum_to_1_and_what_they_earn_to_its_revenue(shop: Shop) -> None:
    true = {
        (order.order_id, line.product_id): line
        for order in shop.truth.orders.values()
        for line in order.lines
    }
    for model in WINNERS:
        lines: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for row in shop.keeper.page("attribution/credits", model=model):
            lines[row["order_key"], row["item_id"]].append(row)
        assert lines.keys() == true.keys()
        for key, rows in lines.items():
            is_earned = true[key].earned_by is not None
            assert min(row["weight"] for row in rows) >= 0
            assert (model, key, sum(row["weight"] for row in rows)) == (model, key, int(is_earned))
            assert sum(row["earned"] for row in rows) == (true[key].revenue if is_earned else 0)
