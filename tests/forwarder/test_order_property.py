"""Whatever comes, in whatever order: every row has exactly one fate, and nothing is counted twice."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.event import Event
from collector.forwarder.orders import step
from tests.forwarder.events import NOON, at, item, line, whole
from tests.forwarder.test_orders import Desk

PRODUCTS = st.sampled_from(["37", "38", "39"])
WHOLE = st.integers(1, 5).map(str)


@st.composite
def lines(draw: st.DrawFn) -> list[Event]:
    goods = draw(st.lists(st.tuples(PRODUCTS, WHOLE, WHOLE), min_size=1, max_size=7))
    return [
        line(f"e{nth}", product, quantity, price, ts=at(nth), stock=draw(st.sampled_from([None, "msk"])))
        for nth, (product, quantity, price) in enumerate(goods)
    ]


def total(told: Event) -> Decimal:
    return sum((Decimal(one.price or 0) * Decimal(one.quantity or 1) for one in told.items), Decimal(0))


def content(told: Event) -> Counter[tuple[str, str | None, str | None, str | None]]:
    return Counter((one.item_id, one.location_id, one.quantity, one.price) for one in told.items)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data(), lines())
def test_lines_in_any_order_within_the_burst_make_the_same_order(
    data: st.DataObject, rows: list[Event]
) -> None:
    shuffled = data.draw(st.permutations(rows))
    moments = sorted(data.draw(st.lists(st.floats(0, 59), min_size=len(rows), max_size=len(rows))))
    desk = Desk()
    for moment, row in zip(moments, shuffled, strict=True):
        desk.pass_to(moment)
        desk.take(moment, row)
    desk.pass_to(moments[-1] + 60)
    (sent,) = desk.sent
    assert total(sent) == sum(map(total, rows))
    assert content(sent) == sum(map(content, rows), Counter())
    assert (sent.event_id, sent.ts) == (shuffled[0].event_id, NOON)
    assert sorted(desk.fates) == sorted((row.event_id, "sent") for row in rows)


@st.composite
def rows(draw: st.DrawFn) -> list[tuple[float, str, str, Event]]:
    """Rows of one order as shops get them wrong: lines, headers, repeats, two surfaces, two vendors."""
    found = []
    for nth in range(draw(st.integers(1, 9))):
        told = draw(
            st.sampled_from(
                [
                    line(f"e{nth}", draw(PRODUCTS), draw(WHOLE), "10", currency=draw(_CURRENCY)),
                    whole(f"e{nth}", value="20"),
                    whole(f"e{nth}", item(draw(PRODUCTS), draw(WHOLE), price="10"), value="20"),
                ]
            )
        )
        vendor, endpoint = draw(st.sampled_from(_SURFACES))
        found.append((draw(st.floats(0, 200)), vendor, endpoint, told))
    found += draw(st.lists(st.sampled_from(found), max_size=2))
    return sorted(found, key=lambda row: row[0])


_CURRENCY = st.sampled_from([None, "EUR", "EUR", "EUR", "USD"])
_SURFACES = (("exponea", "exponea.event"), ("exponea", "exponea.event"), ("exponea", "exponea.bulk"),
             ("retailrocket", "rr.web"))  # fmt: skip


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.data(), rows())
def test_every_row_has_exactly_one_fate_and_an_order_is_sent_at_most_once(
    data: st.DataObject, told: list[tuple[float, str, str, Event]]
) -> None:
    desk = Desk()
    for moment, vendor, endpoint, row in told:
        if data.draw(st.booleans()):
            desk.pass_to(moment)
        desk.take(moment, row, endpoint, vendor)
    desk.pass_to(10_000)
    came = Counter(row.event_id for *_, row in told)
    assert Counter(name for name, _ in desk.fates) == came
    assert len(desk.sent) <= 1
    joined = {name for name, code in desk.fates if code == "sent"}
    first = told[0][1]
    assert {vendor for _, vendor, _, row in told if row.event_id in joined} <= {first}
    for sent in desk.sent:
        parts = {row.event_id: row for *_, row in told if row.event_id in joined}
        headers = [row for row in parts.values() if not row.is_line and row.items]
        counted = headers or [row for row in parts.values() if row.is_line]
        assert len(headers) <= 1
        assert content(sent) == sum(map(content, counted), Counter())
        assert (sent.is_line, sent.order_key) == (False, "A-1")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(rows())
def test_when_time_is_noticed_changes_nothing(told: list[tuple[float, str, str, Event]]) -> None:
    eager, idle = Desk(), Desk()
    for moment, vendor, endpoint, row in told:
        eager.pass_to(moment)
        eager.take(moment, row, endpoint, vendor)
        idle.take(moment, row, endpoint, vendor)
    eager.pass_to(10_000)
    idle.pass_to(10_000)
    assert (eager.sent, sorted(eager.fates)) == (idle.sent, sorted(idle.fates))


def test_taking_a_row_changes_no_state_that_was_given() -> None:
    first = step(None, line("e1", "37"), vendor="intempt", endpoint="", now=NOON, settle_s=60)
    before = first.order
    step(before, line("e2", "38"), vendor="intempt", endpoint="", now=NOON, settle_s=60)
    assert first.order is before is not None
    assert [row.event.event_id for row in before.rows] == ["e1"]
