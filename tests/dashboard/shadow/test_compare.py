"""Both sides against each other: no order is lost, none is counted twice, and parts add up to the whole."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from collector.control.vendor_exports import Claimed, Export, Shape, Summary
from collector.forwarder.health import STATES, DayCount, OrderValue
from dashboard.periods import Days
from dashboard.shadow.compare import BOXES, Ours, Result, compare
from dashboard.shadow.daily import ORDER_STATES, Held, Placed, Sent, claims, delivery
from dashboard.shadow.effective import Effective, effective

FIRST = date(2026, 3, 1)
DAYS = Days(FIRST, FIRST + timedelta(days=10))
TODAY = FIRST + timedelta(days=9)
SOME_DAYS = st.integers(-3, 12).map(lambda number: FIRST + timedelta(days=number))
CENTS = st.integers(0, 9_999).map(lambda cents: Decimal(cents) / 100)


@st.composite
def orders_here(draw: st.DrawFn) -> list[Ours]:
    numbers = draw(st.lists(st.integers(0, 30), unique=True, max_size=20))
    found = []
    for number in numbers:
        revenue = draw(CENTS)
        found.append(
            Ours(
                order_key=f"k{number}",
                number=f"{number}",
                day=draw(SOME_DAYS),
                revenue=revenue,
                currency=draw(st.sampled_from(("EUR", "EUR", "USD"))),
                credited=draw(st.sampled_from((Decimal(), revenue, revenue / 2))),
            )
        )
    return found


@st.composite
def rows_there(draw: st.DrawFn, day: st.SearchStrategy[date | None]) -> list[Claimed]:
    found = []
    for number in draw(st.lists(st.integers(0, 30), unique=True, max_size=20)):
        attributed = draw(st.none() | CENTS)
        found.append(
            Claimed(
                number=f"{number}",
                day=draw(day),
                revenue=f"{draw(CENTS)}",
                attributed=None if attributed is None else f"{attributed}",
                claims=None if attributed is None else int(attributed > 0),
            )
        )
    return found


@st.composite
def told(draw: st.DrawFn) -> Effective:
    rows = draw(rows_there(st.none() | SOME_DAYS))
    covered: dict[date, Shape] = {day: draw(st.sampled_from(("orders", "days"))) for day in DAYS.all()[:6]}
    sums = {day: Claimed(day=day, orders=3, revenue="5") for day, shape in covered.items() if shape == "days"}
    return Effective(orders=rows, sums=sums, covered=covered)


@given(orders_here(), told())
def test_every_order_of_either_side_stands_in_one_box_on_one_day(ours: list[Ours], theirs: Effective) -> None:
    found = compare(ours, theirs, DAYS)
    keys = Counter(one.order_key for one in found.orders if one.order_key)
    numbers = {one.number for one in ours}
    here = {one.order_key for one in ours if DAYS.first <= one.day < DAYS.stop}
    there = [row for row in theirs.orders if row.number not in numbers]
    assert set(keys) == here
    assert set(keys.values()) <= {1}
    alone = [one.number for one in found.orders if one.box == "missing_here"]
    assert sorted(alone) == sorted(
        row.number for row in there if row.day and DAYS.first <= row.day < DAYS.stop
    )
    assert found.undated == sum(row.day is None for row in there)
    assert {one.box for one in found.orders} <= set(BOXES)


@given(orders_here(), told())
def test_a_box_says_what_both_sides_say(ours: list[Ours], theirs: Effective) -> None:
    claimed = {row.number: row.claims for row in theirs.orders}
    for one in compare(ours, theirs, DAYS).orders:
        credits_it = bool(one.credited)
        expected = {
            "both": one.number in claimed and claimed[one.number] == 1 and credits_it,
            "only_they": one.number in claimed and claimed[one.number] == 1 and not credits_it,
            "only_we": one.number in claimed and claimed[one.number] == 0 and credits_it,
            "neither": one.number in claimed and claimed[one.number] == 0 and not credits_it,
            "untold": one.number in claimed and claimed[one.number] is None,
            "missing_there": one.number not in claimed and theirs.covered.get(one.day) == "orders",
            "uncovered": one.number not in claimed and theirs.covered.get(one.day) != "orders",
        }
        if one.order_key is None:
            assert one.box == "missing_here"
        else:
            assert [box for box, holds in expected.items() if holds] == [one.box]


@given(orders_here(), told())
def test_days_add_up_to_the_whole(ours: list[Ours], theirs: Effective) -> None:
    found = compare(ours, theirs, DAYS)
    rows = claims(DAYS.all(), found.orders, theirs, currency="EUR", today=TODAY)
    here = [one for one in ours if DAYS.first <= one.day < DAYS.stop]
    assert sum(row["orders"] for row in rows) == len(here)
    assert sum(row["revenue"] for row in rows) == sum(one.revenue for one in here if one.currency == "EUR")
    assert sum(row["credited"] for row in rows) == sum(one.credited for one in here if one.currency == "EUR")
    assert sum(row[box] for row in rows for box in BOXES) == len(found.orders)
    for row in rows:
        if row["covered"] == "days":
            assert (row["their_orders"], row["their_revenue"]) == (3, 5)
        if row["their_orders"] is None:
            assert row["orders_difference"] is row["attributed_difference"] is None
        else:
            assert row["orders_difference"] == row["their_orders"] - row["orders"]
    plain = Effective(orders=theirs.orders, sums={}, covered=theirs.covered)
    attributed = [one.attributed for one in found.orders if one.attributed is not None]
    summed = claims(DAYS.all(), found.orders, plain, currency="EUR", today=TODAY)
    assert sum(row["their_attributed"] or 0 for row in summed) == sum(attributed)
    assert [row["day"] for row in rows if row["immature"]] == [TODAY - timedelta(days=1), TODAY]


@st.composite
def uploads(draw: st.DrawFn) -> list[tuple[Export, list[Claimed]]]:
    """The newest first; all rows of one lie on days that it covers."""
    found = []
    for number in range(draw(st.integers(0, 5))):
        first = draw(SOME_DAYS)
        last = first + timedelta(days=draw(st.integers(0, 4)))
        shape: Shape = draw(st.sampled_from(("orders", "days")))
        span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        rows = (
            draw(rows_there(st.sampled_from(span)))
            if shape == "orders"
            else [Claimed(day=day, orders=number, revenue=f"{number}") for day in span]
        )
        summary = Summary(
            name="x",
            shape=shape,
            currency="EUR",
            first_day=first,
            last_day=last,
            orders=0,
            revenue=None,
            claims=None,
            attributed=None,
        )
        export = Export(export_id=f"e{number}", vendor="r46", made_at=-number, who="", summary=summary)
        found.append((export, rows))
    return found


@given(uploads())
def test_of_each_day_the_newest_upload_that_covers_it_counts(
    given_uploads: list[tuple[Export, list[Claimed]]],
) -> None:
    rows = {export.export_id: rows for export, rows in given_uploads}
    found = effective([export for export, _ in given_uploads], rows.__getitem__, DAYS)
    for day in DAYS.all():
        owner = next((one for one, _ in given_uploads if _covers(one.summary, day)), None)
        assert found.covered.get(day) == (owner.summary.shape if owner else None)
        counted = [row for row in found.orders if row.day == day]
        assert all(owner is not None and row in rows[owner.export_id] for row in counted)
        if owner is not None and owner.summary.shape == "days":
            assert found.sums[day] in rows[owner.export_id]
    numbers = [row.number for row in found.orders]
    assert len(numbers) == len(set(numbers))


def _covers(summary: Summary, day: date) -> bool:
    return bool(summary.first_day and summary.last_day and summary.first_day <= day <= summary.last_day)


def _summary(first: str | None, last: str | None) -> Summary:
    return Summary(
        name="x",
        shape="orders",
        currency="EUR",
        first_day=date.fromisoformat(first) if first else None,
        last_day=date.fromisoformat(last) if last else None,
        orders=1,
        revenue=None,
        claims=None,
        attributed=None,
    )


def _export(name: str, summary: Summary) -> Export:
    return Export(export_id=name, vendor="r46", made_at=0, who="", summary=summary)


def test_an_upload_without_days_counts_for_what_it_names_and_covers_nothing() -> None:
    exports = [
        _export("new", _summary(None, None)),
        _export("dated", _summary("2026-03-01", "2026-03-02")),
        _export("old", _summary(None, None)),
    ]
    rows = {
        "new": [Claimed(number="1", claims=1, attributed="5")],
        "dated": [Claimed(number="2", day=FIRST, claims=0, attributed="0"), Claimed(number="3")],
        "old": [Claimed(number="4")],
    }
    found = effective(exports, rows.__getitem__, DAYS)
    assert [row.number for row in found.orders] == ["1", "2", "3"]
    assert set(found.covered) == {FIRST, FIRST + timedelta(days=1)}


def test_an_order_near_midnight_meets_its_other_half_whatever_clock_the_vendor_keeps() -> None:
    ours = [
        Ours(order_key="a", number="1", day=FIRST, revenue=Decimal(9), currency="EUR", credited=Decimal(9)),
        Ours(order_key="b", number="2", day=FIRST - timedelta(days=1), revenue=Decimal(5), currency="EUR", credited=Decimal()),
    ]  # fmt: skip
    there = [
        Claimed(number="1", day=FIRST - timedelta(days=1), claims=1, attributed="9"),
        Claimed(number="2", day=FIRST, claims=1, attributed="5"),
    ]
    found: Result = compare(ours, Effective(orders=there, sums={}, covered={FIRST: "orders"}), DAYS)
    assert [(one.number, one.day, one.box) for one in found.orders] == [("1", FIRST, "both")]


@st.composite
def ledgers(draw: st.DrawFn) -> Sent:
    counts = [
        DayCount(
            day=draw(SOME_DAYS).isoformat(),
            event="view_item",
            state=state,
            code=draw(st.sampled_from(("", "r_rejected", "s_bot", "s_duplicate"))),
            events=draw(st.integers(1, 9)),
        )
        for state in draw(st.lists(st.sampled_from(STATES), max_size=12))
    ]
    orders = [
        OrderValue(order_key=f"k{n}", day="2026-03-01", value=None, currency=None, state=draw(st.sampled_from(STATES)))
        for n in draw(st.lists(st.integers(0, 30), unique=True, max_size=20))
    ]  # fmt: skip
    return Sent(counts=counts, orders=orders, since=datetime(2026, 3, 4))  # noqa: DTZ001 - naive UTC


@given(
    st.dictionaries(SOME_DAYS, st.tuples(st.integers(0, 40), st.integers(0, 40))), orders_here(), ledgers()
)
def test_what_is_here_is_the_sum_of_what_became_of_it(
    counted: dict[date, tuple[int, int]], ours: list[Ours], sent: Sent
) -> None:
    held = {day: Held(events=events, early=min(events, early)) for day, (events, early) in counted.items()}
    placed = [
        Placed(
            order_key=one.order_key,
            day=one.day,
            at=datetime.combine(one.day, datetime.min.time(), UTC).replace(tzinfo=None),
        )
        for one in ours
    ]
    for row in delivery(DAYS.all(), held, placed, sent):
        parts = ("delivered", "with_loss", "undelivered", "left_out", "early", "open")
        assert row["events"] == sum(row[f"events_{name}"] for name in parts)
        assert row["orders"] == sum(row[f"orders_{name}"] for name in ORDER_STATES)
        assert all(row[f"events_{name}"] >= 0 for name in parts if name != "open")
    for row in delivery(DAYS.all(), held, placed, None):
        unknown = [name for name in row if name not in ("day", "events", "orders")]
        assert [row[name] for name in unknown] == [None] * len(unknown)
